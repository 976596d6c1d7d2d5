// One project on a page of its own: its tabs, and what the address says is shown in them.

import { useCallback, useEffect, useId, useState } from "react";
import { Link, useLocation } from "react-router";
import { useAddress } from "./address.js";
import { useEvents, useFresh } from "./fresh.js";
import { Branches } from "./project_branches.jsx";
import { Commits } from "./project_commits.jsx";
import { Files } from "./project_files.jsx";
import { Git } from "./project_git.jsx";
import { Lessons } from "./project_lessons.jsx";
import { Milestones } from "./project_milestones.jsx";
import { Beads, Overview } from "./project_overview.jsx";
import { Settings } from "./project_settings.jsx";
import { Spend } from "./project_spend.jsx";
import { Talk } from "./project_talk.jsx";
import { Team } from "./project_team.jsx";
import { get } from "./rest.js";
import { TabPanel, Tabs } from "./tabs.jsx";

const TABS = [
  ["overview", "Overview", Overview], ["files", "Files", Files], ["commits", "Commits", Commits],
  ["branches", "Branches", Branches], ["git", "Git", Git], ["beads", "Beads", Beads], ["team", "Team", Team],
  ["milestones", "Milestones", Milestones], ["lessons", "Lessons", Lessons], ["spend", "Spend", Spend], ["comments", "Comments", Talk],
  ["settings", "Settings", Settings],
];
const NAMES = ["tab", "path", "ref", "line", "commit", "q", "edit", "patch"];
const GATHER_MS = 300;
const STATUS = { open: ["open", "Open"], reopened: ["open", "Open again"], closed: ["closed", "Closed"] };

const named = (pathname) => {
  const part = pathname.replace(/\/+$/, "").split("/")[2] || "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

function useProject(id, events, since) {
  const [told, setTold] = useState({ project: null, state: null, fault: null, beat: 0 });
  const path = `/api/v1/projects/${encodeURIComponent(id)}`;
  const work = useCallback(async () => {
    try {
      const [project, state] = await Promise.all([get(path), get(`${path}/state`)]);
      setTold((before) => ({ project: project.body, state: state.body, fault: null, beat: before.beat + 1 }));
      return true;
    } catch (fault) {
      setTold((before) => (fault.status === 404 ? { project: null, state: null, fault, beat: before.beat } : { ...before, fault }));
      return false;
    }
  }, [path]);
  const load = useFresh(since, work);
  const [timer] = useState({ current: 0 });
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => event.project_id === id)) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), [timer]);
  return { ...told, load, path };
}

export function ProjectView({ events, since, me, mayWrite, isAdmin }) {
  const { pathname } = useLocation();
  const id = named(pathname);
  const [place, go] = useAddress("/projects/", NAMES);
  const { project, state, fault, beat, load, path } = useProject(id, events, since);
  const tabs = useId();
  useEffect(() => {
    if (project) document.title = `${project.name} · Loom`;
  }, [project]);
  if (!project && fault) {
    return (
      <section className="loom-panel">
        <h1>{fault.status === 404 ? "No such project" : "The project could not be read"}</h1>
        <p>{fault.message}</p>
        <div className="loom-row">
          <button type="button" className="loom-button" onClick={() => load()}>Try again</button>
          <Link className="loom-button" to="/projects">All projects</Link>
        </div>
      </section>
    );
  }
  if (!project) return <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const [tab, , Shown] = TABS.find(([name]) => name === place.tab) || TABS[0];
  const [tone, word] = STATUS[project.status] || ["open", project.status];
  const onTab = (next) => go({ tab: next === "overview" ? "" : next, path: "", line: "", commit: "", q: "", edit: "", patch: "" });
  const counts = { beads: state.open_beads, team: project.agents.length, milestones: project.milestones.length, comments: state.comments_count };
  return (
    <>
      <header className="loom-head">
        <div>
          <p className="loom-crumbs"><Link to="/projects">Projects</Link> / <span className="loom-id">{project.id}</span></p>
          <h1>{project.name}</h1>
          <p className="loom-row">
            <span className={`loom-status is-${tone}`}>{word}</span>
            {project.is_demo && <span className="loom-demo">demo model</span>}
            {project.is_perpetual && <span className="loom-tag" title="It is never closed">perpetual</span>}
            {project.is_sticky && <span className="loom-tag" title="It is never deleted">sticky</span>}
            {project.parent_id && <span className="loom-quiet">part of <Link to={`/projects/${encodeURIComponent(project.parent_id)}`}>{project.parent_id}</Link></span>}
          </p>
        </div>
        <nav className="loom-row" aria-label="Work of the project">
          <Link className="loom-button" to={`/board?project=${encodeURIComponent(id)}`}>Board</Link>
          <Link className="loom-button" to={`/graph?project=${encodeURIComponent(id)}`}>Graph</Link>
        </nav>
      </header>
      {fault && <p className="loom-fault-line" role="alert">What is shown may be old: {fault.message} <button type="button" className="loom-button is-small" onClick={() => load()}>Try again</button></p>}
      <Tabs id={tabs} label="About the project" tabs={TABS} chosen={tab} counts={counts} onChoose={onTab} />
      <TabPanel id={tabs} chosen={tab} className="loom-stack" key={`${id} ${tab}`}>
        <Shown {...{ project, state, path, beat, load, events, since, place, go, me, mayWrite, isAdmin, onTab }} />
      </TabPanel>
    </>
  );
}
