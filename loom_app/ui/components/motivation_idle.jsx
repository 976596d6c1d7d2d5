// Whether work rests, in all and in each project, from what people and agents do.

import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { Fault } from "./parts.jsx";
import { secondsWord } from "./motivation_words.jsx";

function Tile({ word, count, tone, note }) {
  return (
    <div className={`loom-tile is-still${tone ? ` is-${tone}` : ""}`}>
      <span className="loom-tile-word">{word}</span>
      <span className="loom-tile-count">{count}</span>
      {note && <span className="loom-quiet">{note}</span>}
    </div>
  );
}

function Resting({ rests, seconds, threshold }) {
  if (rests) return <><span className="loom-status is-idle"><span aria-hidden="true">○</span> idle</span> <span className="loom-quiet">for {secondsWord(seconds)}</span></>;
  const quiet = seconds > 0 ? `quiet for ${secondsWord(seconds)}, idle from ${secondsWord(threshold)}` : "a run is under way";
  return <><span className="loom-status is-working"><span aria-hidden="true">◐</span> active</span> <span className="loom-quiet">{quiet}</span></>;
}

function Projects({ idle }) {
  return (
    <table className="loom-table is-stacked">
      <thead><tr>{["Project", "State", "Agents", "Open beads", "Last activity"].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
      <tbody>
        {idle.idle_projects.map((one) => (
          <tr key={one.project_id}>
            <td><Link to={`/projects/${encodeURIComponent(one.project_id)}`}>{one.project_name}</Link></td>
            <td data-label="State"><div><Resting rests={one.is_idle} seconds={one.idle_seconds} threshold={idle.thresholds.project_seconds} /></div></td>
            <td data-label="Agents">{one.agent_count}</td>
            <td data-label="Open beads">{one.open_beads}</td>
            <td data-label="Last activity"><Ago at={one.last_activity} never="now" /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Idle({ idle, fault, again, every }) {
  if (fault) return <Fault>Whether work rests is not known: {fault.message} <button type="button" className="loom-button is-small" onClick={again}>Try again</button></Fault>;
  if (!idle) return <div className="loom-skeleton" role="status" aria-label="Loading" />;
  const on = every.filter((one) => one.status !== "disabled").length;
  return (
    <section className="loom-stack" aria-label="Idle state">
      <div className="loom-tiles">
        <Tile word="System" count={idle.is_system_idle ? "Idle" : "Active"} tone={idle.is_system_idle ? "" : "in_progress"} note={idle.system_idle_seconds > 0 ? `nothing happened for ${secondsWord(idle.system_idle_seconds)}` : idle.idle_projects.length > 0 ? "a run is under way" : "no open project yet"} />
        <Tile word="Agents at work" count={`${idle.working_agents} of ${idle.total_agents}`} note={`${idle.idle_agents} free, ${idle.paused_agents} paused`} />
        <Tile word="Open beads" count={idle.open_beads.toLocaleString("en-US")} note={`${idle.in_progress_beads.toLocaleString("en-US")} in progress, ${idle.total_beads.toLocaleString("en-US")} in all`} />
        <Tile word="Motivations on" count={`${on} of ${every.length}`} note={`${every.reduce((sum, one) => sum + one.trigger_count, 0).toLocaleString("en-US")} firings so far`} />
      </div>
      {idle.idle_projects.length > 0 && (
        <details className="loom-fold">
          <summary>What rests, project by project</summary>
          <div className="loom-scroll"><Projects idle={idle} /></div>
          <p className="loom-quiet">Activity is a run under way and whatever people and agents do in a project. What Loom does by itself is none. The system is idle after {secondsWord(idle.thresholds.system_seconds)}, a project after {secondsWord(idle.thresholds.project_seconds)}, an agent after {secondsWord(idle.thresholds.agent_seconds)}.</p>
        </details>
      )}
    </section>
  );
}
