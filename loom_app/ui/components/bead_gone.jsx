// A bead that is not there: never was, may not be seen, could not be read, or was deleted, and then by whom.

import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { beadPath, useAnswer } from "./bead_data.js";
import { refused, undoChange } from "./undo.js";

const ONCE = 1;

function Deleted({ id, seen, entry, mayWrite, load, titleId }) {
  const back = async () => {
    try {
      await undoChange(entry.change_id);
      await load();
    } catch (error) {
      refused(error);
    }
  };
  return (
    <div className="loom-panel loom-refused" role="alert">
      <h1 id={titleId}>{id} was deleted</h1>
      {seen && <p dir="auto">{seen.title}</p>}
      {entry && <p className="loom-sub">By {entry.actor?.name || "Loom"}, <Ago at={entry.at} />{entry.why ? `: ${entry.why}` : "."}</p>}
      {mayWrite && entry?.undoable && <button type="button" className="loom-button is-main" onClick={back}>Bring it back</button>}
      <Link to="/board">Back to the board</Link>
    </div>
  );
}

export function Gone({ id, bead, fault, seen, mayWrite, load, titleId }) {
  const deleted = bead !== null || fault.status === 404;
  const [history] = useAnswer(deleted ? `${beadPath(id)}/history?limit=1` : "", ONCE);
  const entry = history?.entries?.[0];
  if (bead || entry) return <Deleted {...{ id, seen: bead || seen, entry, mayWrite, load, titleId }} />;
  return (
    <div className="loom-fault" role="alert">
      <h1 id={titleId}>{fault.status === 404 ? `There is no bead ${id}` : `${id} could not be read`}</h1>
      <p>{fault.message}</p>
      <div className="loom-row">
        {fault.status !== 404 && <button type="button" className="loom-button" onClick={() => load()}>Try again</button>}
        <Link to="/board">Back to the board</Link>
      </div>
    </div>
  );
}
