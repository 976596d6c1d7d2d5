// The board: four columns of beads, loaded by REST, kept live by the event window, moved by mouse, touch or keyboard.

import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { DragDropContext, Draggable, Droppable } from "@hello-pangea/dnd";
import { Link, useNavigate } from "react-router";
import { useEvents, useFresh } from "./fresh.js";
import { all, get, send } from "./rest.js";

const COLUMNS = [
  { status: "open", title: "Open", mark: "○", empty: "Nothing waits to be taken up." },
  { status: "in_progress", title: "In progress", mark: "◐", empty: "No agent is at work." },
  { status: "blocked", title: "Blocked", mark: "◇", empty: "Nothing is stuck." },
  { status: "done", title: "Done", mark: "●", empty: "Nothing is finished yet." },
];
const PRIORITIES = ["P0", "P1", "P2", "P3", "P4"];
const GATHER_MS = 120;
const UNDO_MS = 10000;
const SHOWN_AT_FIRST = 60;
const RELOADING = ["agent.spawned", "agent.updated", "agent.deleted", "project.created", "project.updated", "project.deleted"];

const byUrgency = (one, other) =>
  one.priority - other.priority || other.created_at.localeCompare(one.created_at) || one.id.localeCompare(other.id);
const byClosing = (one, other) => (other.closed_at || "").localeCompare(one.closed_at || "") || byUrgency(one, other);

const Card = memo(function Card({ bead, index, agent, onOpen, fixed }) {
  const waits = bead.status === "open" && bead.is_blocked;
  return (
    <Draggable draggableId={bead.id} index={index} isDragDisabled={fixed}>
      {(drag, snapshot) => (
        <article
          ref={drag.innerRef}
          {...drag.draggableProps}
          {...drag.dragHandleProps}
          role="group"
          aria-roledescription={fixed ? undefined : "bead that can be moved"}
          data-bead={bead.id}
          className={`loom-card${snapshot.isDragging ? " is-dragging" : ""}${waits ? " is-waiting" : ""}`}
          aria-label={`${bead.id}, ${bead.title}, ${bead.status.replace("_", " ")}, priority ${bead.priority}`}
          onClick={() => onOpen(bead.id)}
          onKeyDown={(event) => {
            if (event.key === "Enter") onOpen(bead.id);
          }}
        >
          <header>
            <Link className="loom-id" to={`/beads/${encodeURIComponent(bead.id)}`} onClick={(event) => event.stopPropagation()} tabIndex={-1}>
              {bead.id}
            </Link>
            <span className="loom-kind">{bead.type}</span>
            <span className={`loom-priority p${bead.priority}`} title={`Priority ${bead.priority}`}>
              P{bead.priority}
            </span>
          </header>
          <h3>{bead.title}</h3>
          {waits && (
            <p className="loom-why" title={`Waits for ${bead.blocked_by.join(", ")}`}>
              Waits for {bead.blocked_by.slice(0, 2).join(", ")}
              {bead.blocked_by.length > 2 ? ` and ${bead.blocked_by.length - 2} more` : ""}
            </p>
          )}
          {bead.status_reason && bead.status !== "done" && <p className="loom-why">{bead.status_reason}</p>}
          {(agent || bead.tags.length > 0) && (
            <footer>
              {agent && (
                <span className={`loom-agent${bead.status === "in_progress" ? " is-working" : ""}`}>{agent}</span>
              )}
              {bead.tags.slice(0, 3).map((tag) => (
                <span key={tag} className="loom-tag">
                  {tag}
                </span>
              ))}
            </footer>
          )}
        </article>
      )}
    </Draggable>
  );
});

const Column = memo(function Column({ column, beads, agents, onOpen, loading, fixed }) {
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  const visible = beads.slice(0, shown);
  return (
    <section className={`loom-column is-${column.status}`} aria-label={`${column.title}, ${beads.length} beads`}>
      <h2>
        <span aria-hidden="true">{column.mark}</span> {column.title} <span className="loom-count">{beads.length}</span>
      </h2>
      <Droppable droppableId={column.status}>
        {(drop, snapshot) => (
          <div ref={drop.innerRef} {...drop.droppableProps} className={`loom-cards${snapshot.isDraggingOver ? " is-over" : ""}`}>
            {loading && [0, 1, 2].map((each) => <div key={each} className="loom-skeleton" aria-hidden="true" />)}
            {visible.map((bead, index) => (
              <Card key={bead.id} bead={bead} index={index} agent={agents[bead.assigned_to] || bead.assigned_to} onOpen={onOpen} fixed={fixed} />
            ))}
            {drop.placeholder}
            {!loading && beads.length === 0 && <p className="loom-empty">{column.empty}</p>}
            {beads.length > shown && (
              <button type="button" className="loom-more" onClick={() => setShown(shown + 200)}>
                Show {Math.min(200, beads.length - shown)} more
              </button>
            )}
          </div>
        )}
      </Droppable>
    </section>
  );
});

