// Budgets with what is used, reserved and left of each, and how long it lasts.

import { Link } from "react-router";
import { decisionPage } from "./decision_data.js";
import { ago, dollars } from "./rest.js";

const WINDOWS = { daily: "a day", monthly: "a month", total: "in all" };
const SCOPES = { system: "System", project: "Project", agent: "Agent", user: "Person", bead: "Bead" };

// Its state in one word, with a tone that is never the only sign.
export function standing(budget) {
  if (budget.stopped_at) return ["bad", "Used up"];
  if (budget.used_micros >= budget.limit_micros) return ["bad", "Used up"];
  if (budget.used_micros * 100 >= budget.limit_micros * budget.alert_percent) return ["in_progress", "Nearly used up"];
  return ["done", "Open"];
}

export function Bar({ budget }) {
  const share = (micros) => `${Math.min(100, budget.limit_micros ? (micros / budget.limit_micros) * 100 : 100)}%`;
  const [tone] = standing(budget);
  const words = `${budget.used} of ${budget.limit} used, ${dollars(budget.reserved_micros)} reserved`;
  return (
    <div className={`loom-meter is-${tone}`} role="img" aria-label={words} title={words}>
      <span className="is-used" style={{ width: share(budget.used_micros) }} />
      <span className="is-reserved" style={{ width: share(budget.reserved_micros) }} />
      <i style={{ left: `${budget.alert_percent}%` }} title={`Warns at ${budget.alert_percent} %`} />
    </div>
  );
}

function Whose({ budget }) {
  const to = { project: "/projects/", bead: "/beads/" }[budget.scope];
  return (
    <>
      <span className="loom-kind">{SCOPES[budget.scope]}</span>{" "}
      {to ? <Link to={to + encodeURIComponent(budget.scope_id)}>{budget.scope_name}</Link> : <strong>{budget.scope_name}</strong>}
    </>
  );
}

export function Budget({ budget, onEdit, onDelete }) {
  const [tone, word] = standing(budget);
  const named = `${budget.scope_name}, ${WINDOWS[budget.window]}`;
  return (
    <li className="loom-budget" data-budget={budget.id}>
      <div className="loom-row is-between">
        <span><Whose budget={budget} /> <span className="loom-quiet">{budget.limit} {WINDOWS[budget.window]}</span></span>
        <span className={`loom-status is-${tone}`}>{word}</span>
      </div>
      <Bar budget={budget} />
      <p className="loom-row loom-figures">
        <span><strong>{budget.used}</strong> used</span>
        {budget.reserved_micros > 0 && <span><strong>{dollars(budget.reserved_micros)}</strong> reserved</span>}
        <span><strong>{budget.left_micros > 0 ? budget.left : "$0.00"}</strong> left</span>
        {budget.ends_at && <span className="loom-quiet">begins anew <time dateTime={budget.ends_at}>{new Date(budget.ends_at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}</time></span>}
      </p>
      <p className="loom-quiet">{budget.forecast ? <span title={budget.forecast.method}>{budget.forecast.sentence} {budget.forecast.method}</span> : "Too little was spent to say how long it lasts."}</p>
      {budget.unpriced_calls > 0 && <p className="loom-hint">{budget.unpriced_calls === 1 ? "1 call" : `${budget.unpriced_calls} calls`} of models without a price: what they cost nobody knows, and it is not in these sums.</p>}
      {budget.alerted_at && !budget.stopped_at && <p className="loom-hint">People were warned {ago(budget.alerted_at)}: {budget.alert_percent} % were used.</p>}
      {budget.stopped_at && <p className="loom-fault-line">A call did not fit any more {ago(budget.stopped_at)}; new work waits. {budget.decision_id && <Link to={decisionPage(budget.decision_id)}>What is to be done is asked here</Link>}</p>}
      <p className="loom-row loom-quiet">
        <span>warns at {budget.alert_percent} %</span>
        <span>{budget.allow_unpriced ? "lets models without a price be called" : "takes no models without a price"}</span>
        {budget.is_default && <span title="It follows the section budgets of config.yaml until somebody changes it here.">from the settings</span>}
        {budget.may_change && onEdit && <button type="button" className="loom-button is-small" aria-label={`Edit the budget of ${named}`} onClick={() => onEdit(budget)}>Edit</button>}
        {budget.may_change && onDelete && !budget.is_default && <button type="button" className="loom-button is-small is-danger" aria-label={`Delete the budget of ${named}`} onClick={() => onDelete(budget)}>Delete</button>}
      </p>
    </li>
  );
}
