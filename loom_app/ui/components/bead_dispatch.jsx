// Why a bead is not given out yet, with the way out of each reason; and why its agent was given it, with who else was weighed.

import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { beadPath, useAnswer } from "./bead_data.js";
import { decisionPage } from "./decision_data.js";
import { Linked } from "./decision_links.jsx";
import { useEvents } from "./fresh.js";

const GATHER_MS = 2000;
const ASK_AGAIN_MS = 5000;
const HALTED = ["temporal_away", "worker_away"];
const NEAR = /^(agent|provider|project|run)\./;
// What stands elsewhere on the page: beads in the way, why it was set aside, the open decision.
const SHOWN_ELSEWHERE = ["blocked_by", "decision", "review", "set_aside"];

function moment(text) {
  const at = new Date(text);
  const today = at.toDateString() === new Date().toDateString();
  return today ? at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
}

function Reason({ reason, Go }) {
  const about = ["deferred", "parent_deferred", "resting", "hop_limit"].includes(reason.code) ? "until" : "until about";
  return (
    <li data-reason={reason.code}>
      <span dir="auto"><Linked text={reason.why} /></span>
      <span className="loom-quiet">
        since <Ago at={reason.since} />
        {reason.until && <> · {about} <time dateTime={reason.until} title={new Date(reason.until).toLocaleString()}>{moment(reason.until)}</time></>}
        {reason.bead_id && <> · <Go id={reason.bead_id}><span className="loom-id">{reason.bead_id}</span></Go></>}
        {reason.decision_id && <> · <Link to={decisionPage(reason.decision_id)}>Answer it</Link></>}
      </span>
      <span className="loom-quiet">{reason.way_out}</span>
    </li>
  );
}

function Candidate({ one, chosen }) {
  return (
    <li className={chosen ? "is-chosen" : undefined}>
      <span className="loom-candidate"><strong>{one.name}</strong> <span className="loom-quiet">{one.role}</span></span>
      <span className="loom-score" title="Points">{one.score}</span>
      <span className="loom-quiet">
        {one.why_not ? `Not taken: ${one.why_not}.` : one.parts.length === 0 && "Nothing speaks for or against it."}
        {!one.why_not && one.parts.map((part, at) => <span key={at} className="loom-part"><b>{part.points > 0 ? `+${part.points}` : part.points}</b> {part.why}</span>)}
      </span>
    </li>
  );
}

function Candidates({ rows, chosen, label }) {
  return <ol className="loom-candidates" aria-label={label}>{rows.map((one) => <Candidate key={one.agent_id} one={one} chosen={one.agent_id === chosen} />)}</ol>;
}

function Choice({ choice }) {
  const more = choice.weighed - choice.candidates.length;
  return (
    <details className="loom-fold loom-why-agent">
      <summary>Why {choice.agent}: {choice.why} <span className="loom-quiet"><Ago at={choice.made_at} /></span></summary>
      <Candidates rows={choice.candidates} chosen={choice.agent_id} label="Who was weighed" />
      {more > 0 && <p className="loom-quiet">and {more} more</p>}
    </details>
  );
}

// `beat` rises when the bead was read anew; events of agents, runs and providers may change the reasons besides.
export function Dispatch({ bead, beat, events, since, Go }) {
  const [stirred, setStirred] = useState(0);
  const timer = useRef(null);
  useEvents(events, since, (fresh, missed) => {
    if (bead.status !== "open" || timer.current || (!missed && !fresh.some((event) => NEAR.test(event.type)))) return;
    timer.current = setTimeout(() => {
      timer.current = null;
      setStirred((count) => count + 1);
    }, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const [told] = useAnswer(`${beadPath(bead.id)}/dispatch`, beat + stirred);
  const halted = Boolean(told?.reasons.some(({ code }) => HALTED.includes(code)));
  useEffect(() => {
    if (!halted) return undefined;
    const asking = setInterval(() => setStirred((count) => count + 1), ASK_AGAIN_MS); // no event tells that it runs again
    return () => clearInterval(asking);
  }, [halted]);
  if (!told) return null;
  const reasons = told.reasons.filter(({ code }) => !SHOWN_ELSEWHERE.includes(code));
  const first = told.candidates.find((one) => !one.why_not);
  const [choice] = told.choices;
  if (!reasons.length && !choice && told.state !== "next") return null;
  return (
    <section className="loom-dispatch" aria-label="How it is given out">
      {reasons.length > 0 && (
        <>
          <h2>Why not yet</h2>
          <ul>{reasons.map((reason, at) => <Reason key={`${reason.code} ${at}`} reason={reason} Go={Go} />)}</ul>
        </>
      )}
      {told.state === "next" && (
        <details className="loom-fold loom-why-agent">
          <summary>{first ? `Next in line: ${first.name} takes it unless somebody more urgent comes first` : "Next in line"}</summary>
          <Candidates rows={told.candidates} chosen={first?.agent_id} label="Who could take it" />
        </details>
      )}
      {choice && <Choice choice={choice} />}
      {told.hops > 1 && told.state !== "done" && <p className="loom-quiet">Given out {told.hops} times; after {told.max_hops} people are asked.</p>}
    </section>
  );
}
