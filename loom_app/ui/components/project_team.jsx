// Who works for a project, on which seat, and who sees it.

import { Link } from "react-router";
import { may, useAnswer, useMe } from "./bead_data.js";
import { Members } from "./members.jsx";
import { OrgChart } from "./org_chart.jsx";

export function Team({ project, beat, events, since, me, mayWrite, isAdmin, path: api }) {
  const who = useMe();
  const [members] = useAnswer(`${api}/members?limit=200`, beat);
  return (
    <div className="loom-two">
      <section className="loom-panel" aria-labelledby="project-chart">
        <header className="loom-row is-between"><h2 id="project-chart">Agents and their seats</h2><Link className="loom-button" to={`/agents?project=${encodeURIComponent(project.id)}`}>Agents</Link></header>
        <OrgChart project={project} events={events} since={since} mayWrite={mayWrite} mayMove={may(who, "agents:write")} />
      </section>
      <section className="loom-panel" aria-labelledby="project-members">
        <header className="loom-row is-between"><h2 id="project-members">Members</h2><Members projectId={project.id} project={project.name} me={me} mayWrite={mayWrite} isAdmin={isAdmin} /></header>
        {members?.length === 0 && <p className="loom-empty">Only administrators see this project. Members are added with the button.</p>}
        <ul className="loom-plain-list">{(members || []).map((member) => <li key={member.user_id} className="loom-row">{member.username} <span className="loom-quiet">{member.role}</span></li>)}</ul>
      </section>
    </div>
  );
}
