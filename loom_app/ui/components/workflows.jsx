// The durable workflows: what runs, waits and failed. The filters are in the address.

import { useCallback, useEffect, useId, useRef, useState } from "react";
import { Ago } from "./ago.jsx";
import { useAddress } from "./address.js";
import { useEvents, useFresh } from "./fresh.js";
import { Confirm, Fault } from "./parts.jsx";
import { all, get, send } from "./rest.js";
import { TabPanel, Tabs } from "./tabs.jsx";
import { told } from "./undo.js";
import { Course } from "./workflow_course.jsx";
import { Row } from "./workflow_row.jsx";
import { DEEDS, OWN, STATES, TYPES } from "./workflow_words.js";
import "./workflows.css";

const NAMES = ["state", "type", "project", "bead", "agent", "id", "page"];
const NEAR = /^(run|decision|bootstrap|project)\.|^bead\.status_change$/;
const GATHER_MS = 1000;
const LOOK_MS = 20000; // what Temporal says changes without an event of ours
const SIZE = 50;
const NOTHING = {
  "": ["No workflow yet.", "One begins with each run of a bead, each question to people and each project that is begun from a PRD."],
  running: ["Nothing runs.", "A run begins when a bead is ready and an agent is free."],
  waiting: ["Nothing waits.", "What waits for a person, or was paused, is shown here."],
  failed: ["Nothing has failed.", "Runs that failed are tried again by themselves; their cause stays here."],
  completed: ["Nothing is completed yet.", "What is done stays here."],
  cancelled: ["Nothing was stopped.", "What a person stops is shown here."],
};

function query(asked) {
  const given = { state: asked.state, type: asked.type, project_id: asked.project, bead_id: asked.bead, agent_id: asked.agent };
  const offset = Math.max(0, (Number(asked.page) || 1) - 1) * SIZE;
  return new URLSearchParams([...Object.entries(given).filter(([, value]) => value), ["limit", SIZE], ["offset", offset]]).toString();
}

function useWorkflows(asked, events, since) {
  const [found, setFound] = useState({ told: null, fault: null, beat: 0 });
  const timer = useRef(0);
  const wanted = query(asked);
  const work = useCallback(async () => {
    try {
      const { body } = await get(`/api/v1/temporal/workflows?${wanted}`);
      setFound((before) => ({ told: body, fault: null, beat: before.beat + 1 }));
      return true;
    } catch (fault) {
      setFound((before) => ({ ...before, fault }));
      return false;
    }
  }, [wanted]);
  const load = useFresh(since, work);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => NEAR.test(event.type))) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => {
    const looking = setInterval(() => document.visibilityState === "visible" && load(), LOOK_MS);
    return () => {
      clearInterval(looking);
      clearTimeout(timer.current);
    };
  }, [load]);
  return { ...found, load };
}

function useProjects() {
  const [projects, setProjects] = useState([]);
  useEffect(() => {
    const gone = new AbortController();
    all("/api/v1/projects", gone.signal).then(setProjects, () => undefined);
    return () => gone.abort();
  }, []);
  return projects;
}

function Choice({ label, value, any, options, onChange }) {
  return (
    <label className="loom-choice">
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{any}</option>
        {options.map(([id, word]) => <option key={id} value={id}>{word}</option>)}
      </select>
    </label>
  );
}

function Only({ label, value, onClear }) {
  return value ? <span className="loom-tag">{label} {value} <button type="button" className="loom-button is-plain is-small" aria-label={`Show all, not only ${label} ${value}`} onClick={onClear}>✕</button></span> : null;
}

function Filters({ asked, projects, change }) {
  const set = (name) => (value) => change({ [name]: value, page: "" });
  return (
    <div className="loom-filters">
      <Choice label="Kind" value={asked.type} any="all" options={Object.entries(TYPES)} onChange={set("type")} />
      <Choice label="Project" value={asked.project} any="all" options={projects.map((one) => [one.id, one.name])} onChange={set("project")} />
      <Only label="bead" value={asked.bead} onClear={() => set("bead")("")} />
      <Only label="agent" value={asked.agent} onClear={() => set("agent")("")} />
    </div>
  );
}

