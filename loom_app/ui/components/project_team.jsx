// Who works for a project, on which seat, and who sees it.

import { Link } from "react-router";
import { useAnswer } from "./bead_data.js";
import { Members } from "./members.jsx";
import { Fault } from "./parts.jsx";
import { Loading } from "./project_overview.jsx";

function Seat({ position, every, agents, depth }) {
  const below = every.filter((one) => one.reports_to && one.reports_to === position.id);
  const holders = position.agent_ids.map((id) => agents.find((agent) => agent.id === id)).filter(Boolean);
  return (
    <li>
      <div className="loom-seat">
        <strong>{position.role_name.replaceAll("-", " ")}</strong>
        {holders.map((agent) => <span key={agent.id} className={`loom-status is-${agent.status}`}>{agent.name}: {agent.status}</span>)}
        {holders.length === 0 && <span className="loom-quiet">{position.required ? "empty, and needed" : "empty"}</span>}
        {holders.map((agent) => agent.current_bead && <Link key={agent.id} className="loom-id" to={`/beads/${encodeURIComponent(agent.current_bead)}`}>{agent.current_bead}</Link>)}
      </div>
      {below.length > 0 && depth < 8 && <ul className="loom-chart">{below.map((one) => <Seat key={one.id} position={one} every={every} agents={agents} depth={depth + 1} />)}</ul>}
    </li>
  );
}

export function Team({ project, beat, me, mayWrite, isAdmin, path: api }) {
  const of = encodeURIComponent(project.id);
  const [agents, fault, ask] = useAnswer(`/api/v1/agents?project_id=${of}&limit=200`, beat);
  const [chart] = useAnswer(`/api/v1/org-charts/${of}`, beat);
  const [members] = useAnswer(`${api}/members?limit=200`, beat);
  const seats = chart?.positions || [];
  const tops = seats.filter((seat) => !seats.some((other) => other.id === seat.reports_to));
  const seated = new Set(seats.flatMap((seat) => seat.agent_ids));
  const others = (agents || []).filter((agent) => !seated.has(agent.id));
  return (
    <div className="loom-grid is-wide">
      <section className="loom-panel" aria-labelledby="project-chart">
        <header className="loom-row is-between"><h2 id="project-chart">Agents and their seats</h2><Link className="loom-button" to="/agents">Agents</Link></header>
        {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>}
        {!agents && !fault && <Loading />}
        {agents?.length === 0 && <p className="loom-hint">Nobody works here yet. Make agents from personas on the page Agents; they take the seats below.</p>}
        {tops.length > 0 && <ul className="loom-chart is-top">{tops.map((seat) => <Seat key={seat.id} position={seat} every={seats} agents={agents || []} depth={0} />)}</ul>}
        {others.length > 0 && (
          <>
            <h3>Without a seat</h3>
            <ul className="loom-chart">{others.map((agent) => <li key={agent.id}><div className="loom-seat"><strong>{agent.name}</strong> <span className={`loom-status is-${agent.status}`}>{agent.status}</span></div></li>)}</ul>
          </>
        )}
      </section>
      <section className="loom-panel" aria-labelledby="project-members">
        <header className="loom-row is-between"><h2 id="project-members">Members</h2><Members projectId={project.id} project={project.name} me={me} mayWrite={mayWrite} isAdmin={isAdmin} /></header>
        {members?.length === 0 && <p className="loom-empty">Only administrators see this project. Members are added with the button.</p>}
        <ul className="loom-plain-list">{(members || []).map((member) => <li key={member.user_id} className="loom-row">{member.username} <span className="loom-quiet">{member.role}</span></li>)}</ul>
      </section>
    </div>
  );
}
