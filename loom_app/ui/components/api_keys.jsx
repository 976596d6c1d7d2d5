// API keys of one user. The text of a new key is in this component until the dialog that shows it is closed.

import { useCallback, useEffect, useState } from "react";
import { Ago } from "./ago.jsx";
import { Dialog } from "./dialog.jsx";
import { Buttons, Confirm, Fault, Field, Send, ToCopy, mistake, useSending } from "./parts.jsx";
import { all, send } from "./rest.js";

const DAY = 86400;
const LIVES = [["30", "30 days"], ["90", "90 days"], ["365", "1 year"], ["", "No end"]];
const SOON_DAYS = 7;
// Something small that the holder of a permission can read, to try a key with.
const TO_TRY = [["beads", "/beads?limit=1"], ["projects", "/projects"], ["agents", "/agents"], ["providers", "/providers"], ["decisions", "/decisions"]];

function covers(held, permission) {
  const [resource, action] = permission.split(":");
  return [permission, "*:*", `${resource}:*`, `*:${action}`].some((wide) => held.includes(wide));
}

function curl(made) {
  const found = TO_TRY.find(([resource]) => covers(made.permissions, `${resource}:read`));
  return `curl -H 'X-API-Key: ${made.key}' '${window.location.origin}/api/v1${found ? found[1] : "/auth/me"}'`;
}

function grouped(permissions) {
  const groups = new Map();
  for (const name of permissions) {
    const [resource, action] = name.split(":");
    groups.set(resource, [...(groups.get(resource) || []), action]);
  }
  return [...groups];
}

// `grantable` are the permissions one may give, each by its name.
function Permissions({ grantable, chosen, onChange, fault }) {
  const set = (names, on) => onChange(on ? [...new Set([...chosen, ...names])] : chosen.filter((name) => !names.includes(name)));
  const readable = grantable.filter((name) => name.endsWith(":read"));
  return (
    <fieldset className="loom-permissions" aria-describedby={fault ? "permissions-fault" : undefined}>
      <legend>What it may do</legend>
      <div className="loom-row">
        <button type="button" className="loom-button" onClick={() => onChange(readable)}>Only read</button>
        <button type="button" className="loom-button" onClick={() => onChange(grantable)}>All of these</button>
        <button type="button" className="loom-button" onClick={() => onChange([])}>None</button>
      </div>
      {grouped(grantable).map(([resource, actions]) => (
        <div key={resource} role="group" aria-label={resource} className="loom-permission">
          <span>{resource}</span>
          {actions.map((action) => {
            const name = `${resource}:${action}`;
            return (
              <label key={name}>
                <input type="checkbox" checked={chosen.includes(name)} onChange={(event) => set([name], event.target.checked)} aria-label={`${resource}: ${action}`} />
                {action}
              </label>
            );
          })}
        </div>
      ))}
      {fault && <p id="permissions-fault" className="loom-fault-line" role="alert">{fault}</p>}
    </fieldset>
  );
}

function NewKey({ userId, grantable, onMade, onClose }) {
  const [chosen, setChosen] = useState(() => grantable.filter((name) => name.endsWith(":read") && !name.startsWith("system")));
  const sending = useSending(async ({ name, days }) => {
    if (chosen.length === 0) throw mistake("permissions", "Choose at least one: a key that may do nothing is of no use.");
    const body = { name, permissions: chosen };
    if (days) body.expires_in = Number(days) * DAY;
    if (userId) body.user_id = userId;
    onMade((await send("POST", "/api/v1/auth/api-keys", body)).body);
  }, { permission_unknown: "permissions", permission_beyond_owner: "permissions" });
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <Field label="Name" name="name" required maxLength={100} autoFocus autoComplete="off" placeholder="nightly import" hint="What uses it, so that you know later which one to revoke." />
      <Field label="Works for" name="days" as="select" defaultValue="90">
        {LIVES.map(([days, word]) => <option key={word} value={days}>{word}</option>)}
      </Field>
      <Permissions grantable={grantable} chosen={chosen} onChange={setChosen} fault={sending.at("permissions")} />
      <Fault>{sending.fault}</Fault>
      <Buttons>
        <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
        <Send sending={sending} word="Make the key" busy="Making…" />
      </Buttons>
    </form>
  );
}

