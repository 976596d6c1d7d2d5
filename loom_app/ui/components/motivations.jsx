// What sets work going by itself: by role, switched, tried, fired by hand, and what fired. All is in the address.

import { useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { useAddress } from "./address.js";
import { useAnswer } from "./bead_data.js";
import { Dialog } from "./dialog.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { Detail } from "./motivation_detail.jsx";
import { MotivationForm } from "./motivation_form.jsx";
import { History, RESULTS } from "./motivation_history.jsx";
import { Idle } from "./motivation_idle.jsx";
import { Groups } from "./motivation_list.jsx";
import { Trigger } from "./motivation_trigger.jsx";
import { motivationPath, roleWord, TYPES } from "./motivation_words.jsx";
import { Confirm, Fault } from "./parts.jsx";
import { all, get, send } from "./rest.js";
import { TabPanel, Tabs } from "./tabs.jsx";
import { refused, told } from "./undo.js";
import "./motivations.css";

const PATH = "/motivations";
const NAMES = ["view", "q", "type", "role", "project", "state", "origin", "result", "id"];
const HEARD = /^(motivation|run|agent|project)\./;
const GATHER_MS = 500;
const NOTHING = { q: "", type: "", role: "", project: "", state: "", origin: "" };

function useMotivations(events, since) {
  const [seen, setSeen] = useState({ every: null, projects: [], roles: [], fault: null, idle: null, idleFault: null, beat: 0 });
  const work = useCallback(async () => {
    const idle = get("/api/v1/motivations/idle").then(({ body }) => ({ idle: body, idleFault: null }), (idleFault) => ({ idleFault }));
    try {
      const [pages, projects, roles] = await Promise.all([all(PATH_OF), all("/api/v1/projects"), get("/api/v1/motivations/roles")]);
      const rest = await idle;
      setSeen((before) => ({ ...before, ...rest, every: pages.flatMap((page) => page.motivations), projects, roles: roles.body.roles.map((one) => one.role), fault: null, beat: before.beat + 1 }));
      return true;
    } catch (fault) {
      setSeen((before) => ({ ...before, fault }));
      return false;
    }
  }, []);
  const load = useFresh(since, work);
  const timer = useRef(0);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => HEARD.test(event.type))) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(load, GATHER_MS);
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const put = (one) => setSeen((before) => ({ ...before, every: before.every.map((other) => (other.id === one.id ? one : other)) }));
  return { ...seen, load, put };
}

const PATH_OF = "/api/v1/motivations";

function fits(one, asked) {
  const words = asked.q.toLowerCase().split(/\s+/).filter(Boolean);
  const text = `${one.name} ${one.description} ${one.condition} ${one.agent_role} ${one.meaning}`.toLowerCase();
  const on = one.status !== "disabled";
  return words.every((word) => text.includes(word))
    && (!asked.type || one.type === asked.type) && (!asked.role || one.agent_role === asked.role)
    && (!asked.project || one.project_id === asked.project || !one.project_id)
    && (!asked.state || (asked.state === "on") === on) && (!asked.origin || (asked.origin === "built_in") === one.is_built_in);
}

