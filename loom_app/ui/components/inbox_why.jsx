// Why one is told something: the rule, the event behind it, and what of one's own wishes let it through.

import { Link } from "react-router";
import { useAnswer } from "./bead_data.js";
import { pathOf } from "./inbox_data.js";
import { Fault } from "./parts.jsx";

export function Why({ id }) {
  const [found, fault] = useAnswer(`${pathOf(id)}/why`, 1);
  if (fault) return <Fault>{fault.message}</Fault>;
  if (!found) return <p className="loom-quiet" role="status">Looking …</p>;
  return (
    <div className="loom-told-why">
      <dl className="loom-facts is-column">
        <div><dt>Rule</dt><dd>{found.rule}</dd></div>
        <div><dt>Told by</dt><dd><code>{found.event_type}</code> <span className="loom-quiet loom-id">{found.event_id}</span></dd></div>
        <div><dt>What you asked for</dt><dd>{found.let_through}</dd></div>
        {found.settled_by && <div><dt>Settled</dt><dd dir="auto">{found.settled_by}</dd></div>}
      </dl>
      <p><Link to="/account/notifications">Choose what you are told</Link></p>
    </div>
  );
}
