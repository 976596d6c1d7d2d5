// Where a bead waits for a decision: its name in a sentence as a link, and the questions about a bead that are open.

import { Link } from "react-router";
import { useAnswer } from "./bead_data.js";
import { decisionPage } from "./decision_data.js";
import { Due, Risk } from "./decision_words.jsx";

const NAMED = /(bd-dec-[0-9A-Za-z-]+)/;

// `text` with every decision it names as a link.
export function Linked({ text, ...rest }) {
  const parts = String(text).split(NAMED);
  return parts.map((part, at) => (at % 2 ? <Link key={at} to={decisionPage(part)} onClick={(event) => event.stopPropagation()} {...rest}>{part}</Link> : part));
}

// `reason` is why the bead stands where it does: a question that it tells already is not told again.
export function Asked({ beadId, reason, beat }) {
  const [open] = useAnswer(`/api/v1/decisions?status=open&limit=20&bead_id=${encodeURIComponent(beadId)}`, beat);
  if (!open || open.length === 0) return null;
  return (
    <section className="loom-waits is-asked" aria-label="Open decisions">
      <h2>{open.length === 1 ? "A decision is open" : `${open.length} decisions are open`}</h2>
      <ul>
        {open.map((one) => (
          <li key={one.id}><Link to={decisionPage(one.id)} dir="auto">{reason.includes(one.id) ? "Answer it" : one.question.slice(0, 200)}</Link> <Risk risk={one.risk} /> <Due deadline={one.deadline} /></li>
        ))}
      </ul>
    </section>
  );
}
