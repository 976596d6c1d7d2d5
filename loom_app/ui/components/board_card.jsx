// One card, of a height known beforehand.

import { memo, useEffect, useRef } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useDraggable } from "./board_drag.js";
import { heightOf, isWaiting, restOf, TITLES } from "./board_layout.js";
import { Linked } from "./decision_links.jsx";
import { dollars } from "./rest.js";

const DOING = { model: "the model is thinking", "": "getting ready" };

const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function Waiting({ card }) {
  const [first, ...others] = card.blocked_by;
  const words = first ? `Waits for ${first}${others.length > 0 ? ` and ${others.length} more` : ""}` : "Waits for other work";
  return <p className="loom-why" title={card.blocked_by.length > 0 ? `Waits for ${card.blocked_by.join(", ")}` : undefined}>{words}</p>;
}

// Why an open bead is where it is, in a line: what it waits for, until when it is left alone, what happened last.
function Why({ card }) {
  if (isWaiting(card)) return <Waiting card={card} />;
  const reason = card.status === "done" ? "" : card.status_reason;
  const rest = restOf(card);
  if (!reason && !rest) return null;
  return <p className="loom-why" title={[rest, reason].filter(Boolean).join(": ")}>{rest}{rest && reason && ": "}{reason && <Linked text={reason} tabIndex={-1} draggable={false} />}</p>;
}

// What the work on a bead has to show for itself.
function Evidence({ run }) {
  const alive = run.lease_until && new Date(run.lease_until) > new Date();
  return (
    <div className="loom-evidence">
      <p title={run.run_id ? `Run ${run.run_id}` : "Claimed by hand"}>
        {run.run_id ? <>Turn {run.turn || 1} · {DOING[run.doing] || run.doing.replaceAll("_", " ")}</> : "Claimed by hand"}
        {run.progress_at && <> · <Ago at={run.progress_at} /></>}
      </p>
      <p>
        {run.run_id && <>{run.cost_micros === null ? "unpriced" : dollars(run.cost_micros)} · </>}
        {run.lease_until ? <span className={alive ? "" : "is-late"}>lease {alive ? "until" : "ran out"} {clock(run.lease_until)}</span> : "no lease"}
      </p>
    </div>
  );
}

export const Card = memo(function Card({ card, top, holder, here, selected, lifted, fixed, wantsFocus, acts }) {
  const element = useRef(null);
  const isDragging = useDraggable(element, card.id, fixed, acts.dragged);
  useEffect(() => {
    if (wantsFocus) element.current.focus({ preventScroll: true });
  }, [wantsFocus]);
  const marks = [isDragging && "is-dragging", lifted && "is-lifted", selected && "is-selected", isWaiting(card) && "is-waiting"];
  const said = [
    card.id, card.title, (TITLES[card.status] || card.status).toLowerCase(), `priority ${card.priority}`,
    holder && `assigned to ${holder}`, isWaiting(card) && "waits for other beads", selected && "selected",
  ];
  return (
    <article
      ref={element}
      role="group"
      aria-roledescription={fixed ? "bead" : "bead that can be moved"}
      aria-label={said.filter(Boolean).join(", ")}
      aria-keyshortcuts={fixed ? "Enter Space" : "Enter Space M X"}
      tabIndex={here ? 0 : -1}
      data-bead={card.id}
      className={["loom-card", ...marks].filter(Boolean).join(" ")}
      style={{ transform: `translateY(${top}px)`, "--lines": heightOf(card) }}
      onClick={(event) => acts.clicked(card.id, event)}
      onFocus={() => acts.focused(card.id)}
    >
      <header>
        <Link className="loom-id" to={`/beads/${encodeURIComponent(card.id)}`} onClick={(event) => event.stopPropagation()} tabIndex={-1} draggable={false}>
          {card.id}
        </Link>
        <span className="loom-kind">{card.source_status || card.type}</span>
        <span className={`loom-priority p${card.priority}`} title={`Priority ${card.priority}`}>P{card.priority}</span>
      </header>
      <h3 title={card.title}>{card.title}</h3>
      <Why card={card} />
      {card.run && <Evidence run={card.run} />}
      {(card.assigned_to || card.tags.length > 0 || card.due_date) && (
        <footer>
          {card.assigned_to && <span className={`loom-agent${card.run ? " is-working" : ""}`}>{holder}</span>}
          {card.due_date && <span className="loom-tag">due {new Date(card.due_date).toLocaleDateString([], { month: "short", day: "numeric" })}</span>}
          {card.tags.slice(0, 3).map((tag) => <span key={tag} className="loom-tag">{tag}</span>)}
          {card.tags.length > 3 && <span className="loom-tag">+{card.tags.length - 3}</span>}
        </footer>
      )}
    </article>
  );
});
