// Addresses that Loom tells of events: made, tried, switched, and what was sent to each.

import { useState } from "react";
import { toast } from "sonner";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Dialog } from "./dialog.jsx";
import { Buttons, Confirm, Fault, Field, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";
import { Word } from "./webhooks_received.jsx";
import { ShownOnce } from "./webhooks_setup.jsx";

const WORDS = { waiting: ["in_progress", "On its way"], delivered: ["done", "Delivered"], dead: ["bad", "Given up"] };
const at = (id) => `/api/v1/webhooks/endpoints/${encodeURIComponent(id)}`;

function EndpointForm({ endpoint, projects, onDone, onClose }) {
  const sending = useSending(async ({ url, events, description, project_id: project }) => {
    const wanted = { url: url.trim(), events: events.split(/[\s,]+/).filter(Boolean), description: description.trim() };
    if (endpoint.id) await send("PATCH", at(endpoint.id), wanted);
    const made = endpoint.id ? null : (await send("POST", "/api/v1/webhooks/endpoints", { ...wanted, ...(project && { project_id: project }) })).body;
    onClose();
    await onDone(made);
  }, { bad_target: "url" });
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <Field label="Address" name="url" type="url" required maxLength={2000} defaultValue={endpoint.url} placeholder="https://hooks.example.com/loom" fault={sending.at("url")} hint="https, on port 443 or 8443, reachable from the internet. Redirects are not followed." autoFocus />
      <Field label="Events" name="events" required defaultValue={(endpoint.events || ["*"]).join(" ")} spellCheck={false} hint="Types such as bead.completed, bead.* for all of a kind, * for everything you may read." />
      {!endpoint.id && <Field as="select" label="Of" name="project_id" defaultValue="">
        <option value="">All that you may read</option>
        {projects.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
      </Field>}
      <Field label="What it is for" name="description" maxLength={200} defaultValue={endpoint.description} />
      <Fault>{sending.fault}</Fault>
      <Buttons><button type="button" className="loom-button" onClick={onClose}>Cancel</button><Send sending={sending} word={endpoint.id ? "Save" : "Add it"} busy="Saving…" /></Buttons>
    </form>
  );
}

function Body({ id }) {
  const [found, fault] = useAnswer(`/api/v1/webhooks/messages/${encodeURIComponent(id)}`, 1);
  if (fault) return <Fault>{fault.message}</Fault>;
  if (!found) return <div className="loom-skeleton" role="status" aria-label="Loading what was sent" />;
  return <pre className="loom-code" tabIndex={0}>{JSON.stringify(JSON.parse(found.body), null, 2)}</pre>;
}

function Message({ one, mayChange, onAgain }) {
  const [open, setOpen] = useState(false);
  const again = useSending(async () => {
    await send("POST", `/api/v1/webhooks/messages/${encodeURIComponent(one.id)}/redeliver`);
    toast.success("It is sent once more.");
    await onAgain();
  });
  return (
    <li>
      <div className="loom-row">
        <Word words={WORDS} status={one.status} /> <strong>{one.event_type}</strong>
        <span className="loom-quiet"><Ago at={one.created_at} />{one.attempts > 0 && `, ${one.attempts === 1 ? "1 attempt" : `${one.attempts} attempts`}`}{one.answer && `, answered ${one.answer}`}{one.took_ms !== null && ` after ${one.took_ms} ms`}</span>
        <button type="button" className="loom-button is-small" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide" : "Payload"}</button>
        {mayChange && one.status !== "waiting" && <button type="button" className="loom-button is-small" disabled={again.busy} onClick={() => again.submit()}>Send again</button>}
      </div>
      {one.problem && <p className="loom-fault-line">{one.problem}</p>}
      {one.status === "waiting" && one.attempts > 0 && <p className="loom-quiet">Tried again {new Date(one.due_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}.</p>}
      <Fault>{again.fault}</Fault>
      {open && <Body id={one.id} />}
    </li>
  );
}

function Messages({ endpoint, beat, tick }) {
  const [rows, fault, ask] = useAnswer(`${at(endpoint.id)}/messages?limit=20`, `${beat} ${tick}`);
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>;
  if (!rows) return <div className="loom-skeleton" role="status" aria-label="Loading what was sent" />;
  if (rows.length === 0) return <p className="loom-empty">Nothing was sent in the last seven days. Send a test event to see whether it arrives.</p>;
  return <ul className="loom-plain-list loom-stack">{rows.map((one) => <Message key={one.id} one={one} mayChange={endpoint.may_change} onAgain={ask} />)}</ul>;
}

function Endpoint({ endpoint, project, beat, ask, onEdit, onMade }) {
  const [open, setOpen] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [tick, setTick] = useState(0);
  const testing = useSending(async () => {
    const { body } = await send("POST", `${at(endpoint.id)}/test`);
    setTick((count) => count + 1);
    setOpen(true);
    if (body.status === "delivered") toast.success(`It was taken: answered ${body.answer} after ${body.took_ms} ms.`);
    else throw new Error(body.problem || "It was not taken.");
  });
  const changing = useSending(async () => { await send("PATCH", at(endpoint.id), { enabled: !endpoint.enabled }); await ask(); });
  const rotating = useSending(async () => { onMade((await send("POST", `${at(endpoint.id)}/rotate`)).body); await ask(); });
  const tone = !endpoint.enabled ? ["idle", "Off"] : endpoint.failures ? ["blocked", "Failing"] : ["done", "On"];
  return (
    <li className="loom-panel" data-endpoint={endpoint.id}>
      <div className="loom-row is-between">
        <span className="loom-row"><strong>{endpoint.description || new URL(endpoint.url).host}</strong> <span className="loom-quiet">{endpoint.events.join(", ")} of {project || "all that its owner may read"}</span></span>
        <span className={`loom-status is-${tone[0]}`}>{tone[1]}</span>
      </div>
      <p className="loom-row"><code style={{ overflowWrap: "anywhere" }}>{endpoint.url}</code></p>
      {endpoint.problem && <p className="loom-fault-line">{endpoint.problem}</p>}
      <p className="loom-quiet">belongs to {endpoint.owner}, last taken <Ago at={endpoint.last_delivered_at} />{endpoint.failures > 0 && <>, {endpoint.failures} failed in a row, the last <Ago at={endpoint.last_failed_at} /></>}{endpoint.old_until && new Date(endpoint.old_until) > new Date() && `; signed with the earlier secret as well until ${new Date(endpoint.old_until).toLocaleString()}`}</p>
      <Fault>{testing.fault || changing.fault || rotating.fault}</Fault>
      <p className="loom-row">
        <button type="button" className="loom-button is-small" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Hide messages" : "Messages"}</button>
        {endpoint.may_change && <>
          <button type="button" className="loom-button is-small" disabled={testing.busy} onClick={() => testing.submit()}>{testing.busy ? "Sending…" : "Send test event"}</button>
          <button type="button" className="loom-button is-small" onClick={() => onEdit(endpoint)}>Edit</button>
          <button type="button" className="loom-button is-small" disabled={rotating.busy} onClick={() => rotating.submit()}>New secret</button>
          <button type="button" className="loom-button is-small" disabled={changing.busy} onClick={() => changing.submit()}>{endpoint.enabled ? "Switch off" : "Switch on"}</button>
          <button type="button" className="loom-button is-small is-danger" onClick={() => setLeaving(true)}>Delete</button>
        </>}
      </p>
      {open && <Messages {...{ endpoint, beat, tick }} />}
      <Confirm open={leaving} title="Delete the address" action="Delete" onClose={() => setLeaving(false)} onConfirm={async () => { await send("DELETE", at(endpoint.id)); await ask(); }}>
        <p>It is told nothing any more, and what was on its way is gone.</p>
      </Confirm>
    </li>
  );
}

export function Sent({ projects, beat }) {
  const [rows, fault, ask] = useAnswer("/api/v1/webhooks/endpoints", beat);
  const [edited, setEdited] = useState(null);
  const [made, setMade] = useState(null);
  const named = Object.fromEntries(projects.map((one) => [one.id, one.name]));
  return (
    <section className="loom-stack" aria-labelledby="webhooks-sent">
      <header className="loom-row is-between"><h2 id="webhooks-sent">Addresses that are told</h2><button type="button" className="loom-button is-main" onClick={() => setEdited({})}>New address</button></header>
      {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>}
      {!rows && !fault && <div className="loom-skeleton is-page" role="status" aria-label="Loading" />}
      {rows?.length === 0 && <p className="loom-empty">Nobody is told yet. Add an address, and Loom posts each event there, signed, until it is taken.</p>}
      {rows?.length > 0 && <ul className="loom-plain-list loom-stack">{rows.map((one) => <Endpoint key={one.id} endpoint={one} project={one.project_id && (named[one.project_id] || one.project_id)} {...{ beat, ask }} onEdit={setEdited} onMade={setMade} />)}</ul>}
      <Dialog open={edited !== null} title={edited?.id ? "Edit the address" : "New address"} onClose={() => setEdited(null)}>
        {edited && <EndpointForm endpoint={edited} projects={projects} onClose={() => setEdited(null)} onDone={async (fresh) => { if (fresh) setMade(fresh); await ask(); }} />}
      </Dialog>
      <ShownOnce made={made} onClose={() => setMade(null)}>
        <p>Check the signature of each message with it, as standardwebhooks.com describes: <code>webhook-id</code>, <code>webhook-timestamp</code> and <code>webhook-signature</code>.</p>
      </ShownOnce>
    </section>
  );
}
