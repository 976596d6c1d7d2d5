// Who is on which team and what each is at, live; what is shown is in the address.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { useAddress } from "./address.js";
import { AgentActions, NewAgent } from "./agent_forms.jsx";
import { AgentStatus, agentPage, Evidence, personaWord, Spent, STATUSES } from "./agent_words.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { all } from "./rest.js";
import "./team.css";

const PATH = "/agents";
const NAMES = ["q", "status", "project"];
const GATHER_MS = 400;
const HEARD = /^(agent|run|provider|project)\./;

function useTeams(events, since) {
  const [told, setTold] = useState({ agents: null, projects: [], fault: null });
  const work = useCallback(async () => {
    try {
      const [agents, projects] = await Promise.all([all("/api/v1/agents"), all("/api/v1/projects")]);
      setTold({ agents, projects, fault: null });
      return true;
    } catch (fault) {
      setTold((before) => ({ ...before, fault }));
      return false;
    }
  }, []);
  const load = useFresh(since, work);
  const timer = useRef(0);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => HEARD.test(event.type))) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return { ...told, load };
}

function Row({ agent, mayWrite, onDone }) {
  return (
    <tr>
      <td><Link to={agentPage(agent.id)}><strong>{agent.name}</strong></Link><div className="loom-quiet">{personaWord(agent.persona_name)}</div></td>
      <td data-label="Status"><AgentStatus agent={agent} /></td>
      <td data-label="Is at"><Evidence agent={agent} /></td>
      <td data-label="Has taken"><Spent spent={agent.spent} /></td>
      <td className="is-end">{mayWrite && <AgentActions agent={agent} onDone={onDone} />}</td>
    </tr>
  );
}

function Team({ project, agents, mayWrite, onDone }) {
  const at = encodeURIComponent(project.id);
  return (
    <section className="loom-panel" aria-label={project.name}>
      <header className="loom-row is-between">
        <h2><Link to={`/board?project=${at}`}>{project.name}</Link> {project.is_demo && <span className="loom-demo">demo model</span>}</h2>
        <Link className="loom-button is-small" to={`/org-chart?project=${at}`}>Org chart</Link>
      </header>
      <div className="loom-scroll">
        <table className="loom-table is-stacked loom-agents">
          <thead><tr>{["Agent", "Status", "Is at, or waits for", "Has taken", ""].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
          <tbody>{agents.map((agent) => <Row key={agent.id} {...{ agent, mayWrite, onDone }} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

export function Agents({ events, since, mayWrite }) {
  const [asked, change] = useAddress(PATH, NAMES);
  const { agents, projects, fault, load } = useTeams(events, since);
  const words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = useMemo(
    () => (agents || []).filter((agent) => (!asked.status || agent.status === asked.status) && (!asked.project || agent.project_id === asked.project)
      && words.every((word) => `${agent.name} ${agent.role} ${agent.persona_name} ${agent.id} ${agent.current_bead}`.toLowerCase().includes(word))),
    [agents, asked],
  );
  if (!agents) return fault ? <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p> : <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const known = new Map(projects.map((one) => [one.id, one]));
  const teams = [...new Set(shown.map((agent) => agent.project_id))].map((id) => known.get(id) || { id, name: id });
  const filtered = asked.q || asked.status || asked.project;
  return (
    <div className="loom-team" data-loaded="yes">
      {fault && <p className="loom-fault-line" role="alert">What is shown may be old: {fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p>}
      <div className="loom-filters">
        <input type="search" value={asked.q} placeholder="Find an agent" aria-label="Find an agent" onChange={(event) => change({ q: event.target.value }, true)} />
        <label className="loom-choice">Status
          <select value={asked.status} onChange={(event) => change({ status: event.target.value })}>
            <option value="">any</option>{STATUSES.map(([status, word]) => <option key={status} value={status}>{word}</option>)}
          </select>
        </label>
        <label className="loom-choice">Project
          <select value={asked.project} onChange={(event) => change({ project: event.target.value })}>
            <option value="">all</option>{projects.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        </label>
        {mayWrite && <span className="loom-team-tools"><NewAgent projects={projects.filter((one) => one.status !== "closed")} project={asked.project} onDone={load} /></span>}
      </div>
      {agents.length === 0 && <p className="loom-hint">No agents yet. {projects.length === 0 ? <>Agents belong to a project: <Link to="/projects">make one first</Link>.</> : mayWrite && "Make the first one with New agent; beads are worked on as soon as somebody is there."}</p>}
      {agents.length > 0 && shown.length === 0 && <p className="loom-hint">No agent fits. {filtered && <button type="button" className="loom-plain" onClick={() => change({ q: "", status: "", project: "" })}>Show all {agents.length}</button>}</p>}
      {teams.map((project) => <Team key={project.id} project={project} agents={shown.filter((agent) => agent.project_id === project.id)} mayWrite={mayWrite} onDone={load} />)}
    </div>
  );
}