function Choice({ label, value, options, any, onChange }) {
  return (
    <label className="loom-choice">{label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">{any}</option>
        {options.map(([id, word]) => <option key={id} value={id}>{word}</option>)}
      </select>
    </label>
  );
}

function Filters({ asked, change, roles, projects, children }) {
  const set = (name) => (value) => change({ [name]: value }, name === "q");
  const of = projects.map((one) => [one.id, one.name]);
  if (asked.view === "history") {
    return <div className="loom-filters"><Choice label="Result" value={asked.result} any="any" options={Object.entries(RESULTS).map(([id, [, word]]) => [id, word])} onChange={set("result")} /><Choice label="Project" value={asked.project} any="all" options={of} onChange={set("project")} /></div>;
  }
  return (
    <div className="loom-filters">
      <input type="search" aria-label="Find a motivation" placeholder="Find a motivation" value={asked.q} onChange={(event) => set("q")(event.target.value)} />
      <Choice label="Kind" value={asked.type} any="any" options={TYPES} onChange={set("type")} />
      <Choice label="Role" value={asked.role} any="any" options={roles.map((role) => [role, roleWord(role)])} onChange={set("role")} />
      <Choice label="Project" value={asked.project} any="all" options={of} onChange={set("project")} />
      <Choice label="State" value={asked.state} any="any" options={[["on", "on"], ["off", "off"]]} onChange={set("state")} />
      <Choice label="Origin" value={asked.origin} any="any" options={[["built_in", "built in"], ["own", "own"]]} onChange={set("origin")} />
      {children}
    </div>
  );
}

function Nothing({ every, onDefaults, onAll, isAdmin }) {
  if (every.length > 0) return <p className="loom-hint">No motivation fits. <button type="button" className="loom-plain" onClick={onAll}>Show all {every.length}</button></p>;
  return <p className="loom-hint">There are no motivations, so nothing sets work going by itself. {isAdmin ? <button type="button" className="loom-plain" onClick={onDefaults}>Register those that come with Loom</button> : "An administrator can register those that come with Loom."}</p>;
}

export function Motivations({ events, since, mayWrite, isAdmin }) {
  const [asked, change] = useAddress(PATH, NAMES);
  const id = useId();
  const { every, projects, roles, fault, idle, idleFault, beat, load, put } = useMotivations(events, since);
  const [known, knownFault, askKnown] = useAnswer("/api/v1/motivations/conditions", 1);
  const [edited, setEdited] = useState(null);
  const [fired, setFired] = useState(null);
  const [leaving, setLeaving] = useState(null);
  const shown = useMemo(() => (every || []).filter((one) => fits(one, asked)), [every, asked]);
  const flip = async (motivation) => {
    const wanted = motivation.status === "disabled" ? "enable" : "disable";
    await send("POST", `${motivationPath(motivation.id)}/${wanted}`).then(({ body }) => put(body), refused);
  };
  const defaults = () => send("POST", `${PATH_OF}/defaults`).then(load, refused);
  const open = (one) => change({ id: one });
  if (!every) return fault ? <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></Fault> : <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const current = every.find((one) => one.id === asked.id);
  const openProjects = projects.filter((one) => one.status !== "closed");
  const may = mayWrite && (isAdmin || openProjects.length > 0);
  const does = { onFlip: flip, onTrigger: setFired, onEdit: setEdited, onDelete: setLeaving };
  return (
    <div className="loom-motivations" data-loaded="yes">
      {fault && <Fault>What is shown may be old: {fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></Fault>}
      <Idle idle={idle} fault={idleFault} again={load} every={every} />
      <Tabs id={id} label="What is shown" tabs={[["", "By role"], ["history", "History"]]} chosen={asked.view} counts={{ "": every.length }} onChoose={(view) => change({ view })} />
      <TabPanel id={id} chosen={asked.view} className="loom-stack">
        <Filters {...{ asked, change, roles, projects }}>
          {may && <button type="button" className="loom-button is-main loom-new" disabled={!known} onClick={() => setEdited({})}>New motivation</button>}
        </Filters>
        {knownFault && <Fault>{knownFault.message} <button type="button" className="loom-button is-small" onClick={askKnown}>Try again</button></Fault>}
        {asked.view === "history" ? <section className="loom-panel" aria-label="History"><History of={{ result: asked.result, project_id: asked.project }} beat={beat} named onOpen={open} /></section>
          : shown.length > 0 ? <Groups rows={shown} onOpen={open} {...does} />
            : <Nothing {...{ every, isAdmin }} onDefaults={defaults} onAll={() => change(NOTHING)} />}
      </TabPanel>
      <Dialog open={Boolean(asked.id) && !edited && !fired && !leaving} title={current?.name || "Motivation"} onClose={() => change({ id: "" })}>
        {current ? <Detail motivation={current} beat={beat} {...does} /> : <p>There is no motivation {asked.id}; it may have been deleted.</p>}
      </Dialog>
      <Dialog open={edited !== null} title={edited?.id ? `Edit ${edited.name}` : "New motivation"} onClose={() => setEdited(null)}>
        {edited && known && <MotivationForm motivation={edited} known={known} roles={roles} projects={openProjects} isAdmin={isAdmin} onDone={async (made) => { await load(); told(edited.id ? "Saved." : `${made.name} was made.`); }} onClose={() => setEdited(null)} />}
      </Dialog>
      <Dialog open={fired !== null} title={`Trigger ${fired?.name || ""}`} onClose={() => setFired(null)}>
        {fired && <Trigger motivation={fired} projects={openProjects} onDone={load} onClose={() => setFired(null)} />}
      </Dialog>
      <Confirm open={leaving !== null} title={`Delete ${leaving?.name || ""}`} action="Delete" onClose={() => setLeaving(null)} onConfirm={async () => { await send("DELETE", motivationPath(leaving.id)); change({ id: "" }); await load(); }}>
        <p>Its history goes with it; the beads it made stay. Switch it off instead if it is only to be silent.</p>
      </Confirm>
    </div>
  );
}
