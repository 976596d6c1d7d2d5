// One workflow of the list: how it stands, what it is about, since when, and what can be done about it.

import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { decisionPage } from "./decision_data.js";
import { DEEDS, MARKS, STATES, TONES, TYPES } from "./workflow_words.js";

const WORDS = Object.fromEntries(STATES);

export function Standing({ one }) {
  return <span className={`loom-status is-${TONES[one.state]}`}><span aria-hidden="true">{MARKS[one.state]}</span> {WORDS[one.state]}</span>;
}

export function Links({ one }) {
  return (
    <span className="loom-row loom-quiet loom-flow-links">
      <span>{TYPES[one.type] || one.type}</span>
      {one.type === "BootstrapWorkflow" ? <Link to={`/projects/${encodeURIComponent(one.project_id)}/bootstrap`}>{one.project_id}</Link> : <Link to={`/projects/${encodeURIComponent(one.project_id)}`}>{one.project_id}</Link>}
      {one.bead_id && <Link to={`/beads/${encodeURIComponent(one.bead_id)}`} className="loom-id">{one.bead_id}</Link>}
      {one.agent_id && <Link to={`/agents/${encodeURIComponent(one.agent_id)}`}>{one.agent}</Link>}
      {one.run_id && <Link to={`/runs/${encodeURIComponent(one.run_id)}/diff`}>its change</Link>}
      {one.decision_id && <Link to={decisionPage(one.decision_id)}>{one.state === "waiting" ? "answer it" : "the decision"}</Link>}
    </span>
  );
}

export function Row({ one, busy, onOpen, onDo }) {
  return (
    <li className="loom-flow" data-workflow={one.id}>
      <span className="loom-flow-state"><Standing one={one} /></span>
      <span className="loom-flow-what">
        <button type="button" className="loom-flow-title" onClick={() => onOpen(one.id)}><span dir="auto">{one.title || one.id}</span></button>
        <Links one={one} />
        {one.why && <span className="loom-quiet loom-flow-why" dir="auto">{one.why}</span>}
      </span>
      <span className="loom-quiet loom-flow-when">
        <span>since <Ago at={one.since} /></span>
        <span>{one.turn ? `turn ${one.turn}, ` : ""}{one.ended_at ? "ended" : "came on"} <Ago at={one.moved_at} /></span>
      </span>
      <span className="loom-row is-end loom-flow-deeds">
        {one.deeds.map((deed) => (
          <button key={deed.name} type="button" disabled={busy} className={`loom-button is-small${DEEDS[deed.name].asks ? " is-danger" : ""}`} aria-label={`${DEEDS[deed.name].word}: ${one.title}`} onClick={() => onDo(one, deed)}>{DEEDS[deed.name].word}</button>
        ))}
      </span>
    </li>
  );
}
