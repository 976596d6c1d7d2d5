// What a persona said before: who changed it when and why, what came in and went, and the way back.

import { useState } from "react";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Diff } from "./diff.jsx";
import { Confirm } from "./parts.jsx";
import { send } from "./rest.js";
import { told } from "./undo.js";

const path = (name) => `/api/v1/personas/${name.split("/").map(encodeURIComponent).join("/")}`;
const CAUSES = {
  found: () => "Found on disk",
  created: () => "Made",
  cloned: ({ source }) => `Cloned from ${source}`,
  edited: () => "Changed",
  restored: ({ source }) => `Taken back to revision ${source}`,
  changed_on_disk: () => "Changed on disk",
};
export const causeOf = (revision) => (CAUSES[revision.cause] || (() => revision.cause))(revision);

function Change({ name, number, current, beat, mayWrite, onRestored }) {
  const [shown, fault, ask] = useAnswer(`${path(name)}/revisions/${number}`, beat);
  const [asking, setAsking] = useState(false);
  if (fault) return <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></p>;
  if (!shown) return <div className="loom-skeleton" role="status" aria-label="Loading" />;
  const restore = async () => {
    const { body } = await send("POST", `${path(name)}/revisions/${number}/restore`, { base_revision: current });
    told(`${name} is as it was in revision ${number}, now revision ${body.revision}.`);
    onRestored();
  };
  return (
    <div className="loom-stack">
      {shown.problem && <p className="loom-fault-line">{shown.problem}</p>}
      <p className="loom-quiet">{shown.against ? `Since revision ${shown.against}` : "The whole file"}</p>
      <Diff text={shown.diff} />
      {mayWrite && number !== current && !shown.problem && (
        <div className="loom-row"><button type="button" className="loom-button" onClick={() => setAsking(true)}>Go back to revision {number}</button></div>
      )}
      <Confirm open={asking} title={`Go back to revision ${number}`} action="Go back" onClose={() => setAsking(false)} onConfirm={restore}>
        <p>The file becomes what it was then, as a new revision; nothing that came after is lost. Runs that are on keep what they began with.</p>
      </Confirm>
    </div>
  );
}

export function Revisions({ name, current, beat, place, go, mayWrite, onRestored }) {
  const [rows, fault, ask] = useAnswer(`${path(name)}/revisions?limit=200`, beat);
  if (fault) return <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></p>;
  if (!rows) return <div className="loom-skeleton" role="status" aria-label="Loading" />;
  const chosen = Number(place.rev);
  return (
    <ol className="loom-revisions">
      {rows.map((row) => (
        <li key={row.number}>
          <button type="button" aria-expanded={row.number === chosen} onClick={() => go({ rev: row.number === chosen ? "" : String(row.number) })}>
            <span className="loom-revision-number">{row.number}</span>
            <span className="loom-revision-what">
              <strong>{causeOf(row)}</strong>{row.number === current && <span className="loom-tag">now</span>}{row.problem && <span className="loom-status is-bad">broken</span>}
              {row.note && <span className="loom-prose">{row.note}</span>}
            </span>
            <span className="loom-quiet">{row.author} · <Ago at={row.created_at} /></span>
            <span className="loom-tally"><span className="is-added">+{row.added}</span> <span className="is-removed">−{row.removed}</span></span>
          </button>
          {row.number === chosen && <Change {...{ name, number: row.number, current, beat, mayWrite, onRestored }} />}
        </li>
      ))}
    </ol>
  );
}
