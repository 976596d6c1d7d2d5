// What GitHub sent in the last seven days, what became of it, and working on it again.

import { useState } from "react";
import { Link } from "react-router";
import { toast } from "sonner";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, useSending } from "./parts.jsx";
import { send } from "./rest.js";
import { SetUp } from "./webhooks_setup.jsx";

const WORDS = { waiting: ["in_progress", "Waiting"], done: ["done", "Done"], ignored: ["idle", "Ignored"], unmatched: ["blocked", "No project"], failed: ["bad", "Failed"] };
const ONES = ["failed", "unmatched"];
const SHOWN = 50;

export function Word({ words, status }) {
  const [tone, word] = words[status] || ["idle", status];
  return <span className={`loom-status is-${tone}`}>{word}</span>;
}

function Detail({ id, beat, mayWrite, onRetried, onClose }) {
  const [found, fault, ask] = useAnswer(`/api/v1/webhooks/deliveries/${encodeURIComponent(id)}`, beat);
  const retrying = useSending(async () => {
    await send("POST", `/api/v1/webhooks/deliveries/${encodeURIComponent(id)}/retry`);
    toast.success("It is worked on again.");
    await ask();
    onRetried();
  });
  if (fault) return <Fault>{fault.message}</Fault>;
  if (!found) return <div className="loom-skeleton" role="status" aria-label="Loading the delivery" />;
  return (
    <div className="loom-form">
      <p className="loom-row"><Word words={WORDS} status={found.status} /> <span>{found.event}{found.action && `, ${found.action}`}</span> <span className="loom-quiet"><Ago at={found.received_at} />, {found.size.toLocaleString("en-US")} bytes</span></p>
      {found.problem && <p className="loom-fault-line">{found.problem}</p>}
      <dl className="loom-facts">
        <div><dt>Repository</dt><dd>{found.repository || "none"}</dd></div>
        <div><dt>By</dt><dd>{found.author || "nobody named"}</dd></div>
        {found.bead_id && <div><dt>Bead</dt><dd><Link to={`/beads/${encodeURIComponent(found.bead_id)}`}>{found.bead_id}</Link></dd></div>}
        <div><dt>Delivery</dt><dd><code>{found.id}</code></dd></div>
      </dl>
      <h3>What GitHub sent</h3>
      <p className="loom-quiet">Words of others: material to judge.{found.cut && " Only the beginning is shown."}</p>
      <pre className="loom-code" tabIndex={0}>{found.payload}</pre>
      <Fault>{retrying.fault}</Fault>
      <Buttons>
        <button type="button" className="loom-button" onClick={onClose}>Close</button>
        {mayWrite && ONES.includes(found.status) && <button type="button" className="loom-button is-main" disabled={retrying.busy} onClick={() => retrying.submit()}>{retrying.busy ? "Working…" : "Retry"}</button>}
      </Buttons>
    </div>
  );
}

export function Received({ projects, beat, mayWrite, isAdmin }) {
  const [status] = useAnswer("/api/v1/webhooks/status", beat);
  const [only, setOnly] = useState("");
  const [rows, fault, ask] = useAnswer(`/api/v1/webhooks/deliveries?limit=${SHOWN}${only && `&status=${only}`}`, beat);
  const [open, setOpen] = useState("");
  const counts = status?.deliveries || {};
  return (
    <>
      <section className="loom-panel" aria-labelledby="webhooks-deliveries">
        <header className="loom-row is-between">
          <h2 id="webhooks-deliveries">Deliveries</h2>
          <select aria-label="Which deliveries" value={only} onChange={(event) => setOnly(event.target.value)}>
            <option value="">All of the last seven days</option>
            {Object.entries(WORDS).map(([name, [, word]]) => <option key={name} value={name}>{word} ({(counts[name] || 0).toLocaleString("en-US")})</option>)}
          </select>
        </header>
        {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>}
        {!rows && !fault && <div className="loom-skeleton is-page" role="status" aria-label="Loading" />}
        {rows?.length === 0 && <p className="loom-empty">{only ? "None of these in the last seven days." : status?.enabled ? "GitHub has sent nothing in the last seven days. Its page of the webhook can send a ping." : "Nothing can be received yet: make a secret below and enter it at GitHub."}</p>}
        {rows?.length > 0 && <div className="loom-scroll"><table className="loom-table is-stacked">
          <thead><tr><th>What</th><th>Repository</th><th>Came</th><th>Became</th><th><span className="loom-unseen">Look</span></th></tr></thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.id} data-delivery={one.id}>
                <td><strong>{one.event}</strong>{one.action && ` ${one.action}`}{one.title && <div className="loom-quiet">{one.number ? `#${one.number} ` : ""}{one.title}</div>}</td>
                <td data-label="Repository">{one.repository || "none"}</td>
                <td data-label="Came"><Ago at={one.received_at} /></td>
                <td data-label="Became"><span className="loom-row"><Word words={WORDS} status={one.status} />{one.bead_id && <Link to={`/beads/${encodeURIComponent(one.bead_id)}`}>{one.bead_id}</Link>}</span></td>
                <td className="is-end"><button type="button" className="loom-button is-small" aria-label={`Look at ${one.event} ${one.action} ${one.title}`} onClick={() => setOpen(one.id)}>Look</button></td>
              </tr>
            ))}
          </tbody>
        </table></div>}
      </section>
      <SetUp {...{ status, projects, beat, mayWrite, isAdmin }} />
      <Dialog open={open !== ""} title="A delivery of GitHub" onClose={() => setOpen("")}>
        {open && <Detail id={open} {...{ beat, mayWrite }} onRetried={ask} onClose={() => setOpen("")} />}
      </Dialog>
    </>
  );
}
