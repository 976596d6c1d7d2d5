// The same answer to several decisions; what is refused of one is told and stays selected.

import { useState } from "react";
import { answerAll } from "./decision_data.js";
import { KINDS, said } from "./decision_words.jsx";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, Send, useSending } from "./parts.jsx";
import { told } from "./undo.js";

const MOST = 200;
const VERDICTS = ["escalation", "approval", "review", "budget"];
const ANSWERS = ["approve", "deny", "needs_more_info"];

function Refused({ refused }) {
  if (refused.length === 0) return null;
  return (
    <ul className="loom-fault-line" role="alert">
      {refused.map((one) => <li key={one.id}><span className="loom-id">{one.id}</span>: {one.error}</li>)}
    </ul>
  );
}

// `rows` are the selected ones.
export function Batch({ rows, onClear, onKeep, onDone }) {
  const [open, setOpen] = useState(false);
  const [refused, setRefused] = useState([]);
  const verdicts = rows.every((row) => VERDICTS.includes(row.kind));
  const kinds = [...new Set(rows.map((row) => KINDS[row.kind] || row.kind))].join(", ");
  const sending = useSending(async ({ decision, rationale }) => {
    const { body } = await answerAll(rows.slice(0, MOST).map((row) => ({ id: row.id, decision, rationale: rationale || "" })));
    const left = body.results.filter((one) => one.status === "refused");
    setRefused(left);
    onKeep(left.map((one) => one.id));
    if (body.decided > 0) told(`${body.decided} ${body.decided === 1 ? "decision" : "decisions"} answered.`);
    if (left.length === 0) setOpen(false);
    onDone();
  });
  const close = () => {
    setOpen(false);
    setRefused([]);
  };
  if (rows.length === 0 && !open) return null;
  return (
    <div className="loom-ask-batch" role="region" aria-label="Selected decisions">
      <span aria-live="polite">{rows.length} selected</span>
      <button type="button" className="loom-button is-small is-main" onClick={() => setOpen(true)} disabled={rows.length > MOST}>Answer together …</button>
      <button type="button" className="loom-button is-small" onClick={onClear}>Clear</button>
      {rows.length > MOST && <span className="loom-quiet">At most {MOST} at once.</span>}
      <Dialog open={open} title={`Answer ${rows.length} ${rows.length === 1 ? "decision" : "decisions"}`} onClose={close}>
        <form className="loom-form" onSubmit={sending.submit}>
          <p className="loom-quiet">{kinds}. Each is answered by itself; whoever answered before you wins.</p>
          {verdicts ? (
            <Field label="Answer" name="decision" as="select" defaultValue="approve" autoFocus>{ANSWERS.map((one) => <option key={one} value={one}>{said(one)}</option>)}</Field>
          ) : (
            <Field label="Answer" name="decision" required maxLength={10000} autoFocus hint="It must suit all of them: words for questions, approve or deny for what needs leave." />
          )}
          <Field label="Why" name="rationale" as="textarea" rows={3} maxLength={10000} required={verdicts} />
          <Fault>{sending.fault}</Fault>
          <Refused refused={refused} />
          <Buttons>
            <button type="button" className="loom-button" onClick={close}>{refused.length > 0 ? "Close" : "Cancel"}</button>
            <Send sending={sending} word="Answer all" busy="Answering…" disabled={sending.busy || rows.length === 0} />
          </Buttons>
        </form>
      </Dialog>
    </div>
  );
}
