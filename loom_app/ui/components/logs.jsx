// What the processes log: the newest lines, followed as they come, filtered by the address, taken along as a file.

import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useAddress } from "./address.js";
import { Fault } from "./parts.jsx";
import { all, get } from "./rest.js";
import "./activity.css";
import "./logs.css";

const LOGS = "/api/v1/logs";
const NAMES = ["level", "source", "project_id", "bead_id", "search", "since", "until"];
const LEVELS = ["debug", "info", "warning", "error", "critical"];
const MARKS = { debug: "·", info: "○", warning: "▲", error: "✕", critical: "✕✕" };
const FIRST = 200;
const MOST = 1000;
const TYPED_MS = 400;
const FORMATS = [["csv", "CSV"], ["json", "JSON"], ["ndjson", "JSON lines"]];

function asked(filters) {
  const query = new URLSearchParams();
  for (const name of NAMES) if (filters[name] && name !== "since" && name !== "until") query.set(name, filters[name]);
  for (const name of ["since", "until"]) {
    const at = filters[name] && new Date(filters[name]);
    if (at && !Number.isNaN(at.getTime())) query.set(name, at.toISOString());
  }
  return query.toString();
}

function useLines(query, paused) {
  const [lines, setLines] = useState({ rows: null, older: false, fault: "", away: false });
  const held = useRef([]);
  const still = useRef(paused);
  still.current = paused;
  const add = (fresh) => setLines((was) => {
    const newest = was.rows?.[0]?.seq || 0;
    const rows = [...fresh.filter((line) => line.seq > newest).reverse(), ...(was.rows || [])];
    return { ...was, rows: rows.slice(0, MOST), older: was.older || rows.length > MOST };
  });
  useEffect(() => {
    let source = null;
    const gone = new AbortController();
    held.current = [];
    setLines({ rows: null, older: false, fault: "", away: false });
    get(`${LOGS}/recent?limit=${FIRST}${query && `&${query}`}`, gone.signal).then(({ body }) => {
      setLines({ rows: body.logs, older: body.count === FIRST, fault: "", away: false });
      source = new EventSource(`${LOGS}/stream${query && `?${query}`}`);
      source.addEventListener("log", (event) => {
        const line = JSON.parse(event.data);
        if (still.current) held.current = [...held.current, line].slice(-MOST);
        else add([line]);
      });
      source.onopen = () => setLines((was) => ({ ...was, away: false }));
      source.onerror = () => setLines((was) => ({ ...was, away: true }));
    }, (error) => gone.signal.aborted || setLines({ rows: [], older: false, fault: error.message, away: false }));
    return () => { gone.abort(); source?.close(); };
  }, [query]);
  useEffect(() => {
    if (paused || held.current.length === 0) return;
    add(held.current);
    held.current = [];
  }, [paused]);
  const older = async () => {
    try {
      const last = lines.rows[lines.rows.length - 1].seq;
      const { body } = await get(`${LOGS}/recent?limit=${FIRST}&before=${last}${query && `&${query}`}`);
      setLines((was) => ({ ...was, rows: [...was.rows, ...body.logs], older: body.count === FIRST, fault: "" }));
    } catch (error) {
      setLines((was) => ({ ...was, fault: error.message }));
    }
  };
  return [lines, older];
}

function Line({ line }) {
  const about = [
    line.bead_id && <Link key="bead" to={`/beads/${encodeURIComponent(line.bead_id)}`}>{line.bead_id}</Link>,
    line.agent_id && <Link key="agent" to={`/agents/${encodeURIComponent(line.agent_id)}`}>agent</Link>,
    line.project_id && <Link key="project" to={`/projects/${encodeURIComponent(line.project_id)}`}>{line.project_id}</Link>,
  ].filter(Boolean);
  const rest = Object.entries(line.metadata);
  return (
    <li className={`loom-log is-${line.level}`} data-log={line.seq}>
      <time dateTime={line.timestamp} title={new Date(line.timestamp).toLocaleString()}>{new Date(line.timestamp).toLocaleTimeString()}</time>
      <span className="loom-log-level"><span aria-hidden="true">{MARKS[line.level]}</span> {line.level}</span>
      <span className="loom-log-source">{line.source}</span>
      <details>
        <summary>{line.message || <em>no words</em>}</summary>
        <dl className="loom-facts">
          <dt>When</dt><dd>{new Date(line.timestamp).toLocaleString()}</dd>
          <dt>Written by</dt><dd><code>{line.logger}</code></dd>
          {line.run_id && <><dt>Run</dt><dd><code>{line.run_id}</code></dd></>}
          {rest.map(([name, value]) => <div key={name} className="loom-log-fact"><dt>{name}</dt><dd><pre>{value}</pre></dd></div>)}
        </dl>
      </details>
      <span className="loom-log-about">{about}</span>
    </li>
  );
}

