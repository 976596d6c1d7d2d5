// The <temporal> language: a block is tried for an agent, schedules are seen and stopped, and what agents asked for.

import { useCallback, useEffect, useId, useRef, useState } from "react";
import { useAddress } from "./address.js";
import { Fault } from "./parts.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { all, get } from "./rest.js";
import { TabPanel, Tabs } from "./tabs.jsx";
import { Asked } from "./temporal_asked.jsx";
import { Editor } from "./temporal_editor.jsx";
import { Schedules } from "./temporal_schedules.jsx";
import "./temporal.css";

const PATH = "/temporal";
const NAMES = ["view", "project", "agent", "as"];
const HEARD = /^(temporal|agent|project)\./;
const GATHER_MS = 500;
const TABS = [["", "Try a block"], ["schedules", "Schedules"], ["asked", "What agents asked for"]];

function useLanguage(events, since) {
  const [seen, setSeen] = useState({ language: null, agents: [], projects: [], fault: null, beat: 0 });
  const timer = useRef(0);
  const work = useCallback(async () => {
    try {
      const [language, agents, projects] = await Promise.all([get("/api/v1/temporal/language"), all("/api/v1/agents"), all("/api/v1/projects")]);
      setSeen((before) => ({ language: language.body, agents, projects, fault: null, beat: before.beat + 1 }));
      return true;
    } catch (fault) {
      setSeen((before) => ({ ...before, fault }));
      return false;
    }
  }, []);
  const load = useFresh(since, work);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => HEARD.test(event.type))) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return { ...seen, load };
}

function Filters({ asked, change, projects, agents }) {
  const there = agents.filter((one) => !asked.project || one.project_id === asked.project);
  return (
    <div className="loom-filters">
      <label className="loom-choice">Project
        <select value={asked.project} onChange={(event) => change({ project: event.target.value, agent: "" })}>
          <option value="">all</option>
          {projects.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
        </select>
      </label>
      <label className="loom-choice">Agent
        <select value={asked.agent} onChange={(event) => change({ agent: event.target.value })}>
          <option value="">all</option>
          {there.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
        </select>
      </label>
    </div>
  );
}

export function TemporalLanguage({ events, since, mayWrite }) {
  const [asked, change] = useAddress(PATH, NAMES);
  const { language, agents, projects, fault, beat, load } = useLanguage(events, since);
  const id = useId();
  const again = fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></Fault>;
  if (!language) return again || <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const wanted = Object.entries({ project_id: asked.project, agent_id: asked.agent }).filter(([, value]) => value);
  const query = new URLSearchParams(wanted).toString();
  const given = { query, beat, mayWrite };
  return (
    <div className="loom-stack" data-loaded="yes">
      {again}
      {!language.enabled && <p className="loom-hint">The language is switched off here (<code>temporal_language.enabled</code>): nothing that agents ask for is carried out.</p>}
      <Tabs id={id} label="What is shown" tabs={TABS} chosen={asked.view} onChoose={(view) => change({ view })} />
      <TabPanel id={id} chosen={asked.view} className="loom-stack">
        {asked.view ? <Filters {...{ asked, change, projects, agents }} /> : null}
        {asked.view === "schedules" ? <Schedules {...given} />
          : asked.view === "asked" ? <Asked {...given} />
            : <Editor {...{ language, agents, projects, mayWrite, beat }} whose={asked.as} onWhose={(as) => change({ as }, true)} />}
      </TabPanel>
    </div>
  );
}
