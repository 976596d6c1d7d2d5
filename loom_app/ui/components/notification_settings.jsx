// What one is told, by which way and when: read whole, sent back only where it was changed.

import { useEffect, useId, useMemo, useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useAnswer, useMe } from "./bead_data.js";
import { preferencesPath } from "./inbox_data.js";
import { KINDS } from "./inbox_words.jsx";
import { Fault, Send, useSending } from "./parts.jsx";
import { all, send } from "./rest.js";
import { told } from "./undo.js";
import "./inbox.css";

const DIGESTS = [["realtime", "at once", ""], ["hourly", "once an hour", "together in one letter; what is critical comes at once"], ["daily", "once a day", "at 8 in the morning of your time zone; what is critical comes at once"]];
const LEAST = [["low", "everything"], ["normal", "normal and above"], ["high", "important and critical"], ["critical", "critical alone"]];
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const zones = () => Intl.supportedValuesOf?.("timeZone") || [];
const typesOf = (types) => types.split(",");

function Check({ checked, onChange, children, hint, disabled }) {
  return (
    <div>
      <label className="loom-check"><input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)} /> <span>{children}</span></label>
      {hint && <p className="loom-quiet">{hint}</p>}
    </div>
  );
}

function Part({ name, children }) {
  const id = useId();
  return <section className="loom-panel" role="group" aria-labelledby={id}><h2 id={id}>{name}</h2>{children}</section>;
}

const FATES = { waiting: ["in_progress", "On its way"], sent: ["done", "Sent"], failed: ["failed", "Given up"] };