function Filters({ filters, change, projects }) {
  const [text, setText] = useState(filters.search);
  const timer = useRef(0);
  useEffect(() => setText(filters.search), [filters.search]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (value) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => change({ search: value.trim() }, true), TYPED_MS);
  };
  const pick = (name, label, choices) => (
    <label className="loom-activity-pick">{label}
      <select aria-label={label} value={filters[name]} onChange={(event) => change({ [name]: event.target.value })}>
        <option value="">all</option>
        {choices.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
      </select>
    </label>
  );
  const day = (name, label) => <label className="loom-activity-pick">{label}<input aria-label={label} type="datetime-local" value={filters[name]} onChange={(event) => change({ [name]: event.target.value })} /></label>;
  return (
    <div className="loom-activity-filters loom-panel" role="search" aria-label="Filters">
      <input type="search" aria-label="Find in the text" placeholder="Find in the text" maxLength={200} value={text} onChange={(event) => type(event.target.value)} />
      {pick("level", "At least", LEVELS.map((level) => [level, level]))}
      {pick("source", "From", [["web", "web"], ["worker", "worker"]])}
      {pick("project_id", "Project", projects.map((one) => [one.id, one.name]))}
      {day("since", "Since")}
      {day("until", "Until")}
      {filters.bead_id && <button type="button" className="loom-button is-small" onClick={() => change({ bead_id: "" })}>only {filters.bead_id} ×</button>}
      {NAMES.some((name) => filters[name]) && <button type="button" className="loom-button is-small" onClick={() => change(Object.fromEntries(NAMES.map((name) => [name, ""])))}>Clear</button>}
    </div>
  );
}

export function Logs() {
  const [filters, change] = useAddress("/logs", NAMES);
  const [paused, setPaused] = useState(false);
  const [projects, setProjects] = useState([]);
  const query = asked(filters);
  const [lines, older] = useLines(query, paused);
  useEffect(() => { all("/api/v1/projects").then(setProjects, () => setProjects([])); }, []);
  const standing = lines.away ? "The connection was lost; it is being tried again." : paused ? "Paused: new lines wait." : "Live";
  return (
    <div className="loom-stack">
      <Filters {...{ filters, change, projects }} />
      <section className="loom-panel" aria-label="Lines" aria-busy={lines.rows === null}>
        <header className="loom-row is-between loom-log-head">
          <span className="loom-row"><button type="button" className="loom-button is-small" aria-pressed={paused} onClick={() => setPaused(!paused)}>{paused ? "Go on" : "Pause"}</button><span className="loom-quiet" role="status">{standing}</span></span>
          <span className="loom-row">{FORMATS.map(([format, word]) => <a key={format} className="loom-button is-small" download href={`${LOGS}/export?format=${format}${query && `&${query}`}`}>Export {word}</a>)}</span>
        </header>
        <Fault>{lines.fault}</Fault>
        {lines.rows === null && <p className="loom-quiet">Reading the logs…</p>}
        {lines.rows?.length === 0 && !lines.fault && <p className="loom-empty">{query ? "No line fits these filters." : "Nothing was logged yet that you may read."}</p>}
        <ol className="loom-logs">{lines.rows?.map((line) => <Line key={line.seq} line={line} />)}</ol>
        {lines.older && lines.rows.length < MOST && <button type="button" className="loom-button" onClick={older}>Older</button>}
        {lines.older && lines.rows.length >= MOST && <p className="loom-quiet">These are the newest {MOST.toLocaleString("en-US")}. Choose an earlier time under Until, or export.</p>}
      </section>
    </div>
  );
}
