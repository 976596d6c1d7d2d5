// What fired, when, why and what came of it.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { Fault } from "./parts.jsx";
import { useAnswer } from "./bead_data.js";
import { keyWord, Result, RESULTS, valueWord } from "./motivation_words.jsx";

const STEP = 50;

export function Evidence({ of }) {
  const entries = Object.entries(of || {});
  if (entries.length === 0) return <p className="loom-quiet">Nothing more is known.</p>;
  return (
    <dl className="loom-facts is-evidence">
      {entries.map(([key, value]) => <div key={key}><dt>{keyWord(key)}</dt><dd>{valueWord(value)}</dd></div>)}
    </dl>
  );
}

function One({ row, named, onOpen }) {
  return (
    <li data-trigger={row.id}>
      <p className="loom-row">
        {named && (row.motivation_id ? <button type="button" className="loom-plain" onClick={() => onOpen(row.motivation_id)}><strong>{row.motivation_name}</strong></button> : <strong>{row.motivation_name}</strong>)}
        <Result result={row.result} />
        <Ago at={row.triggered_at} />
        {row.triggered_by && <span className="loom-tag">by hand</span>}
        {row.project_id && <Link className="loom-quiet" to={`/projects/${encodeURIComponent(row.project_id)}`}>{row.project_id}</Link>}
      </p>
      <p className="loom-row loom-quiet">
        {row.bead_created && <span>{row.result === "skipped" ? "found" : "made"} <Link className="loom-id" to={`/beads/${encodeURIComponent(row.bead_created)}`}>{row.bead_created}</Link></span>}
        {row.agent_woken && <span>woke <Link to={`/agents/${encodeURIComponent(row.agent_woken)}`}>{row.agent_woken}</Link></span>}
      </p>
      {row.error && <p className={row.result === "error" ? "loom-fault-line" : "loom-quiet"}>{row.error}</p>}
      <details className="loom-fold"><summary>Evidence</summary><Evidence of={{ ...row.trigger_data, cause: row.cause }} /></details>
    </li>
  );
}

// `path` is what GET answers with the newest firings; more are asked for on demand.
export function History({ of, beat, named, onOpen }) {
  const [many, setMany] = useState(STEP);
  const query = new URLSearchParams(Object.entries({ ...of, limit: String(many) }).filter(([, value]) => value));
  const [told, fault, again] = useAnswer(`/api/v1/motivations/history?${query}`, beat);
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={again}>Try again</button></Fault>;
  if (!told) return <div className="loom-skeleton" role="status" aria-label="Loading" />;
  if (told.history.length === 0) return <p className="loom-empty">{of.result || of.project_id ? "No firing fits. Choose any result and all projects to see the others." : "Nothing has fired yet. What fires is kept here with the evidence for it."}</p>;
  return (
    <>
      <ul className="loom-list">{told.history.map((row) => <One key={row.id} row={row} named={named} onOpen={onOpen} />)}</ul>
      {told.history.length >= many && many < 200 && <button type="button" className="loom-button is-small" onClick={() => setMany(Math.min(200, many + STEP))}>Show more</button>}
    </>
  );
}

export { RESULTS };
