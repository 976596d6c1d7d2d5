// A project's org chart: positions with their reporting lines, who fills them, what is wrong, and changing all of it.

import { useCallback, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { NewAgent } from "./agent_forms.jsx";
import { AgentStatus, agentPage, agentPath, personaWord } from "./agent_words.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { ChartEditor } from "./org_chart_editor.jsx";
import { ApplyTemplate, SaveTemplate } from "./org_chart_templates.jsx";
import { all, get, send } from "./rest.js";
import { refused, told } from "./undo.js";
import "./team.css";

const GATHER_MS = 300;
const HEARD = /^(agent|orgchart|persona)\./;
const KIND = "text/x-loom-agent";

export function useChart(projectId, events, since) {
  const [known, setKnown] = useState({ chart: null, agents: [], fault: null });
  const of = encodeURIComponent(projectId);
  const work = useCallback(async () => {
    try {
      const [chart, agents] = await Promise.all([get(`/api/v1/org-charts/${of}`), all(`/api/v1/agents?project_id=${of}`)]);
      setKnown({ chart: chart.body, agents, fault: null });
      return true;
    } catch (fault) {
      setKnown((before) => ({ ...before, fault }));
      return false;
    }
  }, [of]);
  const load = useFresh(since, work);
  const timer = useRef(0);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => HEARD.test(event.type) && (!event.project_id || event.project_id === projectId))) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return { ...known, load };
}

const capacity = (seat) => (seat.max_instances ? `${seat.agent_ids.length} of ${seat.max_instances}` : seat.agent_ids.length === 0 ? "any number" : `${seat.agent_ids.length}, any number`);
const full = (seat) => seat.max_instances > 0 && seat.agent_ids.length >= seat.max_instances;

function Holder({ agent, seats, mayMove, onMove }) {
  const here = seats.find((seat) => seat.agent_ids.includes(agent.id));
  return (
    <li className="loom-holder" draggable={mayMove} onDragStart={(event) => {
      event.dataTransfer.setData(KIND, agent.id);
      event.dataTransfer.effectAllowed = "move";
    }}>
      <Link to={agentPage(agent.id)} draggable={false}>{agent.name}</Link>
      <AgentStatus agent={agent} />
      {mayMove && (
        <select aria-label={`Position of ${agent.name}`} value={here?.id || ""} onChange={(event) => onMove(agent, event.target.value)}>
          <option value="">no position</option>
          {seats.map((seat) => <option key={seat.id} value={seat.id} disabled={seat.id !== here?.id && full(seat)}>{personaWord(seat.role_name)}{seat.id !== here?.id && full(seat) ? " (taken)" : ""}</option>)}
        </select>
      )}
    </li>
  );
}

// Where an agent can be dropped; the browser tells what is dragged only at the drop.
function useDrop(mayMove, onDrop) {
  const [over, setOver] = useState(false);
  if (!mayMove) return [false, {}];
  return [over, {
    onDragOver: (event) => {
      if (![...event.dataTransfer.types].includes(KIND)) return;
      event.preventDefault();
      event.stopPropagation();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event) => {
      event.preventDefault();
      event.stopPropagation();
      setOver(false);
      onDrop(event.dataTransfer.getData(KIND));
    },
  }];
}

function Seat({ seat, chart, agents, project, mayMove, onMove, onDone, depth }) {
  const seats = chart.positions;
  const below = seats.filter((one) => one.reports_to === seat.id && one.id !== seat.id);
  const holders = seat.agent_ids.map((id) => agents.find((agent) => agent.id === id)).filter(Boolean);
  const problems = chart.problems.filter((one) => one.position_id === seat.id);
  const [over, drop] = useDrop(mayMove, (id) => onMove(agents.find((agent) => agent.id === id), seat.id));
  return (
    <li>
      <div className={`loom-position${problems.length > 0 ? " is-wrong" : ""}${over ? " is-over" : ""}`} {...drop}>
        <div className="loom-row is-between">
          <span className="loom-position-name"><strong>{personaWord(seat.role_name)}</strong>{seat.required && <span className="loom-tag">required</span>}</span>
          <span className="loom-quiet">{capacity(seat)}</span>
        </div>
        {holders.length > 0 && <ul className="loom-holders">{holders.map((agent) => <Holder key={agent.id} {...{ agent, seats, mayMove, onMove }} />)}</ul>}
        {problems.map((one) => <p key={one.code} className="loom-position-problem">{one.message}</p>)}
        {mayMove && holders.length === 0 && project && <div><NewAgent main={false} word="Fill it" projects={[project]} project={project.id} position={seat.id} persona={seat.persona_path} onDone={onDone} /></div>}
      </div>
      {below.length > 0 && depth < 30 && <ul className="loom-org">{below.map((one) => <Seat key={one.id} seat={one} {...{ chart, agents, project, mayMove, onMove, onDone }} depth={depth + 1} />)}</ul>}
    </li>
  );
}

