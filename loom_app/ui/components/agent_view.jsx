// One agent on a page of its own: what it is at, what it has taken, every run it had.

import { useCallback, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import { AgentActions } from "./agent_forms.jsx";
import { AgentStatus, agentPath, Evidence, personaWord, Spent } from "./agent_words.jsx";
import { Ago } from "./ago.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { get } from "./rest.js";
import "./team.css";

const GATHER_MS = 400;
const PAGE = 50;

const named = (pathname) => {
  const part = pathname.replace(/\/+$/, "").split("/")[2] || "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

function useAgent(id, most, events, since) {
  const [told, setTold] = useState({ agent: null, runs: [], total: 0, provider: null, fault: null });
  const work = useCallback(async () => {
    try {
      const [agent, runs, providers] = await Promise.all([
        get(agentPath(id)), get(`/api/v1/runs?agent_id=${encodeURIComponent(id)}&limit=${most}`), get("/api/v1/providers?limit=200").catch(() => ({ body: [] })),
      ]);
      const working = (one) => one.status === "healthy" || one.status === "active";
      const own = providers.body.find((one) => one.id === agent.body.provider_id);
      setTold({ agent: agent.body, runs: runs.body, total: Number(runs.headers.get("X-Total-Count") || runs.body.length), provider: own || providers.body.find(working) || null, fault: null });
      return true;
    } catch (fault) {
      setTold((before) => ({ ...before, fault, agent: fault.status === 404 ? null : before.agent }));
      return false;
    }
  }, [id, most]);
  const load = useFresh(since, work);
  const timer = useRef(0);
  useEvents(events, since, (fresh, missed) => {
    const about = (event) => event.subject_id === id || event.data?.agent_id === id || /^provider\./.test(event.type);
    if (!missed && !fresh.some(about)) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return { ...told, load };
}

function Facts({ agent, provider }) {
  const automatic = provider ? `automatic, now ${provider.name}` : "automatic; none works at present";
  return (
    <dl className="loom-facts">
      <div><dt>Persona</dt><dd><Link to={`/personas?name=${encodeURIComponent(agent.persona_name)}`}>{personaWord(agent.persona_name)}</Link></dd></div>
      <div><dt>Project</dt><dd><Link to={`/projects/${encodeURIComponent(agent.project_id)}?tab=team`}>{agent.project_id}</Link></dd></div>
      <div><dt>By itself</dt><dd><Link to={`/temporal?view=schedules&project=${encodeURIComponent(agent.project_id)}&agent=${encodeURIComponent(agent.id)}`}>its schedules</Link></dd></div>
      <div><dt>Position</dt><dd>{agent.position_id ? <Link to={`/org-chart?project=${encodeURIComponent(agent.project_id)}`}>{agent.position_id}</Link> : "none"}</dd></div>
      <div><dt>Provider</dt><dd>{agent.provider_id ? provider?.name || agent.provider_id : automatic}</dd></div>
      <div><dt>Has taken</dt><dd><Spent spent={agent.spent} /></dd></div>
      <div><dt>On the team since</dt><dd><Ago at={agent.started_at} /></dd></div>
      <div><dt>Last moved</dt><dd><Ago at={agent.last_active} /></dd></div>
    </dl>
  );
}

function Run({ run }) {
  const how = run.terminal_reason || run.status;
  return (
    <tr>
      <td><Link className="loom-id" to={`/beads/${encodeURIComponent(run.bead_id)}`}>{run.bead_id}</Link><div className="loom-quiet">{run.message || run.why}</div></td>
      <td data-label="Came to"><span className={`loom-status is-${run.status}`}>{how.replaceAll("_", " ")}</span></td>
      <td data-label="Turns">{run.turn_count}</td>
      <td data-label="Cost">{run.cost}</td>
      <td data-label="Worked by">{run.persona_name ? <Link to={`/personas?name=${encodeURIComponent(run.persona_name)}&view=revisions&rev=${run.persona_revision}`}>{personaWord(run.persona_name)}, revision {run.persona_revision}</Link> : <span className="loom-quiet">–</span>}</td>
      <td data-label="Begun"><Ago at={run.created_at} /></td>
    </tr>
  );
}

export function AgentView({ events, since, mayWrite }) {
  const id = named(useLocation().pathname);
  const [most, setMost] = useState(PAGE);
  const { agent, runs, total, provider, fault, load } = useAgent(id, most, events, since);
  useEffect(() => {
    if (agent) document.title = `${agent.name} · Loom`;
  }, [agent]);
  if (!agent && fault) {
    return (
      <section className="loom-panel" data-loaded="yes">
        <h1>{fault.status === 404 ? "No such agent" : "The agent could not be read"}</h1>
        <p>{fault.message}</p>
        <div className="loom-row"><button type="button" className="loom-button" onClick={load}>Try again</button><Link className="loom-button" to="/agents">All agents</Link></div>
      </section>
    );
  }
  if (!agent) return <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  return (
    <div className="loom-team" data-loaded="yes">
      <header className="loom-head">
        <div>
          <p className="loom-crumbs"><Link to="/agents">Agents</Link> / <span className="loom-id">{agent.id}</span></p>
          <h1>{agent.name}</h1>
          <p className="loom-row"><AgentStatus agent={agent} /></p>
        </div>
        {mayWrite && <AgentActions agent={agent} full onDone={load} />}
      </header>
      {fault && <p className="loom-fault-line" role="alert">What is shown may be old: {fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p>}
      <section className="loom-panel" aria-label="Now">
        <h2>{agent.progress ? "At work on" : "Now"}</h2>
        <Evidence agent={agent}>{agent.progress && agent.paused_because && <p className="loom-quiet">{agent.status_reason}</p>}</Evidence>
        <Facts agent={agent} provider={provider} />
      </section>
      <section className="loom-panel" aria-label="Runs">
        <h2>Runs {total > 0 && <span className="loom-count">{total.toLocaleString("en-US")}</span>}</h2>
        {runs.length === 0 && <p className="loom-empty">It has not worked yet. Dispatch gives it the next ready bead that suits its role.</p>}
        {runs.length > 0 && (
          <div className="loom-scroll">
            <table className="loom-table is-stacked">
              <thead><tr>{["Bead", "Came to", "Turns", "Cost", "Worked by", "Begun"].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
              <tbody>{runs.map((run) => <Run key={run.id} run={run} />)}</tbody>
            </table>
          </div>
        )}
        {runs.length < total && most < 200 && <div className="loom-row"><button type="button" className="loom-button" onClick={() => setMost(200)}>Show more</button></div>}
      </section>
    </div>
  );
}
