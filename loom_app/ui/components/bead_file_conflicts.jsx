// Fields that Loom and a bead file both changed: the two values, which of them holds, and the choice.

import { useId, useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";

const LINE = "(line)";
const WORDS = {
  [LINE]: "The line is gone from the file", acceptance_criteria: "Acceptance criteria", issue_type: "Type",
  estimated_minutes: "Estimate in minutes", due_at: "Due", defer_until: "Deferred until", external_ref: "External reference",
};

function called({ field, item }) {
  const word = WORDS[field] || field.charAt(0).toUpperCase() + field.slice(1).replaceAll("_", " ");
  return item ? `${word}: ${item}` : word;
}

function shown(value) {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  return JSON.stringify(value, null, 1);
}

function said(conflict, side) {
  const value = conflict[side];
  if (conflict.field !== "status" || !value) return shown(value);
  const { status, close_reason: reason, delete_reason: why } = value;
  return [status || "open", reason || why].filter(Boolean).join(": ");
}

function Value({ conflict, side, title, mayWrite, onTake, busy }) {
  const text = said(conflict, side);
  const holds = conflict.shown === side;
  return (
    <div className={`loom-file-value${holds ? " is-shown" : ""}`}>
      <h4>{title} {holds && <span className="loom-quiet">holds meanwhile</span>}</h4>
      {text === null || text === "" ? <p className="loom-quiet">{conflict.field === LINE ? "no line" : "empty"}</p> : <pre tabIndex={0} aria-label={title}>{text}</pre>}
      {mayWrite && <button type="button" className="loom-button" disabled={busy} aria-label={`Take ${title} for ${called(conflict)} of ${conflict.bead_id}`} onClick={() => onTake(side)}>{conflict.field === LINE ? (side === "ours" ? "Keep the bead" : "Delete the bead") : "Take this"}</button>}
    </div>
  );
}

function Another({ conflict, open, onClose, onTake }) {
  const start = conflict.field === "status" ? conflict[conflict.shown]?.status : shown(conflict[conflict.shown]);
  const plain = [conflict.ours, conflict.theirs].every((value) => value === null || typeof value === "string") || conflict.field === "status";
  const sending = useSending(async ({ value }) => {
    let given = value;
    if (!plain) {
      try {
        given = JSON.parse(value);
      } catch {
        throw Object.assign(new Error("This is no JSON, such as the values shown."), { place: "value" });
      }
    }
    await onTake("value", given);
    onClose();
  }, { bad_value: "value" });
  return (
    <Dialog open={open} title={`${called(conflict)} of ${conflict.bead_id}`} onClose={onClose}>
      <form className="loom-form" onSubmit={sending.submit}>
        <Field label="Another value" name="value" as="textarea" rows={6} defaultValue={start || ""} fault={sending.at("value")} autoFocus />
        <Fault>{sending.fault}</Fault>
        <Buttons>
          <button type="button" className="loom-button" onClick={onClose}>Cancel</button>
          <Send sending={sending} word="Take it" />
        </Buttons>
      </form>
    </Dialog>
  );
}

function One({ project, conflict, mayWrite, onDone }) {
  const heading = useId();
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const [another, setAnother] = useState(false);
  const take = async (side, value) => {
    const body = side === "value" ? { take: side, value } : { take: side };
    await send("POST", `${project}/beads/conflicts/${encodeURIComponent(conflict.id)}/resolve`, body);
    await onDone();
  };
  const click = async (side) => {
    setBusy(true);
    setFault("");
    try {
      await take(side);
    } catch (error) {
      setFault(error.message);
    }
    setBusy(false);
  };
  return (
    <article className="loom-file-conflict" aria-labelledby={heading}>
      <h3 id={heading}><Link to={`/beads/${encodeURIComponent(conflict.bead_id)}`}><code>{conflict.bead_id}</code> {conflict.title}</Link></h3>
      <p><strong>{called(conflict)}</strong> <span className="loom-quiet">found <Ago at={conflict.found_at} /></span></p>
      {conflict.base !== null && conflict.field !== LINE && conflict.field !== "status" && <p className="loom-quiet loom-file-base">Before: {shown(conflict.base)}</p>}
      <div className="loom-file-values">
        <Value title="Loom's" side="ours" {...{ conflict, mayWrite, busy }} onTake={click} />
        <Value title="The file's" side="theirs" {...{ conflict, mayWrite, busy }} onTake={click} />
      </div>
      <Fault>{fault}</Fault>
      {mayWrite && conflict.field !== LINE && <button type="button" className="loom-button is-plain" aria-label={`Another value for ${called(conflict)} of ${conflict.bead_id}`} onClick={() => setAnother(true)}>Another value…</button>}
      {another && <Another open conflict={conflict} onClose={() => setAnother(false)} onTake={take} />}
    </article>
  );
}

export function Conflicts({ project, conflicts, count, follows, mayWrite, onDone }) {
  if (count === 0 && !follows) return null;
  return (
    <section className="loom-panel" aria-labelledby="file-conflicts">
      <h2 id="file-conflicts">Conflicts <span className="loom-quiet" role="status">{count}</span></h2>
      {count === 0 && <p className="loom-empty">None. What Loom and the file both change, each to something else, is shown here, and neither value is lost.</p>}
      {conflicts.map((conflict) => <One key={conflict.id} {...{ project, conflict, mayWrite, onDone }} />)}
      {count > conflicts.length && <p className="loom-quiet">The newest {conflicts.length} of {count}; the others follow as these are decided.</p>}
    </section>
  );
}
