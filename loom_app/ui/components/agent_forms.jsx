// Making, changing, copying agents and letting them go.

import { useEffect, useState } from "react";
import { agentPath, personaWord } from "./agent_words.jsx";
import { Dialog } from "./dialog.jsx";
import { Buttons, Fault, Field, Send, useSending } from "./parts.jsx";
import { all, get, send } from "./rest.js";
import { refused, told } from "./undo.js";

const titleOf = (persona) => persona.metadata?.role || personaWord(persona.name);

// What forms offer: personas that can be read, providers, the positions of a project.
function useChoices(open, projectId) {
  const [choices, setChoices] = useState({ personas: [], providers: [], positions: [] });
  useEffect(() => {
    if (!open) return undefined;
    const gone = new AbortController();
    const or = (none) => () => none;
    const chart = projectId ? get(`/api/v1/org-charts/${encodeURIComponent(projectId)}`, gone.signal).then(({ body }) => body.positions, or([])) : Promise.resolve([]);
    Promise.all([all("/api/v1/personas", gone.signal).catch(or([])), all("/api/v1/providers", gone.signal).catch(or([])), chart]).then(
      ([personas, providers, positions]) => gone.signal.aborted || setChoices({ personas: personas.filter((one) => !one.problem), providers, positions }),
    );
    return () => gone.abort();
  }, [open, projectId]);
  return choices;
}

function Providers({ providers, value }) {
  return (
    <Field label="Provider" name="provider_id" as="select" defaultValue={value} key={providers.length} hint="Automatic takes whichever works.">
      <option value="">automatic</option>
      {providers.map((one) => <option key={one.id} value={one.id}>{one.name} ({one.status})</option>)}
    </Field>
  );
}

function Positions({ positions, value, none }) {
  const room = (seat) => !seat.max_instances || seat.agent_ids.length < seat.max_instances || seat.id === value;
  return (
    <Field label="Position" name="position_id" as="select" defaultValue={value} key={positions.length}>
      <option value="">{none}</option>
      {positions.map((seat) => <option key={seat.id} value={seat.id} disabled={!room(seat)}>{personaWord(seat.role_name)}{room(seat) ? "" : " (taken)"}</option>)}
    </Field>
  );
}

function Foot({ sending, word, busy, onClose, danger }) {
  return (
    <>
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide"><Buttons><button type="button" className="loom-button" onClick={onClose}>Cancel</button><Send sending={sending} word={word} busy={busy} danger={danger} /></Buttons></div>
    </>
  );
}

function NewForm({ projects, project, position, persona, onClose, onDone }) {
  const [projectId, setProjectId] = useState(project || projects[0]?.id || "");
  const [chosen, setChosen] = useState(persona || "");
  const { personas, providers, positions } = useChoices(true, projectId);
  const current = personas.find((one) => one.name === chosen) || personas[0];
  const sending = useSending(async ({ name, provider_id, position_id }) => {
    const draft = { persona_name: current.name, project_id: projectId, provider_id, position_id };
    const { body } = await send("POST", "/api/v1/agents", name.trim() ? { ...draft, name: name.trim() } : draft);
    told(`${body.name} joined the team.`);
    onClose();
    onDone(body);
  });
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit}>
      <Field label="Persona" as="select" value={current?.name || ""} onChange={(event) => setChosen(event.target.value)} autoFocus>
        {personas.map((one) => <option key={one.name} value={one.name}>{titleOf(one)}</option>)}
      </Field>
      <Field label="Project" as="select" value={projectId} onChange={(event) => setProjectId(event.target.value)}>
        {projects.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
      </Field>
      <p className="loom-quiet is-wide" aria-live="polite">{current?.description}</p>
      <Field label="Name" name="name" maxLength={100} autoComplete="off" hint="Empty: the persona’s title." />
      <Positions positions={positions} value={position || ""} none="a free one of its role" />
      <Providers providers={providers} value="" />
      <Foot sending={sending} word="Add agent" busy="Adding…" onClose={onClose} />
    </form>
  );
}

