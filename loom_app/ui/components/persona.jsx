// One persona: read, changed, and what it said before.

import { useId, useState } from "react";
import { Link } from "react-router";
import { Dialog } from "./dialog.jsx";
import { Markdown } from "./markdown.jsx";
import { Buttons, Fault, Field, Send, useSending } from "./parts.jsx";
import { PersonaEditor } from "./persona_editor.jsx";
import { Revisions } from "./persona_revisions.jsx";
import { send } from "./rest.js";

export const personaPath = (name) => `/api/v1/personas/${name.split("/").map(encodeURIComponent).join("/")}`;
const AUTONOMY = { full: "acts on its own", semi: "acts on its own in the small, asks in the large", supervised: "asks before what matters" };
const VIEWS = [["", "Read"], ["edit", "Edit"], ["revisions", "Revisions"]];

function Facts({ persona }) {
  const facts = [
    ["Autonomy", <span title={AUTONOMY[persona.autonomy_level]}>{persona.autonomy_level}</span>],
    ["Specialties", persona.specialties.join(", ")],
    ["Needs", persona.compatibility],
    ["License", persona.license],
    ["Version", [persona.metadata.version, persona.metadata.author].filter(Boolean).join(" by ")],
    ["Revision", persona.revision],
  ].filter(([, value]) => value);
  return <dl className="loom-facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

function UsedBy({ agents }) {
  return (
    <section aria-label="Agents of this persona">
      <h3>Agents of this persona</h3>
      {agents.length === 0 ? (
        <p className="loom-empty">No agent you see works by it. Make one under <Link to="/agents">Agents</Link>.</p>
      ) : (
        <ul className="loom-tags">{agents.map((agent) => <li key={agent.id}><Link className="loom-tag" to={`/agents/${encodeURIComponent(agent.id)}`}>{agent.name} <span className="loom-quiet">{agent.project_id}</span></Link></li>)}</ul>
      )}
    </section>
  );
}

function Read({ persona, agents, onMend }) {
  if (persona.problem) {
    return (
      <div className="loom-stack">
        <p className="loom-fault-line" role="alert">{persona.problem}</p>
        <p>Until it is mended, its agents go on by the last version that could be read. Mend it here, in the file, or go back to an earlier revision.</p>
        <div className="loom-row"><button type="button" className="loom-button is-main" onClick={onMend}>Mend it</button></div>
        <UsedBy agents={agents} />
      </div>
    );
  }
  return (
    <div className="loom-stack">
      <Facts persona={persona} />
      <UsedBy agents={agents} />
      <Markdown>{persona.instructions}</Markdown>
    </div>
  );
}

function Clone({ persona, onMade }) {
  const [open, setOpen] = useState(false);
  const sending = useSending(async ({ new_name }) => {
    const { body } = await send("POST", `${personaPath(persona.name)}/clone`, { new_name: new_name.trim() });
    setOpen(false);
    onMade(body.name);
  }, { persona_exists: "new_name", persona_name: "new_name" });
  return (
    <>
      <button type="button" className="loom-button" disabled={Boolean(persona.problem)} onClick={() => setOpen(true)}>Clone</button>
      <Dialog open={open} title={`Clone ${persona.name}`} onClose={() => setOpen(false)}>
        <form className="loom-form" onSubmit={sending.submit}>
          <p className="loom-quiet">The copy says the same and is yours to change. Agents stay with the persona they have.</p>
          <Field label="Name of the copy" name="new_name" required maxLength={129} defaultValue={`${persona.name}-2`} autoFocus autoComplete="off" spellCheck={false} hint="group/role, of small letters, digits and single hyphens" fault={sending.at("new_name")} />
          <Fault>{sending.fault}</Fault>
          <Buttons><button type="button" className="loom-button" onClick={() => setOpen(false)}>Cancel</button><Send sending={sending} word="Clone" busy="Cloning…" /></Buttons>
        </form>
      </Dialog>
    </>
  );
}

export function Persona({ persona, agents, beat, place, go, mayWrite, onChanged }) {
  const tabs = useId();
  const views = VIEWS.filter(([view]) => mayWrite || view !== "edit");
  const view = views.some(([name]) => name === place.view) ? place.view : "";
  const show = (next) => go({ view: next, rev: "" });
  const onKeyDown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const [next] = views[(views.findIndex(([name]) => name === view) + step + views.length) % views.length];
    show(next);
    document.getElementById(`${tabs}-${next}`)?.focus();
  };
  return (
    <article className="loom-panel loom-team-shown" aria-label={persona.name}>
      <header className="loom-row is-between">
        <div className="loom-team-title">
          <button type="button" className="loom-plain loom-team-back" onClick={() => go({ name: "", view: "", rev: "" })}>← All personas</button>
          <h2>{persona.metadata.role || persona.role.replaceAll("-", " ")}</h2>
          <p className="loom-id loom-faint">{persona.name}</p>
        </div>
        {mayWrite && <Clone persona={persona} onMade={(name) => { onChanged(); go({ name, view: "edit", rev: "" }); }} />}
      </header>
      {persona.description && <p className="loom-sub">{persona.description}</p>}
      <div className="loom-tabs" role="tablist" aria-label="About the persona" onKeyDown={onKeyDown}>
        {views.map(([name, word]) => (
          <button key={name} type="button" role="tab" id={`${tabs}-${name}`} aria-controls={`${tabs}-panel`} aria-selected={name === view} tabIndex={name === view ? 0 : -1} onClick={() => show(name)}>{word}</button>
        ))}
      </div>
      <div role="tabpanel" id={`${tabs}-panel`} aria-labelledby={`${tabs}-${view}`} className="loom-stack">
        {view === "" && <Read persona={persona} agents={agents} onMend={() => show(mayWrite ? "edit" : "revisions")} />}
        {view === "edit" && <PersonaEditor name={persona.name} revision={persona.revision} agents={agents} onSaved={onChanged} onRevisions={() => show("revisions")} />}
        {view === "revisions" && <Revisions name={persona.name} current={persona.revision} beat={beat} place={place} go={go} mayWrite={mayWrite} onRestored={onChanged} />}
      </div>
    </article>
  );
}