const EMPTY_FILTER = { project: "", q: "", priority: "", type: "", assigned_to: "" };

function filterFromAddress() {
  const given = new URLSearchParams(window.location.search);
  return Object.fromEntries(Object.keys(EMPTY_FILTER).map((key) => [key, given.get(key) || ""]));
}

function fits(bead, filter) {
  if (filter.project && bead.project_id !== filter.project) return false;
  if (filter.priority && String(bead.priority) !== filter.priority) return false;
  if (filter.type && bead.type !== filter.type) return false;
  if (filter.assigned_to && bead.assigned_to !== filter.assigned_to) return false;
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${bead.id} ${bead.title} ${bead.tags.join(" ")} ${bead.description}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function Choice({ label, value, options, onChange }) {
  return (
    <label className="loom-choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)} aria-label={label}>
        <option value="">All</option>
        {options.map(([key, name]) => (
          <option key={key} value={key}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Board({ events, since, mayWrite }) {
  const [beads, setBeads] = useState(null);
  const [agents, setAgents] = useState({});
  const [projects, setProjects] = useState([]);
  const [filter, setFilter] = useState(filterFromAddress);
  const [fault, setFault] = useState("");
  const [notice, setNotice] = useState(null);
  const [dragging, setDragging] = useState(false);
  const stale = useRef(new Set());
  const timer = useRef(null);
  // An answer asked for before an event was heard may be older than the event: it is not shown but asked for again.
  const batches = useRef(0);
  const news = useRef(new Map());
  const later = useRef(() => {});
  const search = useRef(null);
  const shown = useRef(null);
  const kept = useRef({});
  const navigate = useNavigate();

  const work = useCallback(async () => {
    const asked = batches.current;
    try {
      const [rows, people, known] = await Promise.all([all("/api/v1/beads"), all("/api/v1/agents"), all("/api/v1/projects")]);
      const outdated = (id) => news.current.get(id) > asked;
      setBeads((before) => new Map(rows.map((bead) => [bead.id, (outdated(bead.id) && before?.get(bead.id)) || bead])));
      for (const id of news.current.keys()) if (outdated(id)) stale.current.add(id);
      later.current();
      setAgents(Object.fromEntries(people.map((agent) => [agent.id, agent.name])));
      setProjects(known.map((project) => [project.id, project.name]));
      setFault("");
      return true;
    } catch (error) {
      setFault(error.message);
      return false;
    }
  }, []);
  const load = useFresh(since, work);

  const refresh = useCallback(async () => {
    const ids = [...stale.current];
    const asked = batches.current;
    stale.current.clear();
    if (ids.length > 40) return load();
    const found = await Promise.all(
      ids.map((id) =>
        get(`/api/v1/beads/${encodeURIComponent(id)}`).then(
          (answer) => [id, answer.body],
          (error) => [id, error.status === 404 ? null : undefined],
        ),
      ),
    );
    setBeads((before) => {
      if (!before) return before;
      const after = new Map(before);
      for (const [id, bead] of found) {
        if (news.current.get(id) > asked) continue;
        if (bead === null) after.delete(id);
        else if (bead) after.set(id, bead);
      }
      return after;
    });
  }, [load]);

  later.current = () => {
    if (stale.current.size === 0) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(refresh, GATHER_MS);
  };

  useEvents(events, since, (fresh, missed) => {
    if (missed || fresh.some((event) => RELOADING.includes(event.type))) {
      load();
      return;
    }
    const moved = fresh.filter((event) => event.type === "bead.status_change" && event.data.to);
    if (moved.length > 0) {
      setBeads((before) => {
        if (!before) return before;
        const after = new Map(before);
        for (const event of moved) {
          const bead = after.get(event.subject_id);
          if (bead) after.set(bead.id, { ...bead, status: event.data.to, status_reason: event.data.reason || "" });
        }
        return after;
      });
    }
    batches.current += 1;
    for (const event of fresh) {
      if (!(event.type.startsWith("bead.") || event.type === "run.claimed") || !event.subject_id) continue;
      stale.current.add(event.subject_id);
      news.current.set(event.subject_id, batches.current);
    }
    for (const event of moved) {
      // What waits for a bead is free, or waits again, when that bead is done or opened again.
      if (event.data.to === "done" || event.data.from === "done") for (const id of beads?.get(event.subject_id)?.blocks || []) stale.current.add(id);
    }
    later.current();
  });

  useEffect(() => {
    if (!window.location.pathname.startsWith("/board")) return; // the page is being left already
    const wanted = new URLSearchParams(Object.entries(filter).filter(([, value]) => value));
    const query = wanted.toString();
    window.history.replaceState(window.history.state, "", query ? `?${query}` : window.location.pathname);
  }, [filter]);

  useEffect(() => {
    const onKey = (event) => {
      if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) {
        event.preventDefault();
        search.current?.focus();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);

  const open = useCallback((id) => navigate(`/beads/${encodeURIComponent(id)}`), [navigate]);

  const move = useCallback(async (id, from, to, undoing) => {
    const place = (status) =>
      setBeads((before) => {
        const bead = before?.get(id);
        return bead ? new Map(before).set(id, { ...bead, status }) : before;
      });
    place(to);
    try {
      const asked = batches.current;
      const { body } = await send("PATCH", `/api/v1/beads/${encodeURIComponent(id)}`, { status: to });
      if (!(news.current.get(id) > asked)) setBeads((before) => (before ? new Map(before).set(id, body) : before));
      setNotice(undoing ? null : { text: `${id} moved to ${to.replace("_", " ")}.`, undo: () => move(id, to, from, true), until: Date.now() + UNDO_MS });
    } catch (error) {
      place(from);
      setNotice({ text: `${id} stays in ${from.replace("_", " ")}: ${error.message}`, refused: true });
    }
  }, []);

  useEffect(() => {
    if (!notice) return undefined;
    const end = setTimeout(() => setNotice(null), UNDO_MS);
    return () => clearTimeout(end);
  }, [notice]);

  const onDragEnd = useCallback(
    (result) => {
      setDragging(false);
      if (!result.destination || result.destination.droppableId === result.source.droppableId) return;
      move(result.draggableId, result.source.droppableId, result.destination.droppableId, false);
    },
    [move],
  );

  const rows = useMemo(() => (beads ? [...beads.values()] : []), [beads]);
  const types = useMemo(() => [...new Set(rows.map((bead) => bead.type))].sort().map((type) => [type, type]), [rows]);
  const holders = useMemo(
    () => [...new Set(rows.map((bead) => bead.assigned_to).filter(Boolean))].map((id) => [id, agents[id] || id]).sort((one, other) => one[1].localeCompare(other[1])),
    [rows, agents],
  );
  const sorted = useMemo(() => {
    const found = Object.fromEntries(COLUMNS.map((column) => [column.status, []]));
    for (const bead of rows) if (found[bead.status] && fits(bead, filter)) found[bead.status].push(bead);
    for (const { status } of COLUMNS) {
      found[status].sort(status === "done" ? byClosing : byUrgency);
      // A column in which nothing changed keeps its list, and so is not drawn again.
      const before = kept.current[status];
      if (before && before.length === found[status].length && before.every((bead, index) => bead === found[status][index])) found[status] = before;
    }
    kept.current = found;
    return found;
  }, [rows, filter]);
  // What lies under a card that is being dragged must not move: news show when it is dropped.
  if (!dragging || !shown.current) shown.current = sorted;
  const columns = shown.current;
  const set = (key) => (value) => setFilter((before) => ({ ...before, [key]: value }));
  const filtered = Object.values(filter).some(Boolean);

  if (fault && !beads)
    return (
      <div className="loom-fault" role="alert">
        <p>The board could not be loaded: {fault}</p>
        <button type="button" onClick={() => load()}>Try again</button>
      </div>
    );

  return (
    <div className="loom-board" data-loaded={beads ? "yes" : "no"}>
      <div className="loom-filters" role="search">
        <input ref={search} type="search" placeholder="Filter beads  /" aria-label="Filter beads by text" value={filter.q} onChange={(event) => set("q")(event.target.value)} />
        <Choice label="Project" value={filter.project} options={projects} onChange={set("project")} />
        <Choice label="Priority" value={filter.priority} options={PRIORITIES.map((name, index) => [String(index), name])} onChange={set("priority")} />
        <Choice label="Type" value={filter.type} options={types} onChange={set("type")} />
        <Choice label="Assigned to" value={filter.assigned_to} options={holders} onChange={set("assigned_to")} />
        {filtered && (
          <button type="button" className="loom-clear" onClick={() => setFilter(EMPTY_FILTER)}>Clear</button>
        )}
      </div>
      {beads && beads.size === 0 && (
        <p className="loom-hint">No beads yet.{mayWrite && <> Create one with New bead, or bring them in with <code>loom beads import</code>.</>}</p>
      )}
      <DragDropContext onBeforeCapture={() => setDragging(true)} onDragEnd={onDragEnd}>
        <div className="loom-columns" role="region" aria-label="Columns" tabIndex={-1}>
          {COLUMNS.map((column) => (
            <Column key={column.status} column={column} beads={columns[column.status]} agents={agents} onOpen={open} loading={!beads} fixed={!mayWrite} />
          ))}
        </div>
      </DragDropContext>
      <div className="loom-notice-area" aria-live="polite">
        {notice && (
          <div className={`loom-notice${notice.refused ? " is-refused" : ""}`}>
            <span>{notice.text}</span>
            {notice.undo && (
              <button type="button" onClick={notice.undo}>Undo</button>
            )}
            <button type="button" aria-label="Dismiss" onClick={() => setNotice(null)}>×</button>
          </div>
        )}
      </div>
    </div>
  );
}
