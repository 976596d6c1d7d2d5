// The columns and lanes: as large as all of their cards, drawn where somebody looks.

import { memo, useMemo, useRef } from "react";
import { Card } from "./board_card.jsx";
import { useDropCell } from "./board_drag.js";
import { between, COLUMNS, holderOf, laneTitle } from "./board_layout.js";
import { Limit } from "./board_limit.jsx";
import { NewHere } from "./board_new.jsx";

const Cell = memo(function Cell({ column, lane, laneTitle: title, cell, from, to, height, target, loading, look, acts, people }) {
  const element = useRef(null);
  const isOver = useDropCell(element, { status: column.status, lane });
  const [first, last] = between(cell.tops, from, to);
  const over = isOver || target;
  const count = cell.cards.length;
  return (
    <section className={`loom-column is-${column.status}`} aria-label={`${column.title}${title ? `, ${title}` : ""}, ${count} ${count === 1 ? "bead" : "beads"}`}>
      <div ref={element} data-status={column.status} data-lane={lane} className={`loom-cards${over ? " is-over" : ""}`} style={{ height }}>
        {loading && [0, 1, 2].map((each) => <div key={each} className="loom-skeleton" aria-hidden="true" />)}
        {!loading && count === 0 && <p className="loom-empty">{title ? <span aria-hidden="true">–</span> : look.narrowed ? "Nothing here fits the filter." : column.empty}</p>}
        {cell.cards.slice(first, last).map((card, at) => (
          <Card
            key={card.id}
            card={card}
            top={cell.tops[first + at]}
            holder={people.names.get(holderOf(card, people)) || card.assigned_to}
            here={look.here === card.id}
            wantsFocus={look.focus === card.id ? look.focusTurn : 0}
            selected={look.selected.has(card.id)}
            lifted={look.lifted.has(card.id)}
            fixed={look.fixed}
            acts={acts}
          />
        ))}
      </div>
    </section>
  );
});

function Head({ column, shown, total, limit, tools }) {
  const full = limit && total >= limit;
  return (
    <div className={`loom-column-head is-${column.status}${full ? " is-full" : ""}`}>
      <h2>
        <span aria-hidden="true">{column.mark}</span> {column.title}
        <span className="loom-count" title={shown === total ? undefined : `${shown} of ${total} shown`}>
          {shown === total ? "" : `${shown} of `}{total}{limit ? `/${limit}` : ""}
        </span>
        {full && <span className="loom-full">full</span>}
      </h2>
      {tools}
    </div>
  );
}

function LaneHead({ band, onFold }) {
  const count = COLUMNS.reduce((sum, { status }) => sum + band.cells[status].cards.length, 0);
  return (
    <button type="button" className="loom-lane-head" style={{ height: band.head }} aria-expanded={!band.isFolded} onClick={() => onFold(band.key)}>
      <span aria-hidden="true">{band.isFolded ? "▸" : "▾"}</span> <span className="loom-cut">{band.title}</span> <span className="loom-count">{count}</span>
    </button>
  );
}

export function Columns({ placing, range, scroller, view, totals, limits, facts, look, acts, loading, tools, lift }) {
  const shown = useMemo(
    () => Object.fromEntries(COLUMNS.map(({ status }) => [status, placing.bands.reduce((sum, band) => sum + band.cells[status].cards.length, 0)])),
    [placing],
  );
  const bands = placing.bands.filter((band) => band.top < range[1] && band.top + band.head + band.height > range[0]);
  return (
    <div ref={scroller} className="loom-columns" role="region" aria-label="Columns" tabIndex={-1}>
      <div className="loom-column-heads">
        {COLUMNS.map((column) => (
          <Head
            key={column.status}
            column={column}
            shown={shown[column.status]}
            total={totals[column.status]}
            limit={limits[column.status]}
            tools={
              <span className="loom-column-tools">
                {tools.mayWrite && <button type="button" className="loom-button is-plain" aria-label={`Add to ${column.title}`} title="New bead here" onClick={() => tools.begin(column.status, tools.firstLane)}>+</button>}
                {tools.mayLimit && <Limit column={column} limit={limits[column.status]} count={totals[column.status]} project={tools.project} projectName={tools.projectName} />}
              </span>
            }
          />
        ))}
      </div>
      {tools.making && (
        <NewHere key={`${tools.making.status} ${tools.making.lane}`} place={tools.making} where={laneTitle(view.lanes, tools.making.lane, facts)} project={tools.project} projects={tools.projects} onMade={tools.made} onClose={tools.end} make={tools.make} />
      )}
      <div className="loom-bands" style={{ height: loading ? undefined : Math.max(placing.height, 1) }}>
        {bands.map((band) => (
          <div key={band.key || "all"} className={`loom-band${band.head ? " has-head" : ""}`} style={loading ? undefined : { transform: `translateY(${band.top}px)` }}>
            {band.head > 0 && <LaneHead band={band} onFold={tools.fold} />}
            {!band.isFolded && (
              <div className="loom-cells">
                {COLUMNS.map((column) => (
                  <Cell
                    key={column.status}
                    column={column}
                    lane={band.key}
                    laneTitle={band.title}
                    cell={band.cells[column.status]}
                    from={range[0] - band.top - band.head}
                    to={range[1] - band.top - band.head}
                    height={loading ? undefined : band.height}
                    target={Boolean(lift && lift.status === column.status && lift.lane === band.key)}
                    loading={loading}
                    look={look}
                    acts={acts}
                    people={facts.people}
                  />
                ))}
              </div>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}
