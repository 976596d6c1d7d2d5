// The decisions of the inbox, of which only those that are looked at are drawn.

import { memo, useEffect } from "react";
import { useWindow } from "./board_window.js";
import { Due, ended, isOpen, KINDS, Risk } from "./decision_words.jsx";
import { ago } from "./rest.js";

export const ROW = 112; // pixels, as decisions.css has it
const NEAR_THE_END = 20;
const MARKS = /[*`]|^#+ /gm;

const Row = memo(function Row({ row, at, here, chosen, mayWrite, onGo, onChoose }) {
  const open = isOpen(row);
  return (
    <li className={`loom-ask${here ? " is-here" : ""}`} style={{ transform: `translateY(${at * ROW}px)` }} data-decision={row.id} aria-current={here || undefined}>
      {open && mayWrite && <input type="checkbox" checked={chosen} onChange={() => onChoose(row.id)} aria-label={`Select ${row.title}`} />}
      <button type="button" onClick={() => onGo(row.id)}>
        <span className="loom-ask-head">
          <Risk risk={row.risk} />
          {open ? <Due deadline={row.deadline} /> : <span className="loom-quiet">{row.decided_at ? ago(row.decided_at) : ""}</span>}
        </span>
        <strong dir="auto">{row.question.replace(MARKS, "")}</strong>
        <span className="loom-quiet loom-ask-foot">
          {open ? `${KINDS[row.kind] || row.kind} by ${row.requester} · ${row.project_id}${row.assignee !== "people" ? ` · with ${row.assignee}` : ""}` : `${ended(row)} · ${row.decider}`}
          {row.comments > 0 && ` · ${row.comments} ${row.comments === 1 ? "comment" : "comments"}`}
        </span>
      </button>
    </li>
  );
});

export function List({ rows, current, chosen, mayWrite, onGo, onChoose, onEnd }) {
  const { scroller, range } = useWindow();
  const first = Math.max(0, Math.floor(range[0] / ROW)), last = Math.ceil(range[1] / ROW);
  useEffect(() => {
    if (last + NEAR_THE_END >= rows.length) onEnd();
  }, [last, rows.length, onEnd]);
  const at = rows.findIndex((row) => row.id === current);
  useEffect(() => {
    const box = scroller.current;
    if (at < 0 || !box) return;
    if (at * ROW < box.scrollTop) box.scrollTop = at * ROW;
    else if ((at + 1) * ROW > box.scrollTop + box.clientHeight) box.scrollTop = (at + 1) * ROW - box.clientHeight;
  }, [at, scroller]);
  return (
    <div className="loom-asks" ref={scroller} tabIndex={0} role="region" aria-label="Decisions">
      <ol style={{ height: rows.length * ROW }} aria-label={`${rows.length} decisions`}>
        {rows.slice(first, last).map((row, index) => (
          <Row key={row.id} row={row} at={first + index} here={row.id === current} chosen={chosen.has(row.id)} {...{ mayWrite, onGo, onChoose }} />
        ))}
      </ol>
    </div>
  );
}