function Pages({ asked, count, change }) {
  const page = Math.max(1, Number(asked.page) || 1);
  const last = Math.max(1, Math.ceil(count / SIZE));
  if (last === 1 && page === 1) return null;
  return (
    <nav className="loom-row is-between" aria-label="Pages">
      <button type="button" className="loom-button is-small" disabled={page <= 1} onClick={() => change({ page: page > 2 ? String(page - 1) : "" })}>Newer</button>
      <span className="loom-quiet">Page {page} of {last}</span>
      <button type="button" className="loom-button is-small" disabled={page >= last} onClick={() => change({ page: String(page + 1) })}>Older</button>
    </nav>
  );
}

function Own({ rows, onOpen }) {
  if (rows.length === 0) return null;
  return (
    <section className="loom-panel" aria-label="What else runs">
      <h2>What else runs</h2>
      <ul className="loom-own">
        {rows.map((one) => (
          <li key={one.run_id}>
            <button type="button" className="loom-flow-title" onClick={() => onOpen(one.id)}>{one.id}</button>
            <span className="loom-quiet">since <Ago at={one.started_at} /></span>
            <span className="loom-quiet">{OWN[one.type] || one.type}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Empty({ asked, filtered }) {
  const [what, next] = filtered ? ["Nothing fits these filters.", "Choose others, or show all."] : NOTHING[asked.state] || NOTHING[""];
  return <p className="loom-empty"><strong>{what}</strong> {next}</p>;
}

export function Workflows({ events, since }) {
  const [asked, change] = useAddress("/workflows", NAMES);
  const { told: shown, fault, beat, load } = useWorkflows(asked, events, since);
  const projects = useProjects();
  const id = useId();
  const [busy, setBusy] = useState("");
  const [asking, setAsking] = useState(null);
  const [refused, setRefused] = useState("");
  const open = (workflow) => change({ id: workflow });
  const act = async (one, deed) => {
    setRefused("");
    setBusy(one.id);
    try {
      await send("POST", deed.href);
      told(`${one.title || one.id}: ${DEEDS[deed.name].told}`);
      await load();
    } finally {
      setBusy("");
    }
  };
  const onDo = (one, deed) => (DEEDS[deed.name].asks ? setAsking([one, deed]) : act(one, deed).catch((error) => setRefused(error.message)));
  const counts = shown ? { ...shown.states, "": Object.values(shown.states).reduce((sum, count) => sum + count, 0) } : {};
  const filtered = Boolean(asked.type || asked.project || asked.bead || asked.agent);
  return (
    <div className="loom-stack">
      <section className="loom-panel loom-stack is-tight" aria-label="Workflows">
        <Tabs id={id} label="Which workflows" tabs={STATES} chosen={asked.state} counts={counts} onChoose={(state) => change({ state, page: "" })} />
        <Filters {...{ asked, projects, change }} />
        {shown && !shown.temporal.answers && <p className="loom-fault-line" role="status">{shown.temporal.why}</p>}
        {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></Fault>}
        <Fault>{refused}</Fault>
        <TabPanel id={id} chosen={asked.state}>
          {!shown && !fault && <div className="loom-skeleton is-page" role="status" aria-label="Loading" />}
          {shown?.workflows.length === 0 && <Empty {...{ asked, filtered }} />}
          {shown?.workflows.length > 0 && <ul className="loom-flows">{shown.workflows.map((one) => <Row key={one.id} one={one} busy={busy === one.id} onOpen={open} onDo={onDo} />)}</ul>}
        </TabPanel>
        {shown && <Pages asked={asked} count={shown.count} change={change} />}
      </section>
      {shown && <Own rows={shown.own} onOpen={open} />}
      <Course id={asked.id} beat={beat} onClose={() => change({ id: "" })} />
      <Confirm open={asking !== null} title={`Stop ${asking?.[0].title || ""}`} action="Stop" onClose={() => setAsking(null)} onConfirm={() => act(...asking)}>
        <p>{asking?.[0].type === "BootstrapWorkflow" ? "What is done stays; it can be gone on with later." : "The run ends within seconds, and what it has changed is kept for you to read. Its bead waits in Blocked until somebody opens it."}</p>
      </Confirm>
    </div>
  );
}
