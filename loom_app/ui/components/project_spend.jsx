// What the runs of a project have cost: by day, by agent.

import { Link } from "react-router";
import { useAnswer } from "./bead_data.js";
import { Budget } from "./budget_list.jsx";
import { Fault } from "./parts.jsx";
import { Fact, Loading } from "./project_overview.jsx";
import { dollars, dollarsKnown } from "./rest.js";

const DAYS = 30;
const day = (text) => new Date(`${text}T12:00:00Z`).toLocaleDateString(undefined, { month: "short", day: "numeric", timeZone: "UTC" });
const runs = (count) => (count === 1 ? "1 run" : `${count} runs`);

function Bars({ days }) {
  const most = Math.max(...days.map((one) => one.cost_micros), 1);
  return (
    <figure className="loom-bars">
      <div className="loom-bars-area" aria-hidden="true">
        {days.map((one) => <span key={one.day} className={one.unpriced ? "is-unpriced" : ""} style={{ height: `${Math.max(one.runs ? 3 : 0, (one.cost_micros / most) * 100)}%` }} title={`${day(one.day)}: ${dollarsKnown(one.cost_micros, one.unpriced)}, ${runs(one.runs)}`} />)}
      </div>
      <figcaption className="loom-row is-between loom-quiet"><span>{day(days[0].day)}</span><span>most on a day: {dollars(most === 1 ? 0 : most)}</span><span>{day(days[days.length - 1].day)}</span></figcaption>
    </figure>
  );
}

// What the project may still spend: its own budgets, and what it has beside them.
function May({ project, beat }) {
  const [budgets, fault] = useAnswer(`/api/v1/budgets?scope=project&scope_id=${encodeURIComponent(project.id)}`, beat);
  const [wide] = useAnswer("/api/v1/budgets?scope=system", beat);
  if (fault || !budgets) return <Fault>{fault?.message}</Fault>;
  return (
    <section className="loom-panel" aria-labelledby="project-budgets">
      <header className="loom-row is-between"><h2 id="project-budgets">What it may still spend</h2><Link className="loom-button is-small" to="/budgets">All budgets</Link></header>
      {budgets.length === 0 && <p className="loom-empty">The project has no budget of its own{wide?.length ? "; the system's bound it" : ", and nothing else bounds it"}. Set one on the page Budgets.</p>}
      <ul className="loom-budgets">{[...budgets, ...(wide || [])].map((one) => <Budget key={one.id} budget={one} />)}</ul>
    </section>
  );
}

export function Spend({ project, path, beat }) {
  return <div className="loom-stack"><Spent project={project} path={path} beat={beat} /><May project={project} beat={beat} /></div>;
}

function Spent({ project, path, beat }) {
  const [spend, fault, ask] = useAnswer(`${path}/spend?days=${DAYS}`, beat);
  const [agents] = useAnswer(`/api/v1/agents?project_id=${encodeURIComponent(project.id)}&limit=200`, beat);
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>;
  if (!spend) return <Loading />;
  if (spend.runs === 0) return <section className="loom-panel"><p className="loom-empty">No run yet, so nothing was spent. What each run costs shows here as soon as an agent takes a bead.</p></section>;
  const name = (id) => agents?.find((agent) => agent.id === id)?.name || id;
  return (
    <section className="loom-panel" aria-labelledby="project-spend">
      <h2 id="project-spend">Spend</h2>
      <dl className="loom-facts is-figures">
        <Fact term="In all"><strong>{dollarsKnown(spend.cost_micros, spend.unpriced)}</strong></Fact>
        <Fact term="Runs"><strong>{spend.runs.toLocaleString("en-US")}</strong></Fact>
        <Fact term="Tokens"><strong>{spend.tokens.toLocaleString("en-US")}</strong></Fact>
      </dl>
      {spend.unpriced > 0 && <p className="loom-hint">{runs(spend.unpriced)} used a model without a price: what they cost is not in these sums.</p>}
      <h3>The last {DAYS} days</h3>
      <Bars days={spend.by_day} />
      <div className="loom-scroll">
        <table className="loom-table is-stacked">
          <thead><tr>{["Agent", "Cost", "Runs", "Tokens"].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
          <tbody>{spend.by_agent.map((one) => (
            <tr key={one.agent_id}><td>{name(one.agent_id)}</td><td data-label="Cost">{dollarsKnown(one.cost_micros, one.unpriced)}</td><td data-label="Runs">{one.runs}</td><td data-label="Tokens">{one.tokens.toLocaleString("en-US")}</td></tr>
          ))}</tbody>
        </table>
      </div>
    </section>
  );
}
