// The activity feed: who did what, newest first, live; what one did many times is one line that opens.

import { useCallback, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useAddress } from "./address.js";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { useEvents, useFresh } from "./fresh.js";
import { Fault } from "./parts.jsx";
import { all, get } from "./rest.js";
import "./activity.css";

const FEED = "/api/v1/activity-feed";
const NAMES = ["project_id", "event_type", "actor_id", "resource_type", "since", "until", "minor"];
const PAGE = 50;
const MOST = 500;
const GATHER_MS = 700;
const NOTHING = [];

function asked(filters) {
  const query = new URLSearchParams({ limit: PAGE });
  for (const name of ["project_id", "event_type", "actor_id", "resource_type"]) if (filters[name]) query.set(name, filters[name]);
  if (filters.since) query.set("since", new Date(`${filters.since}T00:00:00`).toISOString());
  if (filters.until) query.set("until", new Date(`${filters.until}T23:59:59.999`).toISOString());
  query.set("minor", filters.minor ? "true" : "false");
  return query;
}

function target(one) {
  const id = (value) => encodeURIComponent(value);
  if (one.bead_id) return `/beads/${id(one.bead_id)}`;
  if (one.resource_type === "decision") return `/decisions?id=${id(one.resource_id)}`;
  if (one.resource_type === "agent") return `/agents/${id(one.resource_id)}`;
  if (one.resource_type === "provider") return "/providers";
  if (one.resource_type === "budget") return "/budgets";
  if (one.resource_type === "motivation") return "/motivations";
  return one.project_id ? `/projects/${id(one.project_id)}` : "";
}

function Words({ one, words }) {
  const [before, after] = (words[one.event_type] || `${one.action} {}`).split("{}");
  const name = one.resource_title || one.resource_id || one.resource_type;
  const to = one.event_type.endsWith(".deleted") ? "" : target(one);
  const more = one.aggregation_count - 1;
  const told = one.metadata || one.data || {};
  const turned = one.event_type.endsWith(".status_change") && told.to ? ` to ${String(told.to).replaceAll("_", " ")}` : one.event_type === "run.ended" && told.status ? `: ${told.status}` : "";
  return (
    <>
      {before}
      {after === undefined ? null : to ? <Link to={to}>{name}</Link> : <span>{name}</span>}
      {after}{more === 0 && turned}
      {more > 0 && <span className="loom-count"> and {more} more</span>}
    </>
  );
}

function Parts({ id, words }) {
  const [parts, setParts] = useState(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    const gone = new AbortController();
    get(`${FEED}/${encodeURIComponent(id)}/events?limit=50`, gone.signal).then(({ body }) => setParts(body.events), (error) => gone.signal.aborted || setFault(error.message));
    return () => gone.abort();
  }, [id]);
  if (fault) return <Fault>{fault}</Fault>;
  if (!parts) return <p className="loom-quiet">Reading…</p>;
  return (
    <ul className="loom-activity-parts">
      {parts.map((part) => {
        const title = part.data.title || part.data.name || part.subject_id;
        const one = { ...part, event_type: part.type, resource_title: title, resource_id: part.subject_id, resource_type: part.source, bead_id: part.source === "bead" ? part.subject_id : null, aggregation_count: 1 };
        return <li key={part.id}><span><Words {...{ one, words }} /></span> <Ago at={part.timestamp} /></li>;
      })}
    </ul>
  );
}

function Line({ one, words, projects, onActor }) {
  const [open, setOpen] = useState(false);
  const project = projects.find((each) => each.id === one.project_id);
  return (
    <li data-activity={one.id}>
      <span className="loom-activity-said">
        <button type="button" className="loom-plain" title={`Only what ${one.actor_name || one.actor_id} did`} onClick={() => onActor(one.actor_id)}><strong>{one.actor_name || (one.actor_type === "system" ? "Loom" : one.actor_id)}</strong></button>{" "}
        <Words {...{ one, words }} />
        {one.is_aggregated && <button type="button" className="loom-button is-small" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? "Fold" : `All ${one.aggregation_count}`}</button>}
      </span>
      <span className="loom-activity-where">{one.project_id && <Link to={`/projects/${encodeURIComponent(one.project_id)}`}>{project?.name || one.project_id}</Link>} <Ago at={one.timestamp} /></span>
      {open && <Parts id={one.id} words={words} />}
    </li>
  );
}

function Pick({ label, value, onPick, choices }) {
  return (
    <label className="loom-activity-pick">{label}
      <select aria-label={label} value={value} onChange={(event) => onPick(event.target.value)}>
        <option value="">all</option>
        {choices.map(([id, name]) => <option key={id} value={id}>{name}</option>)}
      </select>
    </label>
  );
}

function Filters({ filters, change, projects, types, actor }) {
  const set = (name) => (value) => change({ [name]: value });
  const kinds = [...new Set(types.map((one) => one.resource_type))].sort();
  const shown = types.filter((one) => !filters.resource_type || one.resource_type === filters.resource_type);
  const any = NAMES.some((name) => filters[name]);
  return (
    <div className="loom-activity-filters loom-panel" role="search" aria-label="Filters">
      <Pick label="Project" value={filters.project_id} onPick={set("project_id")} choices={projects.map((one) => [one.id, one.name])} />
      <Pick label="Of" value={filters.resource_type} onPick={(value) => change({ resource_type: value, event_type: "" })} choices={kinds.map((kind) => [kind, kind.replaceAll("_", " ")])} />
      <Pick label="What" value={filters.event_type} onPick={set("event_type")} choices={shown.map((one) => [one.type, one.type])} />
      <label className="loom-activity-pick">From<input aria-label="From" type="date" value={filters.since} max={filters.until || undefined} onChange={(event) => set("since")(event.target.value)} /></label>
      <label className="loom-activity-pick">Until<input aria-label="Until" type="date" value={filters.until} min={filters.since || undefined} onChange={(event) => set("until")(event.target.value)} /></label>
      <label className="loom-check"><input type="checkbox" checked={Boolean(filters.minor)} onChange={(event) => set("minor")(event.target.checked ? "1" : "")} /> every start and end, too</label>
      {filters.actor_id && <button type="button" className="loom-button is-small" onClick={() => change({ actor_id: "" })}>only {actor} ×</button>}
      {any && <button type="button" className="loom-button is-small" onClick={() => change(Object.fromEntries(NAMES.map((name) => [name, ""])))}>Clear</button>}
    </div>
  );
}

