// The personas: what agents of a role work by, and what it said before. Which one is looked at is in the address.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useAddress } from "./address.js";
import { useEvents, useFresh } from "./fresh.js";
import { Persona } from "./persona.jsx";
import { NewPersona } from "./persona_new.jsx";
import { all } from "./rest.js";
import "./team.css";

const PATH = "/personas";
const NAMES = ["name", "view", "rev", "q"];
const GATHER_MS = 300;
const LOOK_MS = 10000; // files may change on disk without a word in the log

export const titleOf = (persona) => persona.metadata?.role || persona.role.replaceAll("-", " ");

function useShelf(events, since) {
  const [told, setTold] = useState({ personas: null, agents: [], fault: null, beat: 0 });
  const work = useCallback(async () => {
    try {
      const [personas, agents] = await Promise.all([all("/api/v1/personas"), all("/api/v1/agents")]);
      setTold((before) => ({ personas, agents, fault: null, beat: before.beat + 1 }));
      return true;
    } catch (fault) {
      setTold((before) => ({ ...before, fault }));
      return false;
    }
  }, []);
  const load = useFresh(since, work);
  const timer = useRef(0);
  useEvents(events, since, (fresh, missed) => {
    if (!missed && !fresh.some((event) => /^(persona|agent)\./.test(event.type))) return;
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
  return { ...told, load };
}

function Row({ persona, agents, here, onGo }) {
  return (
    <li className={here ? "is-here" : undefined}>
      <button type="button" aria-current={here ? "true" : undefined} onClick={onGo}>
        <strong>{titleOf(persona)}</strong>
        <span className="loom-quiet">{persona.problem ? "cannot be read" : agents === 0 ? "no agent" : agents === 1 ? "1 agent" : `${agents} agents`}</span>
        <span className="loom-id loom-faint">{persona.name}</span>
        {persona.problem && <span className="loom-status is-bad">broken</span>}
      </button>
    </li>
  );
}

export function Personas({ events, since, mayWrite }) {
  const [place, go] = useAddress(PATH, NAMES);
  const { personas, agents, fault, beat, load } = useShelf(events, since);
  const words = place.q.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = useMemo(
    () => (personas || []).filter((one) => words.every((word) => `${one.name} ${titleOf(one)} ${one.description} ${one.specialties.join(" ")}`.toLowerCase().includes(word))),
    [personas, place.q],
  );
  const uses = useMemo(() => Map.groupBy ? Map.groupBy(agents, (agent) => agent.persona_name) : agents.reduce((found, agent) => found.set(agent.persona_name, [...(found.get(agent.persona_name) || []), agent]), new Map()), [agents]);
  if (!personas) return fault ? <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p> : <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const current = personas.find((one) => one.name === place.name);
  const open = (name, view = "") => go({ name, view, rev: "" });
  const broken = personas.filter((one) => one.problem);
  return (
    <div className={`loom-team${place.name ? " is-alone" : ""}`} data-loaded="yes">
      {fault && <p className="loom-fault-line" role="alert">What is shown may be old: {fault.message} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p>}
      {broken.length > 0 && (
        <p className="loom-fault-line" role="status">
          {broken.length === 1 ? "One persona cannot be read" : `${broken.length} personas cannot be read`}; its agents go on by the last version that could: {broken.map((one, at) => <span key={one.name}>{at > 0 && ", "}<button type="button" className="loom-plain" onClick={() => open(one.name, "edit")}>{one.name}</button></span>)}
        </p>
      )}
      <div className="loom-team-columns">
        <nav className="loom-team-list" aria-label="Personas">
          <div className="loom-row is-nowrap loom-team-find">
            <input type="search" value={place.q} onChange={(event) => go({ q: event.target.value }, true)} placeholder="Find a persona" aria-label="Find a persona" />
            {mayWrite && <NewPersona personas={personas} onMade={(name) => { load(); open(name, "edit"); }} />}
          </div>
          {shown.length === 0 && <p className="loom-empty">No persona fits “{place.q}”. <button type="button" className="loom-plain" onClick={() => go({ q: "" })}>Show all</button></p>}
          <ul>{shown.map((one) => <Row key={one.name} persona={one} agents={uses.get(one.name)?.length || 0} here={one.name === place.name} onGo={() => open(one.name)} />)}</ul>
        </nav>
        {current ? (
          <Persona key={current.name} persona={current} agents={uses.get(current.name) || []} beat={beat} place={place} go={go} mayWrite={mayWrite} onChanged={load} />
        ) : place.name ? (
          <section className="loom-panel loom-team-shown">
            <h2>No persona {place.name}</h2>
            <p>Its folder is not there any more, or it never was. If it was written in Loom its revisions are kept, and an administrator can restore one over the REST interface.</p>
            <div className="loom-row"><button type="button" className="loom-button" onClick={() => go({ name: "" })}>All personas</button></div>
          </section>
        ) : (
          <section className="loom-panel loom-team-shown is-hint"><p className="loom-empty">Choose a persona to read what its agents work by.</p></section>
        )}
      </div>
    </div>
  );
}
