// The org charts of all projects, and the templates they begin with; which is looked at is in the address.

import { useEffect, useState } from "react";
import { Link } from "react-router";
import { useAddress } from "./address.js";
import { may, useMe } from "./bead_data.js";
import { OrgChart, Tree } from "./org_chart.jsx";
import { Templates } from "./org_chart_templates.jsx";
import { all } from "./rest.js";
import "./team.css";

const NAMES = ["project", "view"];

export function OrgCharts({ events, since, mayWrite, mayMove }) {
  const [place, go] = useAddress("/org-chart", NAMES);
  const [projects, setProjects] = useState(null);
  const [fault, setFault] = useState("");
  const me = useMe();
  const load = () => all("/api/v1/projects").then((found) => {
    setProjects(found);
    setFault("");
  }, (error) => setFault(error.message));
  useEffect(() => {
    load();
  }, []);
  if (!projects) return fault ? <p className="loom-fault-line" role="alert">{fault} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p> : <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const templates = place.view === "templates";
  const project = projects.find((one) => one.id === place.project) || projects[0];
  const tab = (view, word) => <button type="button" aria-current={(place.view || "") === view ? "page" : undefined} onClick={() => go({ view })}>{word}</button>;
  return (
    <div className="loom-team">
      <nav className="loom-tabs loom-team-views" aria-label="Charts or templates">{tab("", "Projects")}{tab("templates", "Templates")}</nav>
      {templates && <Templates mayAdmin={may(me, "agents:admin")}>{(one) => <Tree chart={{ positions: one.positions, problems: [] }} />}</Templates>}
      {!templates && projects.length === 0 && <p className="loom-hint" data-loaded="yes">An org chart belongs to a project: <Link to="/projects">make one first</Link>.</p>}
      {!templates && project && (
        <>
          <div className="loom-filters">
            <label className="loom-choice">Project
              <select value={project.id} onChange={(event) => go({ project: event.target.value })}>{projects.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</select>
            </label>
          </div>
          <OrgChart key={project.id} {...{ project, events, since, mayWrite, mayMove }} />
        </>
      )}
    </div>
  );
}