function useFeed(filters, events, since) {
  const [feed, setFeed] = useState({ rows: null, next: "", fault: "", busy: false });
  const query = asked(filters).toString();
  const latest = useRef(query);
  latest.current = query;
  const first = useCallback(async () => {
    try {
      const { body } = await get(`${FEED}?${query}`);
      if (latest.current !== query) return true;
      setFeed((was) => {
        if (was.query !== query || !was.rows) return { query, rows: body.activities, next: body.next, fault: "" };
        const fresh = new Set(body.activities.map((one) => one.id));
        const oldest = body.activities.at(-1)?.timestamp || "";
        const kept = body.next ? was.rows.filter((one) => !fresh.has(one.id) && one.timestamp < oldest) : NOTHING;
        return { query, rows: [...body.activities, ...kept], next: kept.length ? was.next : body.next, fault: "" };
      });
      return true;
    } catch (error) {
      if (latest.current === query) setFeed((was) => ({ ...was, query, rows: was.query === query ? was.rows : NOTHING, fault: error.message }));
      return false;
    }
  }, [query]);
  const load = useFresh(since, first);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEvents(events, since, () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  const older = async () => {
    setFeed((was) => ({ ...was, busy: true }));
    try {
      const { body } = await get(`${FEED}?${query}&before=${encodeURIComponent(feed.next)}`);
      if (latest.current !== query) return;
      setFeed((was) => {
        const there = new Set(was.rows.map((one) => one.id));
        return { ...was, rows: [...was.rows, ...body.activities.filter((one) => !there.has(one.id))], next: body.next, fault: "", busy: false };
      });
    } catch (error) {
      setFeed((was) => ({ ...was, fault: error.message, busy: false }));
    }
  };
  return [feed, older, load];
}

// The newest of one project, for its page; read again at each `beat`.
export function Latest({ project, beat }) {
  const of = encodeURIComponent(project.id);
  const [told, fault] = useAnswer(`${FEED}?project_id=${of}&minor=false&limit=6`, beat);
  const [types] = useAnswer("/api/v1/events/types", 1);
  const words = Object.fromEntries((types?.types || NOTHING).map((one) => [one.type, one.words]));
  return (
    <section className="loom-panel" aria-labelledby="project-latest">
      <header className="loom-row"><h2 id="project-latest">Recent activity</h2></header>
      <Fault>{fault?.message}</Fault>
      {told?.activities.length === 0 && <p className="loom-empty">Nothing has happened here yet.</p>}
      <ol className="loom-list is-tight">
        {types && told?.activities.map((one) => (
          <li key={one.id}><span><strong>{one.actor_name || (one.actor_type === "system" ? "Loom" : one.actor_id)}</strong> <Words {...{ one, words }} /></span> <Ago at={one.timestamp} /></li>
        ))}
      </ol>
      <footer><Link className="loom-button" to={`/activity?project_id=${of}`}>All activity</Link></footer>
    </section>
  );
}

export function Activity({ events, since }) {
  const [filters, change] = useAddress("/activity", NAMES);
  const [projects, setProjects] = useState(NOTHING);
  const [types, setTypes] = useState(NOTHING);
  const [feed, older, load] = useFeed(filters, events, since);
  useEffect(() => {
    all("/api/v1/projects").then(setProjects, () => setProjects(NOTHING));
    get("/api/v1/events/types").then(({ body }) => setTypes(body.types.filter((one) => one.feed)), () => setTypes(NOTHING));
  }, []);
  const words = Object.fromEntries(types.map((one) => [one.type, one.words]));
  const rows = feed.rows || NOTHING;
  const actor = rows.find((one) => one.actor_id === filters.actor_id)?.actor_name || filters.actor_id;
  const filtered = NAMES.some((name) => name !== "minor" && filters[name]);
  return (
    <div className="loom-stack">
      <Filters {...{ filters, change, projects, types, actor }} />
      <section className="loom-panel" aria-label="What happened" aria-busy={feed.rows === null}>
        {feed.fault && <div className="loom-row"><Fault>{feed.fault}</Fault><button type="button" className="loom-button is-small" onClick={load}>Try again</button></div>}
        {feed.rows === null && !feed.fault && <p className="loom-quiet" role="status">Reading what happened…</p>}
        {feed.rows && rows.length === 0 && !feed.fault && <p className="loom-empty">{filtered ? "Nothing fits these filters." : "Nothing has happened yet in the projects that you see."}</p>}
        <ol className="loom-list loom-activity">
          {rows.map((one) => <Line key={one.id} {...{ one, words, projects }} onActor={(id) => change({ actor_id: id })} />)}
        </ol>
        {feed.next && rows.length < MOST && <button type="button" className="loom-button" disabled={feed.busy} onClick={older}>Older</button>}
        {feed.next && rows.length >= MOST && <p className="loom-quiet">These are the newest {rows.length}. Choose an earlier day under Until to read on.</p>}
      </section>
    </div>
  );
}
