// What a bead has cost and what it may still cost, with the budget that binds.

import { beadPath, useAnswer } from "./bead_data.js";
import { Bar } from "./budget_list.jsx";

export function Cost({ id, beat }) {
  const [cost] = useAnswer(`${beadPath(id)}/cost`, beat);
  if (!cost) return null;
  return (
    <details className="loom-fold loom-cost" data-bead-cost={id}>
      <summary>Cost: {cost.cost}{cost.may_cost_micros ? `, up to ${cost.may_cost} more` : ""} <span className="loom-quiet">{cost.calls === 1 ? "1 call" : `${cost.calls} calls`}</span></summary>
      <p>{cost.sentence}</p>
      {cost.budgets.length > 0 && (
        <ul className="loom-budgets is-small" aria-label="Budgets that bound it">
          {cost.budgets.map((one) => (
            <li key={one.id}>
              <span className="loom-row is-between"><span>{one.scope} {one.scope === "system" ? "" : one.scope_name} <span className="loom-quiet">{one.window}</span></span><span>{one.left_micros > 0 ? one.left : "$0.00"} left of {one.limit}</span></span>
              <Bar budget={one} />
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}
