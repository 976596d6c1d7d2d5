// Whom of the team a project had review finished work before it lands, and what each said.

import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { beadPage, beadPath, useAnswer } from "./bead_data.js";

const STATES = {
  waiting: ["Waits for review by", "waiting"],
  approved: ["Approved by", "finished"],
  rejected: ["Sent back by", "failed"],
  left: ["Not reviewed by", "cancelled"],
};

// `passes` are reviews as the API has them, oldest first.
export function Passes({ passes }) {
  return (
    <ul className="loom-passes">
      {passes.map((one) => {
        const [word, tone] = STATES[one.state];
        return (
          <li key={one.id} data-review={one.state}>
            <span><span className={`loom-status is-${tone}`}>{word}</span> {one.agent} <span className="loom-quiet">{one.role} · <Ago at={one.answered_at || one.asked_at} /> · <Link to={beadPage(one.answer_bead)} className="loom-id">{one.answer_bead}</Link></span></span>
            {one.reason && <span className="loom-said" dir="auto">{one.reason}</span>}
          </li>
        );
      })}
    </ul>
  );
}

export function Reviews({ beadId, beat }) {
  const [passes] = useAnswer(`${beadPath(beadId)}/reviews`, beat);
  if (!passes || passes.length === 0) return null;
  const earlier = passes.slice(0, -2);
  return (
    <section className="loom-dispatch" aria-label="Reviews">
      <h2>Reviews before it lands</h2>
      {earlier.length > 0 && (
        <details className="loom-fold"><summary>{earlier.length} earlier</summary><Passes passes={earlier} /></details>
      )}
      <Passes passes={passes.slice(-2)} />
    </section>
  );
}
