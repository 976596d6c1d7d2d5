// How a project stands at a glance, and its beads by column.

import { Link } from "react-router";
import { Latest } from "./activity.jsx";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Fault, useSending } from "./parts.jsx";
import { dollarsKnown, send } from "./rest.js";
import { momentShown } from "./units.js";

const COLUMNS = [["open", "○", "Open"], ["in_progress", "◐", "In progress"], ["blocked", "◇", "Blocked"], ["done", "●", "Done"]];

export function Fact({ term, children }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

// The button that has Loom fetch the repository, for places that cannot show anything before that.
export function FetchNow({ project, load, word = "Fetch now" }) {
  const sending = useSending(async () => {
    await send("POST", `/api/v1/projects/git/sync?project_id=${encodeURIComponent(project.id)}`);
    await load();
  });
  return (
    <>
      <button type="button" className="loom-button" disabled={sending.busy} onClick={() => sending.submit()}>{sending.busy ? "Fetching…" : word}</button>
      <Fault>{sending.fault}</Fault>
    </>
  );
}

// What stands where the repository cannot be shown: why, and what to do.
export function Unread({ fault, project, load, ask, mayWrite }) {
  const missing = fault.problem?.code === "no_copy_yet";
  return (
    <section className="loom-panel" role={missing ? undefined : "alert"}>
      <p>{missing ? "Loom has not fetched this repository yet, so there is nothing to show." : fault.message}</p>
      {missing && project.problem && <p className="loom-fault-line">{project.problem}</p>}
      <div className="loom-row">
        {missing && mayWrite ? <FetchNow project={project} load={async () => { await load(); await ask?.(); }} word="Fetch the repository" /> : <button type="button" className="loom-button" onClick={() => ask?.()}>Try again</button>}
      </div>
    </section>
  );
}

export function Loading() {
  return <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
}

function Readiness({ state, project, load, mayWrite, onTab }) {
  return (
    <section className="loom-panel" aria-labelledby="project-ready">
      <header className="loom-row">
        <h2 id="project-ready">Repository</h2>
        <span className={`loom-status is-${state.readiness_ok ? "good" : "bad"}`}>{state.readiness_ok ? "✓ ready" : "! not in order"}</span>
      </header>
      {state.readiness_issues.map((issue) => <p key={issue} className="loom-fault-line" role="note">{issue}</p>)}
      <dl className="loom-facts">
        <Fact term="From"><code>{project.git_repo || "Loom's own"}</code></Fact>
        <Fact term="Branch"><code>{project.branch}</code></Fact>
        <Fact term="Last commit seen">{project.last_commit_hash ? <code title={project.last_commit_hash}>{project.last_commit_hash.slice(0, 10)}</code> : <span className="loom-quiet">none yet</span>}</Fact>
        <Fact term="Looked at"><Ago at={project.last_sync_at} never="not yet" /></Fact>
      </dl>
      <footer className="loom-row">
        {mayWrite && <FetchNow {...{ project, load }} />}
        <button type="button" className="loom-button" onClick={() => onTab("git")}>Access and keys</button>
      </footer>
    </section>
  );
}

export function Overview({ project, state, path, beat, load, mayWrite, onTab }) {
  const [spend] = useAnswer(`${path}/spend?days=7`, beat);
  const next = project.milestones.filter((one) => one.status === "planned" || one.status === "in_progress" || one.status === "missed").slice(0, 4);
  return (
    <div className="loom-grid is-wide">
      <section className="loom-panel" aria-labelledby="project-stands">
        <h2 id="project-stands">How it stands</h2>
        <dl className="loom-facts is-figures">
          <Fact term="Beads not done"><strong>{state.open_beads}</strong></Fact>
          <Fact term="Agents"><strong>{project.agents.length}</strong></Fact>
          <Fact term="Spent"><strong>{spend ? dollarsKnown(spend.cost_micros, spend.unpriced) : "…"}</strong>{spend?.unpriced > 0 && spend.cost_micros > 0 && <span className="loom-quiet">and {spend.unpriced} runs unpriced</span>}</Fact>
        </dl>
        <dl className="loom-facts">
          {project.due_date && <Fact term="Due"><time dateTime={project.due_date} className={new Date(project.due_date) < new Date() ? "loom-late" : ""}>{momentShown(project.due_date)}</time></Fact>}
          <Fact term="Made"><Ago at={project.created_at} /></Fact>
          {project.closed_at && <Fact term="Closed"><Ago at={project.closed_at} /></Fact>}
          <Fact term="Finished work">{project.git_strategy === "direct" ? "lands on the branch" : "waits on a branch of its own for review"}</Fact>
        </dl>
        {project.agents.length === 0 && <p className="loom-hint">Nobody works here yet. <Link to="/agents">Give it agents</Link>.</p>}
      </section>
      <Readiness {...{ state, project, load, mayWrite, onTab }} />
      <section className="loom-panel" aria-labelledby="project-next">
        <header className="loom-row"><h2 id="project-next">Next milestones</h2></header>
        {next.length === 0 && <p className="loom-empty">No milestone is ahead. They say what is to be reached by when.</p>}
        <ul className="loom-plain-list">
          {next.map((one) => (
            <li key={one.id} className="loom-row"><span className={`loom-status is-${one.status === "missed" ? "bad" : "open"}`}>{one.status.replace("_", " ")}</span> {one.name} <span className="loom-quiet">{one.due_date ? momentShown(one.due_date) : "no date"}</span></li>
          ))}
        </ul>
        <footer><button type="button" className="loom-button" onClick={() => onTab("milestones")}>{next.length ? "All milestones" : "Set one"}</button></footer>
      </section>
      <Latest {...{ project, beat }} />
    </div>
  );
}

export function Beads({ project, path }) {
  const of = encodeURIComponent(project.id);
  const counts = project.bead_counts;
  const none = COLUMNS.every(([status]) => !counts[status]);
  return (
    <section className="loom-panel" aria-labelledby="project-beads">
      <h2 id="project-beads">Beads</h2>
      <div className="loom-tiles">
        {COLUMNS.map(([status, mark, word]) => (
          <Link key={status} className={`loom-tile is-${status}`} to={`/board?project=${of}`}>
            <span className="loom-tile-word"><span aria-hidden="true">{mark}</span> {word}</span>
            <strong className="loom-tile-count">{counts[status] ?? 0}</strong>
          </Link>
        ))}
      </div>
      {none && <p className="loom-empty">No bead yet. Make the first one on the board, or bring a bead file in.</p>}
      <div className="loom-row">
        <Link className="loom-button is-main" to={`/board?project=${of}`}>Open the board</Link>
        <Link className="loom-button" to={`/graph?project=${of}`}>Work graph</Link>
        <Link className="loom-button" to={`/projects/${of}/bead-file`}>Bead file</Link>
        <a className="loom-button" href={`${path}/beads/export`} download={`${project.id}-issues.jsonl`}>Export</a>
      </div>
    </section>
  );
}
