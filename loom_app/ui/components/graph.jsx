// The work graph: what comes before what, what is left, and the longest chain of it; live, filtered by the address.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { useAddress } from "./address.js";
import { BeadPanel } from "./bead_panel.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { useEdges } from "./graph_edges.js";
import { GraphCanvas } from "./graph_canvas.jsx";
import { counted, DRAWN_MOST, STATUS } from "./graph_facts.js";
import { GraphList } from "./graph_list.jsx";
import { useArranger } from "./graph_places.js";
import { all, get } from "./rest.js";
import { minutesShown } from "./units.js";
import "./graph.css";

const PATH = "/graph";
const NAMES = ["project", "q", "status", "assigned_to", "priority", "done", "critical", "focus", "depth", "dir", "show", "bead"];
const NARROWING = ["q", "status", "assigned_to", "priority", "critical"];
const CLEARED = Object.fromEntries([...NARROWING, "project", "done", "focus", "depth"].map((name) => [name, ""]));
const DEPTHS = ["1", "2", "3", "5", "10"];
const DEPTH = "2";
const GATHER_MS = 250;
const TYPING_MS = 250;
const NARROW = "(max-width: 760px)";
const RELOADING = ["agent.spawned", "agent.updated", "agent.deleted", "project.created", "project.updated", "project.deleted"];

// What the server is asked for; a graph too large to be sent whole is narrowed there too.
function question(filter, large) {
  const asked = { compact: "1", project_id: filter.project, root: filter.focus, depth: filter.focus && (filter.depth || DEPTH) };
  if (!filter.done && !filter.focus && filter.status !== "done") asked.include_done = "0";
  if (large) for (const name of ["status", "assigned_to", "priority"]) asked[name] = filter[name];
  return `/api/v1/work-graph?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value))}`;
}

function fits(bead, filter, found, critical) {
  if (filter.status && bead.status !== filter.status) return false;
  if (filter.assigned_to && bead.assigned_to !== filter.assigned_to) return false;
  if (filter.priority && String(bead.priority) !== filter.priority) return false;
  if (filter.critical && !critical.has(bead.id)) return false;
  return !found.ids || found.ids.has(bead.id);
}

const NOT_FOUND = { ids: null, problems: [], meant: "" };

// The beads a text finds, in the language of the search; `ids` is null while there is no text. `problems` are what was
// not understood, `meant` what may have been.
function useFound(text, project, version) {
  const [found, setFound] = useState(NOT_FOUND);
  useEffect(() => {
    if (!text.trim()) {
      setFound(NOT_FOUND);
      return undefined;
    }
    const stop = new AbortController();
    const later = setTimeout(async () => {
      const asked = new URLSearchParams({ q: text, ...(project && { project_id: project }) });
      try {
        const { body } = await get(`/api/v1/search/ids?${asked}`, stop.signal);
        setFound({ ids: new Set(body.ids), problems: body.problems, meant: body.did_you_mean?.query || "" });
      } catch (error) {
        if (error.name !== "AbortError") setFound({ ...NOT_FOUND, problems: [error.message] });
      }
    }, TYPING_MS);
    return () => {
      clearTimeout(later);
      stop.abort();
    };
  }, [text, project, version]);
  return found;
}

function Choice({ label, value, options, onChange }) {
  return (
    <label className="loom-choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)} aria-label={label}>
        <option value="">All</option>
        {options.map(([key, name]) => <option key={key} value={key}>{name}</option>)}
      </select>
    </label>
  );
}

function Check({ label, on, onChange }) {
  return <label className="loom-check"><input type="checkbox" checked={on} onChange={(event) => onChange(event.target.checked)} /> {label}</label>;
}