export function Tree({ chart, agents = [], project, mayMove, onMove, onDone }) {
  const seats = chart.positions;
  const tops = seats.filter((seat) => !seats.some((other) => other.id === seat.reports_to && other.id !== seat.id));
  const shown = tops.length > 0 ? tops : seats.slice(0, 1); // a ring has no top
  return <ul className="loom-org is-top" aria-label="Positions and who reports to whom">{shown.map((seat) => <Seat key={seat.id} seat={seat} {...{ chart, agents, project, mayMove, onMove, onDone }} depth={0} />)}</ul>;
}

function Unseated({ agents, seats, mayMove, onMove }) {
  const [over, drop] = useDrop(mayMove, (id) => onMove(agents.find((agent) => agent.id === id) || { id }, ""));
  const without = agents.filter((agent) => !seats.some((seat) => seat.agent_ids.includes(agent.id)) && agent.status !== "complete");
  return (
    <section className={`loom-unseated${over ? " is-over" : ""}`} aria-label="Without a position" {...drop}>
      <h3>Without a position</h3>
      {without.length === 0 ? <p className="loom-empty">Everybody has one.{mayMove && " Drop an agent here to take it off its seat."}</p> : <ul className="loom-holders">{without.map((agent) => <Holder key={agent.id} {...{ agent, seats, mayMove, onMove }} />)}</ul>}
    </section>
  );
}

export function OrgChart({ project, events, since, mayWrite, mayMove }) {
  const { chart, agents, fault, load } = useChart(project.id, events, since);
  const [editing, setEditing] = useState(false);
  const [said, setSaid] = useState("");
  const move = async (agent, positionId) => {
    if (!agent) return;
    try {
      await send("PUT", agentPath(agent.id), { position_id: positionId });
      const seat = chart.positions.find((one) => one.id === positionId);
      setSaid(`${agent.name || "The agent"} ${seat ? `is now ${personaWord(seat.role_name)}` : "has no position now"}.`);
    } catch (error) {
      setSaid(error.message);
      refused(error);
    }
    load();
  };
  if (!chart) return fault ? <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p> : <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  if (editing) {
    return <ChartEditor chart={chart} agents={agents} onClose={() => setEditing(false)} onSaved={() => {
      setEditing(false);
      told("The chart is changed.");
      load();
    }} />;
  }
  const wrong = chart.problems.length;
  return (
    <div className="loom-stack" data-loaded="yes">
      {fault && <p className="loom-fault-line" role="alert">What is shown may be old: {fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p>}
      <div className="loom-row is-between">
        <p className={wrong > 0 ? "loom-status is-bad" : "loom-status is-good"}>{wrong === 0 ? "in order" : wrong === 1 ? "1 thing to mend" : `${wrong} things to mend`}</p>
        {mayWrite && (
          <span className="loom-row">
            <button type="button" className="loom-button" onClick={() => setEditing(true)}>Change positions</button>
            <ApplyTemplate project={project} onDone={load} />
            <SaveTemplate project={project} />
          </span>
        )}
      </div>
      <p className="loom-unseen" role="status" aria-live="polite">{said}</p>
      <Tree {...{ chart, agents, project, mayMove }} onMove={move} onDone={load} />
      <Unseated agents={agents} seats={chart.positions} mayMove={mayMove} onMove={move} />
      {mayMove && <p className="loom-quiet loom-keys">Drag an agent to another position, or choose it beside the name. Questions an agent escalates go up these lines.</p>}
    </div>
  );
}