function Shown({ made, onClose }) {
  return (
    <div className="loom-form">
      <p className="loom-reason">This is the only time the key is shown. Copy it to where it will be used; Loom keeps only a hash.</p>
      <ToCopy label="Key" value={made.key} />
      <ToCopy label="Try it" value={curl(made)} rows={3} />
      <Buttons><button type="button" className="loom-button is-main" onClick={onClose}>Done</button></Buttons>
    </div>
  );
}

function Expires({ at }) {
  if (!at) return <span className="loom-quiet">no end</span>;
  const moment = new Date(at);
  const days = (moment - Date.now()) / 1000 / DAY;
  if (days <= 0) return <span className="loom-status is-bad">expired</span>;
  return (
    <span className={days < SOON_DAYS ? "loom-status is-pending" : ""} title={moment.toLocaleString()}>
      {days < 1 ? "within a day" : `in ${Math.round(days)} ${Math.round(days) === 1 ? "day" : "days"}`}
    </span>
  );
}

function Row({ apiKey, onRevoke }) {
  return (
    <tr>
      <td><strong>{apiKey.name}</strong><div className="loom-quiet"><code>loom_live_{apiKey.id}…</code></div></td>
      <td data-label="May"><div className="loom-quiet">{grouped(apiKey.permissions).map(([resource, actions]) => <div key={resource}>{resource}: {actions.join(", ")}</div>)}</div></td>
      <td data-label="Made"><Ago at={apiKey.created_at} /></td>
      <td data-label="Last used"><Ago at={apiKey.last_used_at} /></td>
      <td data-label="Expires"><Expires at={apiKey.expires_at} /></td>
      <td className="is-end"><button type="button" className="loom-button is-danger" aria-label={`Revoke ${apiKey.name}`} onClick={onRevoke}>Revoke</button></td>
    </tr>
  );
}

const HEADS = ["Key", "May", "Made", "Last used", "Expires", ""];

export function ApiKeys({ userId, whose, grantable }) {
  const [keys, setKeys] = useState(null);
  const [fault, setFault] = useState("");
  const [asking, setAsking] = useState(false);
  const [made, setMade] = useState(null);
  const [leaving, setLeaving] = useState(null);
  const load = useCallback(async () => {
    try {
      setKeys(await all(`/api/v1/auth/api-keys${userId ? `?user_id=${encodeURIComponent(userId)}` : ""}`));
      setFault("");
    } catch (error) {
      setFault(error.message);
    }
  }, [userId]);
  useEffect(() => {
    load();
  }, [load]);
  const close = () => {
    setAsking(false);
    setMade(null);
  };
  const revoke = async () => {
    await send("DELETE", `/api/v1/auth/api-keys/${encodeURIComponent(leaving.id)}`);
    await load();
  };
  const shown = (answer) => {
    setMade(answer);
    load();
  };
  return (
    <section className="loom-panel" aria-label="API keys">
      <header className="loom-head">
        <h2>API keys</h2>
        {grantable.length > 0 && <button type="button" className="loom-button" onClick={() => setAsking(true)}>New key</button>}
      </header>
      {fault && <div className="loom-fault"><p>{fault}</p><button type="button" onClick={load}>Try again</button></div>}
      {!keys && !fault && <div className="loom-skeleton" role="status" aria-label="Loading" />}
      {keys?.length === 0 && <p className="loom-empty">{whose ? `${whose} has no API keys.` : "You have no API keys. A key lets a program use the REST interface in your name, without your password and with no more rights than you choose."}</p>}
      {keys?.length > 0 && (
        <div className="loom-scroll" role="region" tabIndex={0} aria-label="API keys">
          <table className="loom-table is-stacked">
            <thead><tr>{HEADS.map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
            <tbody>{keys.map((key) => <Row key={key.id} apiKey={key} onRevoke={() => setLeaving(key)} />)}</tbody>
          </table>
        </div>
      )}
      <Dialog open={asking} title={made ? `Key ${made.name}` : "New API key"} kept={made !== null} onClose={close}>
        {made ? <Shown made={made} onClose={close} /> : <NewKey userId={userId} grantable={grantable} onMade={shown} onClose={close} />}
      </Dialog>
      <Confirm open={leaving !== null} title={`Revoke ${leaving?.name || ""}`} action="Revoke the key" onClose={() => setLeaving(null)} onConfirm={revoke}>
        <p>Programs that use it are refused from the next request on. This cannot be taken back.</p>
      </Confirm>
    </section>
  );
}
