// The work graph as a list: the critical path first, then what is ready, then the rest; each bead with its neighbours.

import { useMemo, useState } from "react";
import { neighbours, standing } from "./graph_facts.js";
import { minutesShown } from "./units.js";

const AT_FIRST = 100;
const RANK = { in_progress: 0, open: 1, blocked: 2, done: 4 };

function order(beads, path) {
  const place = new Map(path.map((id, index) => [id, index]));
  const rank = (bead) => RANK[bead.status] + (bead.status === "open" && bead.is_blocked ? 2 : 0);
  return [...beads].sort(
    (one, other) =>
      (place.get(one.id) ?? Infinity) - (place.get(other.id) ?? Infinity) || rank(one) - rank(other) || one.priority - other.priority || one.id.localeCompare(other.id),
  );
}

function Ids({ word, ids, onOpen }) {
  if (ids.length === 0) return null;
  return (
    <span className="loom-near">
      {word}{" "}
      {ids.slice(0, 6).map((id) => <button key={id} type="button" className="loom-id" onClick={() => onOpen(id)}>{id}</button>)}
      {ids.length > 6 && ` and ${ids.length - 6} more`}
    </span>
  );
}

export function GraphList({ beads, edges, path, agents, opened, onOpen }) {
  const [shown, setShown] = useState(AT_FIRST);
  const sorted = useMemo(() => order(beads, path), [beads, path]);
  const near = useMemo(() => neighbours(beads.map((bead) => bead.id), edges), [beads, edges]);
  const critical = useMemo(() => new Set(path), [path]);
  return (
    <div className="loom-graph-list">
      <ol aria-label="Beads">
        {sorted.slice(0, shown).map((bead) => {
          const { mark, word } = standing(bead);
          const around = near.get(bead.id);
          return (
            <li key={bead.id} data-bead={bead.id} className={`${critical.has(bead.id) ? "is-critical" : ""}${bead.id === opened ? " is-shown" : ""}`}>
              <div className="loom-row">
                <span className={`loom-status is-${bead.status}`}><span aria-hidden="true">{mark}</span> {word}</span>
                <span className="loom-id">{bead.id}</span>
                <span className={`loom-priority p${bead.priority}`}>P{bead.priority}</span>
              </div>
              <button type="button" className="loom-title" onClick={() => onOpen(bead.id)}>{bead.title}</button>
              <p>
                {critical.has(bead.id) && <span className="loom-near">On the critical path</span>}
                {bead.assigned_to && <span className="loom-near">With {agents[bead.assigned_to] || bead.assigned_to}</span>}
                {bead.estimated_time !== null && <span className="loom-near">{minutesShown(bead.estimated_time)}</span>}
                <Ids word="After" ids={around.before} onOpen={onOpen} />
                <Ids word="Before" ids={around.after} onOpen={onOpen} />
                <Ids word="Child of" ids={around.parents} onOpen={onOpen} />
                <Ids word="Parent of" ids={around.children} onOpen={onOpen} />
              </p>
            </li>
          );
        })}
      </ol>
      {sorted.length > shown && <button type="button" className="loom-more" onClick={() => setShown(shown + AT_FIRST * 2)}>Show {Math.min(AT_FIRST * 2, sorted.length - shown)} more</button>}
    </div>
  );
}
