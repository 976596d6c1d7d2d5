// What agents at work on a bead said to colleagues, and what they were told: who said what to whom.

import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { beadPage, useAnswer } from "./bead_data.js";

const MOST = 50;
const KIND = { question: "asked", delegation: "handed to", notification: "told" };

function Message({ one, name, beadId }) {
  const elsewhere = one.bead_id === beadId ? one.delivered_bead_id : one.bead_id;
  return (
    <li>
      <span>
        <strong>{name(one.from_agent_id)}</strong> {one.reply_to ? "answered" : KIND[one.type]} <strong>{name(one.to_agent_id)}</strong>{" "}
        <span className="loom-quiet">
          <Ago at={one.created_at} /> · {one.delivered_at ? <>heard in turn {one.delivered_turn}</> : "not heard yet; it is told when they work next"}
          {elsewhere && elsewhere !== beadId && <> · {one.bead_id === beadId ? "at" : "from"} <Link className="loom-id" to={beadPage(elsewhere)}>{elsewhere}</Link></>}
        </span>
      </span>
      {(one.subject || one.body) && <span className="loom-said" dir="auto">{[one.subject, one.body].filter(Boolean).join("\n")}</span>}
      {Object.keys(one.payload).length > 0 && <pre className="loom-code" tabIndex={0} aria-label="What came with it">{JSON.stringify(one.payload, null, 2)}</pre>}
    </li>
  );
}

export function Messages({ beadId, beat, name }) {
  const [found] = useAnswer(`/api/v1/messages?limit=${MOST}&bead_id=${encodeURIComponent(beadId)}`, beat);
  if (!found || found.length === 0) return null;
  const count = found.length === MOST ? `the newest ${MOST}` : found.length;
  return (
    <details className="loom-fold loom-messages">
      <summary>What agents said to each other <span className="loom-quiet">{count}</span></summary>
      <ul className="loom-passes">{found.map((one) => <Message key={one.id} {...{ one, name, beadId }} />)}</ul>
    </details>
  );
}