function Filters({ filter, change, projects, holders, typed, setTyped }) {
  const set = (name) => (value) => change({ [name]: value });
  const narrowed = Object.keys(CLEARED).some((name) => filter[name]);
  return (
    <div className="loom-filters" role="search">
      <input type="search" placeholder="Filter beads" aria-label="Filter beads by text" value={typed} onChange={(event) => setTyped(event.target.value)} />
      <Choice label="Project" value={filter.project} options={projects} onChange={set("project")} />
      <Choice label="Status" value={filter.status} options={Object.entries(STATUS).map(([key, { word }]) => [key, word])} onChange={set("status")} />
      <Choice label="Agent" value={filter.assigned_to} options={holders} onChange={set("assigned_to")} />
      <Choice label="Priority" value={filter.priority} options={[0, 1, 2, 3, 4].map((each) => [String(each), `P${each}`])} onChange={set("priority")} />
      {filter.focus ? (
        <>
          <label className="loom-choice">
            <span>Around <span className="loom-id">{filter.focus}</span> by</span>
            <select value={filter.depth || DEPTH} onChange={(event) => change({ depth: event.target.value })} aria-label={`How far around ${filter.focus}`}>
              {[...new Set([...DEPTHS, filter.depth || DEPTH])].map((each) => <option key={each} value={each}>{each}</option>)}
            </select>
          </label>
          <button type="button" className="loom-button" onClick={() => change({ focus: "", depth: "" })}>Show all again</button>
        </>
      ) : (
        <Check label="Finished too" on={Boolean(filter.done)} onChange={(on) => change({ done: on ? "1" : "" })} />
      )}
      <Check label="Critical path only" on={Boolean(filter.critical)} onChange={(on) => change({ critical: on ? "1" : "" })} />
      {narrowed && <button type="button" className="loom-clear" onClick={() => { setTyped(""); change(CLEARED); }}>Clear</button>}
    </div>
  );
}

function Toggles({ filter, change, list }) {
  return (
    <div className="loom-toggles">
      {!list && (
        <button type="button" className="loom-button" onClick={() => change({ dir: filter.dir ? "" : "down" })}>{filter.dir ? "Draw left to right" : "Draw top down"}</button>
      )}
      <div className="loom-switch" role="group" aria-label="Shown as">
        <button type="button" aria-pressed={!list} onClick={() => change({ show: "graph" })}>Graph</button>
        <button type="button" aria-pressed={list} onClick={() => change({ show: "list" })}>List</button>
      </div>
    </div>
  );
}

function Critical({ graph, ids }) {
  const hidden = graph.critical_path.filter((id) => !ids.has(id)).length;
  if (graph.critical_path.length === 0) return null;
  return (
    <p className="loom-critical">
      <strong>Critical path</strong> {counted(graph.critical_path_beads, "bead")}, {minutesShown(graph.critical_path_minutes)}
      <span className="loom-quiet"> A bead without an estimate counts {minutesShown(graph.assumed_minutes)}.{hidden > 0 && ` ${counted(hidden, "bead")} of it ${hidden === 1 ? "is" : "are"} left out by the filters.`}</span>
    </p>
  );
}

function Nothing({ graph, filter, change, clear }) {
  if (graph.total > 0) return <p className="loom-hint">None of the {counted(graph.total, "bead")} fits the filters. <button type="button" className="loom-button" onClick={clear}>Clear the filters</button></p>;
  if (!filter.done && !filter.focus) return <p className="loom-hint">There is no unfinished bead{filter.project ? " in this project" : ""}. <button type="button" className="loom-button" onClick={() => change({ done: "1" })}>Show the finished ones</button> or make one on <Link to="/board">the board</Link>.</p>;
  return <p className="loom-hint">There is no bead{filter.project ? " in this project" : ""} yet. Make the first on <Link to="/board">the board</Link>.</p>;
}