export function NewAgent({ projects, project, position, persona, word = "New agent", main = true, onDone }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className={`loom-button ${main ? "is-main" : "is-small"}`} disabled={projects.length === 0} title={projects.length === 0 ? "Make a project first" : undefined} onClick={() => setOpen(true)}>{word}</button>
      <Dialog open={open} title="New agent" onClose={() => setOpen(false)}>
        <NewForm {...{ projects, project, position, persona, onDone }} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

export function EditForm({ agent, onClose, onDone }) {
  const { personas, providers, positions } = useChoices(true, agent.project_id);
  const sending = useSending(async (given) => {
    const { body } = await send("PUT", agentPath(agent.id), given);
    told(`${body.name} is changed.`);
    onClose();
    onDone();
  });
  const known = personas.some((one) => one.name === agent.persona_name);
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit}>
      <Field label="Name" name="name" required maxLength={100} defaultValue={agent.name} autoComplete="off" autoFocus />
      <Field label="Persona" name="persona_name" as="select" defaultValue={agent.persona_name} key={personas.length} hint="Another one counts from its next run on.">
        {!known && <option value={agent.persona_name}>{personaWord(agent.persona_name)}</option>}
        {personas.map((one) => <option key={one.name} value={one.name}>{titleOf(one)}</option>)}
      </Field>
      <Providers providers={providers} value={agent.provider_id} />
      <Positions positions={positions} value={agent.position_id} none="none" />
      <Foot sending={sending} word="Save" busy="Saving…" onClose={onClose} />
    </form>
  );
}

export function CloneForm({ agent, onClose, onDone }) {
  const sending = useSending(async ({ new_agent_name, new_persona_name, replace }) => {
    const wanted = { new_persona_name: new_persona_name.trim(), replace: replace === "on" };
    const { body } = await send("POST", `${agentPath(agent.id)}/clone`, new_agent_name.trim() ? { ...wanted, new_agent_name: new_agent_name.trim() } : wanted);
    told(`${body.name} joined the team${wanted.replace ? `; ${agent.name} goes` : ""}.`);
    onClose();
    onDone(body);
  });
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit}>
      <Field label="Name" name="new_agent_name" maxLength={100} autoComplete="off" autoFocus hint="Empty: the persona’s title." />
      <Field label="Persona" name="new_persona_name" maxLength={129} autoComplete="off" spellCheck={false} hint={`Empty: ${agent.persona_name}. A new name makes a copy of that to change.`} />
      <label className="loom-check is-wide"><input type="checkbox" name="replace" /> In the place of {agent.name}: it takes over seat and beads, and {agent.name} goes</label>
      <Foot sending={sending} word="Clone" busy="Cloning…" onClose={onClose} />
    </form>
  );
}

export function RetireForm({ agent, onClose, onDone }) {
  const sending = useSending(async ({ reason }) => {
    await send("POST", `${agentPath(agent.id)}/retire`, { reason: reason.trim() });
    told(`${agent.name} ${agent.status === "working" ? "goes when its run has stopped" : "is let go"}.`);
    onClose();
    onDone();
  });
  return (
    <form className="loom-form" onSubmit={sending.submit}>
      <p>Its seat is free at once. Beads kept for it and claims are anybody’s again, questions it was to answer go to people{agent.current_bead && <>, and its run of {agent.current_bead} is stopped; that bead is open again then</>}. Its history stays.</p>
      <Field label="Why" name="reason" maxLength={500} autoComplete="off" autoFocus />
      <Foot sending={sending} word="Let it go" busy="Letting go…" onClose={onClose} danger />
    </form>
  );
}

const FORMS = { edit: ["Change", EditForm], clone: ["Clone", CloneForm], retire: ["Let go", RetireForm] };

// Pause or resume, and what is rarer.
export function AgentActions({ agent, full, onDone }) {
  const [form, setForm] = useState("");
  const [busy, setBusy] = useState(false);
  const held = agent.paused_because === "person";
  const over = agent.status === "complete";
  const leaving = agent.paused_because === "leaving";
  const does = (way) => async () => {
    setBusy(true);
    await send("POST", `${agentPath(agent.id)}/${way}`).catch(refused);
    setBusy(false);
    onDone();
  };
  const [title, Form] = FORMS[form] || [];
  return (
    <div className="loom-actions">
      {!held && !over && !leaving && <button type="button" className="loom-button" disabled={busy} aria-label={`Pause ${agent.name}`} onClick={does("pause")}>Pause</button>}
      {(held || over) && <button type="button" className="loom-button" disabled={busy} aria-label={`Resume ${agent.name}`} onClick={does("resume")}>Resume</button>}
      {full && <button type="button" className="loom-button" onClick={() => setForm("edit")}>Change</button>}
      {full && <button type="button" className="loom-button" onClick={() => setForm("clone")}>Clone</button>}
      {full && !over && !leaving && <button type="button" className="loom-button is-danger" onClick={() => setForm("retire")}>Let go</button>}
      <Dialog open={Boolean(Form)} title={`${title} ${agent.name}`} onClose={() => setForm("")}>
        {Form && <Form agent={agent} onClose={() => setForm("")} onDone={onDone} />}
      </Dialog>
    </div>
  );
}
