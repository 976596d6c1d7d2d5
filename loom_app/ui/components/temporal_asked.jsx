// What agents asked for and what came of it, newest first.

import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Fault } from "./parts.jsx";

const SHOWN = 50;
const WORDS = { pending: ["waiting", "to be done"], started: ["working", "begun"], waiting: ["waiting", "waits for Temporal"], done: ["good", "done"], failed: ["bad", "failed"], refused: ["bad", "refused"] };

function Result({ one }) {
  const [tone, word] = WORDS[one.status] || ["idle", one.status];
  return (
    <li className="loom-instruction">
      <p className="loom-row"><span className={`loom-status is-${tone}`}>{word}</span> <strong>{one.instruction.type}</strong> {one.instruction.name && <code>{one.instruction.name}</code>}</p>
      {one.error && <p className="loom-fault-line" dir="auto">{one.error}</p>}
      {one.result !== null && <details><summary>What it said</summary><pre className="loom-code" tabIndex={0}>{JSON.stringify(one.result, null, 2)}</pre></details>}
    </li>
  );
}

function Execution({ one }) {
  return (
    <section className="loom-panel" data-execution={one.id} aria-label={`Of ${one.agent_name}`}>
      <header className="loom-row">
        <strong><Link to={`/agents/${encodeURIComponent(one.agent_id)}`}>{one.agent_name}</Link></strong>
        <span className="loom-quiet">{one.source === "persona" ? "by its persona" : `in turn ${one.turn}`}</span>
        <Link to={`/projects/${encodeURIComponent(one.project_id)}`} className="loom-quiet">{one.project_id}</Link>
        {one.bead_id && <Link to={`/beads/${encodeURIComponent(one.bead_id)}`} className="loom-id">{one.bead_id}</Link>}
        <span className="loom-quiet"><Ago at={one.created_at} /></span>
      </header>
      {one.errors.length > 0 && <ul className="loom-plain-list loom-block-faults">{one.errors.map((fault) => <li key={`${fault.line}:${fault.column}${fault.message}`} className="is-bad"><span className="loom-place">line {fault.line}, column {fault.column}</span> <span dir="auto">{fault.message}</span></li>)}</ul>}
      <ol className="loom-plain-list loom-instructions">{one.results.map((result, at) => <Result key={at} one={result} />)}</ol>
    </section>
  );
}

export function Asked({ query, beat }) {
  const [found, fault, ask] = useAnswer(`/api/v1/temporal/executions?limit=${SHOWN}${query && `&${query}`}`, beat);
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>;
  if (!found) return <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  if (found.count === 0) return <p className="loom-empty">{query ? "None of these asked for anything." : "No agent has asked for anything yet."}</p>;
  return (
    <>
      {found.executions.map((one) => <Execution key={one.id} one={one} />)}
      {found.count > found.executions.length && <p className="loom-quiet">The newest {found.executions.length} of {found.count.toLocaleString("en-US")}.</p>}
    </>
  );
}