function Lately({ found }) {
  if (!found || found.letters.length === 0) return null;
  return (
    <Part name="Lately sent">
      <ul className="loom-plain-list">
        {found.letters.map((one) => (
          <li key={one.id}>
            <span className={`loom-status is-${FATES[one.status][0]}`}>{FATES[one.status][1]}</span> <span dir="auto">{one.subject}</span>{" "}
            <span className="loom-quiet">{one.way === "email" ? "by e-mail" : "to webhooks"}, <Ago at={one.sent_at || one.made_at} />{one.status === "waiting" && one.tries > 0 && `, tried ${one.tries} times`}</span>
            {one.problem && one.status !== "sent" && <p className="loom-fault-line">{one.problem}</p>}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Ways({ wishes, sent, set }) {
  const email = useMe()?.email;
  return (
    <Part name="Ways">
      <Check checked={wishes.enable_in_app} onChange={(on) => set({ enable_in_app: on })} hint="Off, nothing new is written into it, and e-mail and webhooks, which tell what stands there, are silent too.">Inbox and bell</Check>
      <Check checked={wishes.enable_email} onChange={(on) => set({ enable_email: on })} hint={sent && !sent.mail_is_set_up ? "This Loom has no mail server yet (smtp in config.yaml): what is told waits for it." : email ? `To ${email}.` : "Your account has no address yet; an administrator enters it."}>E-mail</Check>
      <Check checked={wishes.enable_webhook} onChange={(on) => set({ enable_webhook: on })} hint={<>Posted, signed, to your addresses under <Link to="/webhooks?tab=sent">Webhooks</Link> that ask for notification.told.</>}>Webhook</Check>
    </Part>
  );
}

function Kinds({ wishes, set }) {
  const every = KINDS.flatMap(([, types]) => typesOf(types));
  const chosen = wishes.subscribed_events.length > 0 ? wishes.subscribed_events : every;
  const toggle = (types, on) => {
    const after = every.filter((type) => (types.includes(type) ? on : chosen.includes(type)));
    set({ subscribed_events: after.length === every.length ? [] : after });
  };
  return (
    <Part name="What of">
      <div className="loom-wishes-many">
        {KINDS.map(([word, types]) => {
          const of = typesOf(types), on = of.some((type) => chosen.includes(type));
          return <Check key={word} checked={on} disabled={on && chosen.every((type) => of.includes(type))} onChange={(checked) => toggle(of, checked)}>{word}</Check>;
        })}
      </div>
      <label className="loom-choice">Tell me of <select value={wishes.min_priority} onChange={(event) => set({ min_priority: event.target.value })}>{LEAST.map(([id, word]) => <option key={id} value={id}>{word}</option>)}</select></label>
    </Part>
  );
}

function Projects({ wishes, set }) {
  const [projects, setProjects] = useState([]);
  useEffect(() => {
    const gone = new AbortController();
    all("/api/v1/projects", gone.signal).then(setProjects, () => undefined);
    return () => gone.abort();
  }, []);
  const chosen = wishes.project_filters;
  const toggle = (id, on) => set({ project_filters: on ? [...chosen, id] : chosen.filter((one) => one !== id) });
  if (projects.length === 0) return null;
  return (
    <Part name="Projects">
      <Check checked={chosen.length === 0} disabled={chosen.length === 0} onChange={() => set({ project_filters: [] })}>All that I see, new ones too</Check>
      <div className="loom-wishes-many">{projects.map((one) => <Check key={one.id} checked={chosen.includes(one.id)} onChange={(on) => toggle(one.id, on)}>{one.name}</Check>)}</div>
    </Part>
  );
}

function Times({ wishes, set }) {
  const known = useMemo(zones, []);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const quiet = Boolean(wishes.quiet_hours_start && wishes.quiet_hours_end);
  return (
    <Part name="When">
      <div role="radiogroup" aria-label="How often e-mail and webhooks come">
        <p className="loom-quiet">E-mail and webhooks come</p>
        {DIGESTS.map(([id, word, what]) => (
          <label key={id} className="loom-check"><input type="radio" name="digest_mode" checked={wishes.digest_mode === id} onChange={() => set({ digest_mode: id })} /> <span>{word} <span className="loom-quiet">{what}</span></span></label>
        ))}
      </div>
      <Check checked={quiet} onChange={(on) => set(on ? { quiet_hours_start: "22:00", quiet_hours_end: "07:00" } : { quiet_hours_start: "", quiet_hours_end: "" })} hint="E-mail and webhooks wait until they are over. The inbox always has everything.">Quiet hours</Check>
      {quiet && (
        <>
          <div className="loom-wishes-times">
            <label className="loom-choice">from <input type="time" required value={wishes.quiet_hours_start} onChange={(event) => event.target.value && set({ quiet_hours_start: event.target.value })} /></label>
            <label className="loom-choice">to <input type="time" required value={wishes.quiet_hours_end} onChange={(event) => event.target.value && set({ quiet_hours_end: event.target.value })} /></label>
          </div>
          <Check checked={wishes.quiet_lets_critical_through} onChange={(on) => set({ quiet_lets_critical_through: on })}>What is critical may come all the same</Check>
        </>
      )}
      <label className="loom-choice">Time zone
        <input list="loom-zones" value={wishes.time_zone} onChange={(event) => set({ time_zone: event.target.value })} spellCheck={false} autoComplete="off" />
        <datalist id="loom-zones">{known.map((zone) => <option key={zone} value={zone} />)}</datalist>
        {wishes.time_zone !== here && <button type="button" className="loom-button is-small" onClick={() => set({ time_zone: here })}>Use {here}</button>}
      </label>
    </Part>
  );
}

export function NotificationSettings() {
  const [found, fault, again] = useAnswer(preferencesPath, 1);
  const [sent] = useAnswer("/api/v1/notifications/letters", 1);
  const [changes, setChanges] = useState({});
  const changed = found ? Object.fromEntries(Object.entries(changes).filter(([name, value]) => !same(value, found[name]))) : {};
  const dirty = Object.keys(changed).length > 0;
  const sending = useSending(async () => {
    await send("PATCH", preferencesPath, changed);
    await again();
    setChanges({});
    told("Saved.");
  });
  useEffect(() => {
    const warn = (event) => dirty && event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [dirty]);
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={again}>Try again</button></Fault>;
  if (!found) return <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const wishes = { ...found, ...changes };
  const parts = { wishes, set: (fields) => setChanges((before) => ({ ...before, ...fields })) };
  return (
    <form className="loom-wishes" data-loaded="yes" onSubmit={sending.submit} aria-label="Notifications">
      <Ways {...parts} sent={sent} />
      <Kinds {...parts} />
      <Projects {...parts} />
      <Times {...parts} />
      <Lately found={sent} />
      <Fault>{sending.fault}</Fault>
      <div className="loom-wishes-foot">
        <Send sending={sending} word="Save" busy="Saving…" disabled={sending.busy || !dirty} />
        {dirty && <button type="button" className="loom-button" onClick={() => setChanges({})}>Discard</button>}
        <span className="loom-quiet" role="status">{dirty ? "Not saved yet." : ""}</span>
      </div>
    </form>
  );
}