function TooMany({ count, change, projects, filter }) {
  return (
    <div className="loom-hint loom-stack" role="status">
      <p>{counted(count, "bead")} are too many to draw: up to {DRAWN_MOST.toLocaleString("en-US")} can be read. Narrow them by the filters above, or take one of these.</p>
      <div className="loom-row">
        <button type="button" className="loom-button" onClick={() => change({ critical: "1" })}>The critical path alone</button>
        {(filter.done || filter.status === "done") && <button type="button" className="loom-button" onClick={() => change({ done: "", status: "" })}>Without finished beads</button>}
        {!filter.status && <button type="button" className="loom-button" onClick={() => change({ status: "in_progress" })}>What is in progress</button>}
        {!filter.project && projects.slice(0, 3).map(([id, name]) => <button key={id} type="button" className="loom-button" onClick={() => change({ project: id })}>Only {name}</button>)}
        <button type="button" className="loom-button" onClick={() => change({ show: "list" })}>All of them as a list</button>
      </div>
    </div>
  );
}

export function WorkGraph({ events, since, mayWrite }) {
  const [filter, change] = useAddress(PATH, NAMES);
  const [graph, setGraph] = useState(null);
  const arranger = useArranger();
  const [agents, setAgents] = useState({});
  const [projects, setProjects] = useState([]);
  const [fault, setFault] = useState("");
  const [narrow] = useState(() => window.matchMedia(NARROW).matches);
  const [typed, setTyped] = useState(filter.q);
  const list = filter.show ? filter.show === "list" : narrow;
  const found = useFound(filter.q, filter.project, graph?.updated_at);
  const [large, setLarge] = useState("");
  const whole = question(filter, false);
  const asked = large === whole ? question(filter, true) : whole;
  const latest = useRef(asked);
  const timer = useRef(null);
  latest.current = asked;

  const work = useCallback(async () => {
    try {
      const [{ body }, people, known] = await Promise.all([get(asked), all("/api/v1/agents"), all("/api/v1/projects")]);
      if (latest.current !== asked) return true;
      const count = Object.keys(body.beads).length;
      if (asked === whole && body.total > count) setLarge(whole);
      const edges = body.edges.map((edge) => ({ ...edge, id: `${edge.from} → ${edge.to}` }));
      setGraph({ ...body, edges, count, asked });
      setAgents(Object.fromEntries(people.map((agent) => [agent.id, agent.name])));
      setProjects(known.map((project) => [project.id, project.name]));
      setFault("");
      return true;
    } catch (error) {
      if (latest.current === asked) setFault(error.message);
      return false;
    }
  }, [asked, whole]);
  const load = useFresh(since, work);
  const { circle, onLink, onUnlink } = useEdges(load);
  const reload = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  }, [load]);
  useEffect(() => () => clearTimeout(timer.current), []);

  useEvents(events, since, (fresh, missed) => {
    const ours = fresh.filter((event) => event.type.startsWith("bead.") || event.type === "run.claimed" || RELOADING.includes(event.type));
    const moved = ours.filter((event) => event.type === "bead.status_change" && event.data.to);
    if (moved.length > 0)
      setGraph((before) => {
        const known = moved.filter((event) => before?.beads[event.subject_id]);
        if (known.length === 0) return before;
        const beads = { ...before.beads };
        for (const event of known) beads[event.subject_id] = { ...beads[event.subject_id], status: event.data.to };
        return { ...before, beads };
      });
    if (missed || ours.length > 0) reload();
  });

  useEffect(() => setTyped(filter.q), [filter.q]);
  useEffect(() => {
    const later = setTimeout(() => change({ q: typed }, true), TYPING_MS);
    return () => clearTimeout(later);
  }, [typed, change]);

  const path = useMemo(() => graph?.critical_path || [], [graph]);
  const beads = useMemo(() => {
    if (!graph) return [];
    const critical = new Set(graph.critical_path);
    return Object.values(graph.beads).filter((bead) => fits(bead, filter, found, critical));
  }, [graph, filter.status, filter.assigned_to, filter.priority, filter.critical, filter.q, found]); // eslint-disable-line
  const ids = useMemo(() => new Set(beads.map((bead) => bead.id)), [beads]);
  const edges = useMemo(() => (graph?.edges || []).filter((edge) => ids.has(edge.from) && ids.has(edge.to)), [graph, ids]);
  const holders = useMemo(() => {
    const named = new Set(Object.values(graph?.beads || {}).map((bead) => bead.assigned_to).filter(Boolean));
    if (filter.assigned_to) named.add(filter.assigned_to);
    return [...named].map((id) => [id, agents[id] || id]).sort((one, other) => one[1].localeCompare(other[1]));
  }, [graph, agents, filter.assigned_to]);

  const open = useCallback((id) => change({ bead: id }), [change]);
  const around = useCallback((id) => change({ focus: id, depth: "", bead: "" }), [change]);
  const close = useCallback(() => change({ bead: "" }), [change]);
  const clear = useCallback(() => {
    setTyped("");
    change(CLEARED);
  }, [change]);
  if (fault && !graph)
    return (
      <div className="loom-fault" role="alert">
        <p>The graph could not be loaded: {fault}</p>
        <div className="loom-row">
          <button type="button" onClick={() => load()}>Try again</button>
          {filter.focus && <button type="button" onClick={() => change({ focus: "", depth: "" })}>Show all beads</button>}
        </div>
      </div>
    );

  const given = { beads, edges, path, agents, opened: filter.bead, onOpen: open };
  const fitKey = [asked, filter.q, filter.status, filter.assigned_to, filter.priority, filter.critical, filter.dir].join("|");
  const waiting = !graph || (filter.q && !found.ids && found.problems.length === 0);
  return (
    <div className="loom-graph" data-loaded={graph && graph.asked === asked ? "yes" : "no"} data-beads={beads.length}>
      <Filters filter={filter} change={change} projects={projects} holders={holders} typed={typed} setTyped={setTyped} />
      {fault && <p className="loom-fault-line" role="alert">{fault} <button type="button" className="loom-button" onClick={() => load()}>Try again</button></p>}
      {found.problems.map((problem) => <p key={problem} className="loom-fault-line" role="alert">{problem}</p>)}
      {found.meant && <p className="loom-reason">Did you mean <button type="button" className="loom-button is-small" onClick={() => change({ q: found.meant })}>{found.meant}</button>?</p>}
      {graph && graph.total > graph.count && <p className="loom-reason" role="status">{counted(graph.total, "bead")} match; the {graph.count.toLocaleString("en-US")} that changed last are considered. A project, a status or an agent narrows them.</p>}
      {graph && graph.cycles.length > 0 && <p className="loom-fault-line" role="alert">These beads wait for each other and none can start: {graph.cycles.slice(0, 3).map((cycle) => cycle.join(" → ")).join("; ")}{graph.cycles.length > 3 && `; and ${graph.cycles.length - 3} more circles`}. Remove one of the edges.</p>}
      <div className="loom-graph-told">
        {graph && <Critical graph={graph} ids={ids} />}
        <Toggles filter={filter} change={change} list={list} />
      </div>
        {waiting ? (
          <div className="loom-skeleton is-page" aria-label="Loading" />
        ) : beads.length === 0 ? (
          <Nothing graph={graph} filter={filter} change={change} clear={clear} />
        ) : list ? (
          <GraphList {...given} />
        ) : beads.length > DRAWN_MOST ? (
          <TooMany count={beads.length} change={change} projects={projects} filter={filter} />
        ) : (
          <GraphCanvas {...given} arranger={arranger} down={filter.dir === "down"} mayWrite={mayWrite} fitKey={fitKey} circle={circle} focus={filter.focus} onFocus={around} onLink={onLink} onUnlink={onUnlink} />
        )}
        {filter.bead && <BeadPanel id={filter.bead} events={events} since={since} mayWrite={mayWrite} onClose={close} onOpen={open} />}
    </div>
  );
}
