// A bead that is not there: never was, may not be seen, could not be read, or was deleted, and then by whom.

import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { beadPath, useAnswer } from "./bead_data.js";
import { refused, undoChange } from "./undo.js";

const DELETED = "bead_deleted";
const ONCE = 1;

function Deleted({ id, title, fault, mayWrite, load, titleId }) {
  const changeId = fault.problem.change_id;
  const [history] = useAnswer(`${beadPath(id)}/history?limit=1`, ONCE);
  const entry = history?.entries.find((one) => one.change_id === changeId);
  const back = async () => {
    try {
      await undoChange(changeId);
      await load();
    } catch (error) {
      refused(error);
    }
  };
  return (
    <div className="loom-panel loom-refused" role="alert">
      <h1 id={titleId}>{id} was deleted</h1>
      {title && <p dir="auto">{title}</p>}
      <p className="loom-sub">{entry ? <>{entry.actor.name || "Loom"} deleted it <Ago at={entry.at} />{entry.why ? `: ${entry.why}` : "."}</> : fault.message}</p>
      <div className="loom-row">
        {mayWrite && changeId && <button type="button" className="loom-button is-main" onClick={back}>Bring it back</button>}
        <Link to="/board">Back to the board</Link>
      </div>
    </div>
  );
}

// `title` is that of the bead as one saw it last, `fault` why it cannot be read now.
export function Gone({ id, title, fault, mayWrite, load, titleId }) {
  if (fault.problem?.code === DELETED) return <Deleted {...{ id, title, fault, mayWrite, load, titleId }} />;
  const missing = fault.status === 404;
  return (
    <div className="loom-fault" role="alert">
      <h1 id={titleId}>{missing ? `There is no bead ${id}` : `${id} could not be read`}</h1>
      <p>{fault.message}</p>
      <div className="loom-row">
        {!missing && <button type="button" className="loom-button" onClick={() => load()}>Try again</button>}
        <Link to="/board">Back to the board</Link>
      </div>
    </div>
  );
}
