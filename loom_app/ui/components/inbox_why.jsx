// Why one is told something: the rule, the event behind it, and what of one's own wishes let it through.

import { Link } from "react-router";
import { useAnswer } from "./bead_data.js";
import { pathOf } from "./inbox_data.js";
import { Fault } from "./parts.jsx";
import { momentShown } from "./units.js";

export function Why({ id }) {
  const [found, fault] = useAnswer(`${pathOf(id)}/why`, 1);
  if (fault) return <Fault>{fault.message}</Fault>;
  if (!found) return <p className="loom-quiet" role="status">Looking …</p>;
  const event = found.event;
  return (
    <div className="loom-told-why">
      <p>{found.reason}</p>
      <dl className="loom-facts">
        <div><dt>Rule</dt><dd>{found.rule}</dd></div>
        {event && <div><dt>Newest event</dt><dd><code>{event.type}</code> {momentShown(event.timestamp)}</dd></div>}
        {event?.actor_name && <div><dt>By</dt><dd>{event.actor_name}</dd></div>}
      </dl>
      <p><Link to="/account/notifications">Choose what you are told</Link></p>
    </div>
  );
}
