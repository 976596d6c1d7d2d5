// A motivation made or changed. Its parameters are those of the condition that is chosen, as the server describes them.

import { useState } from "react";
import { useAnswer } from "./bead_data.js";
import { motivationPath, minutesWord, roleWord, TYPES, valueWord } from "./motivation_words.jsx";
import { Buttons, Fault, Field, mistake, Send, useSending } from "./parts.jsx";
import { send } from "./rest.js";
import { minutesRead, minutesShown, momentRead, momentTyped } from "./units.js";

const placeOf = (name) => `parameter.${name}`;
const NUMBERS = ["integer", "number"];

function shownAs(kind, value) {
  if (value === null || value === undefined) return "";
  if (kind === "moment") return momentTyped(value);
  return Array.isArray(value) ? value.join(", ") : String(value);
}

function readAs(spec, typed) {
  const text = (typed ?? "").trim();
  if (spec.kind === "flag") return typed === "on";
  if (text === "") return undefined;
  if (NUMBERS.includes(spec.kind)) return Number(text);
  if (spec.kind === "texts") return text.split(",").map((one) => one.trim()).filter(Boolean);
  if (spec.kind === "moment") {
    try {
      return momentRead(text);
    } catch (error) {
      throw mistake(placeOf(spec.name), error.message);
    }
  }
  return text;
}

function parametersRead(specs, typed, before) {
  const known = specs.map((spec) => [spec.name, readAs(spec, typed[placeOf(spec.name)])]);
  const others = Object.entries(before || {}).filter(([name]) => !specs.some((spec) => spec.name === name));
  return Object.fromEntries([...others, ...known].filter(([, value]) => value !== undefined));
}

function Parameter({ spec, value, sending }) {
  const name = placeOf(spec.name);
  if (spec.kind === "flag") return <label className="loom-check is-wide"><input type="checkbox" name={name} defaultChecked={Boolean(value ?? spec.default)} /> {spec.label}. {spec.hint}</label>;
  const usual = spec.default === null || spec.default === undefined ? "" : ` Left empty: ${valueWord(spec.default)}.`;
  const common = { label: spec.label, name, hint: `${spec.hint}${usual}`, required: spec.required, defaultValue: shownAs(spec.kind, value), fault: sending.at(name) };
  if (spec.choices.length > 0) return <Field {...common} as="select">{!spec.required && <option value="">any</option>}{spec.choices.map((one) => <option key={one} value={one}>{one.replaceAll("_", " ")}</option>)}</Field>;
  if (spec.kind === "moment") return <Field {...common} type="datetime-local" />;
  if (NUMBERS.includes(spec.kind)) return <Field {...common} type="number" min={spec.minimum ?? undefined} max={spec.maximum ?? undefined} step={spec.kind === "integer" ? 1 : "any"} />;
  return <Field {...common} spellCheck={false} />;
}

function minutes(text, place) {
  try {
    return minutesRead(text) ?? 0;
  } catch (error) {
    throw mistake(place, error.message);
  }
}

// A refusal that names a parameter belongs to that parameter's field.
async function sent(method, path, body) {
  try {
    return (await send(method, path, body)).body;
  } catch (error) {
    const { parameter, field } = error.problem || {};
    throw parameter ? Object.assign(error, { place: placeOf(parameter) }) : field ? Object.assign(error, { place: field }) : error;
  }
}

function Whom({ motivation, roles, projects, isAdmin, sending }) {
  const [project, setProject] = useState(motivation.project_id || (isAdmin ? "" : projects[0]?.id || ""));
  const [agents] = useAnswer(project ? `/api/v1/agents?project_id=${encodeURIComponent(project)}&limit=200` : "", 1);
  return (
    <>
      <Field label="Project" name="project_id" as="select" value={project} onChange={(event) => setProject(event.target.value)} fault={sending.at("project_id")}>
        {isAdmin && <option value="">every project</option>}
        {projects.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
      </Field>
      <Field label="Role" name="agent_role" as="select" fault={sending.at("agent_role")} hint="Whose work it is.">
        {roles.map((role) => <option key={role} value={role}>{roleWord(role)}</option>)}
      </Field>
      {project && <Field label="Agent" name="agent_id" as="select" fault={sending.at("agent_id")} hint="One alone, or whoever of the role is free."><option value="">whoever has the role</option>{(agents || []).map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</Field>}
    </>
  );
}

function When({ conditions, chosen, onChoose, sending }) {
  return (
    <Field label="When" name="condition" as="select" value={chosen.condition} onChange={(event) => onChoose(event.target.value)} fault={sending.at("condition")} hint={chosen.meaning}>
      {TYPES.map(([type, word]) => (
        <optgroup key={type} label={word}>
          {conditions.filter((one) => one.type === type).map((one) => <option key={one.condition} value={one.condition}>{one.name}</option>)}
        </optgroup>
      ))}
    </Field>
  );
}

function Does({ motivation, templates, sending }) {
  const [creates, setCreates] = useState(motivation.create_bead ?? true);
  return (
    <fieldset className="loom-ways is-wide">
      <legend>Then</legend>
      <label><input type="checkbox" name="wake_agent" defaultChecked={motivation.wake_agent ?? true} /> Wake the agent</label>
      <label><input type="checkbox" name="create_bead" checked={creates} onChange={(event) => setCreates(event.target.checked)} /> Make a bead, which is worked on and may cost money</label>
      {creates && <Field label="Made from the template" name="bead_template" as="select" defaultValue={motivation.bead_template || ""} fault={sending.at("bead_template")}><option value="">none: called like the motivation</option>{templates.map((one) => <option key={one.name} value={one.name}>{one.title}</option>)}</Field>}
    </fieldset>
  );
}

export function MotivationForm({ motivation, known, roles, projects, isAdmin, onDone, onClose }) {
  const { conditions, templates } = known;
  const [condition, setCondition] = useState(motivation.condition || "scheduled_interval");
  const chosen = conditions.find((one) => one.condition === condition) || { condition, meaning: "", parameters: [] };
  const isNew = !motivation.id;
  const sending = useSending(async (typed) => {
    const creates = typed.create_bead === "on";
    const wanted = {
      name: typed.name.trim(), description: typed.description, priority: Number(typed.priority), cooldown_minutes: minutes(typed.cooldown_minutes, "cooldown_minutes"),
      parameters: parametersRead(chosen.parameters, typed, isNew ? {} : motivation.parameters), wake_agent: typed.wake_agent === "on", create_bead: creates,
      ...(creates ? { bead_template: typed.bead_template } : {}),
    };
    const whose = { type: chosen.type, condition, agent_role: typed.agent_role, ...(typed.agent_id ? { agent_id: typed.agent_id } : {}), ...(typed.project_id ? { project_id: typed.project_id } : {}) };
    const done = isNew ? await sent("POST", "/api/v1/motivations", { ...wanted, ...whose }) : await sent("PATCH", motivationPath(motivation.id), wanted);
    await onDone(done);
    onClose();
  }, { project_not_found: "project_id", agent_not_found: "agent_id", agent_elsewhere: "agent_id", no_target: "agent_role", unknown_template: "bead_template" });
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit}>
      <div className="is-wide"><Field label="Name" name="name" required maxLength={200} defaultValue={motivation.name} fault={sending.at("name")} autoFocus /></div>
      {isNew && <When {...{ conditions, chosen, sending }} onChoose={setCondition} />}
      {isNew && <Whom {...{ motivation, roles, projects, isAdmin, sending }} />}
      {!isNew && <p className="loom-quiet is-wide">{chosen.meaning} What it waits for and whose it is stay what they are; make another one for that.</p>}
      {chosen.parameters.map((spec) => <Parameter key={`${condition}.${spec.name}`} spec={spec} value={isNew ? undefined : motivation.parameters[spec.name]} sending={sending} />)}
      <Field label="Cooldown" name="cooldown_minutes" defaultValue={minutesShown(motivation.cooldown_minutes ?? 60)} hint={`How long it is silent after it fired: 30, 4 h or 1:30.${motivation.cooldown_minutes > 1440 ? ` Now ${minutesWord(motivation.cooldown_minutes)}.` : ""}`} fault={sending.at("cooldown_minutes")} />
      <Field label="Priority" name="priority" type="number" min={0} max={100} required defaultValue={motivation.priority ?? 50} hint="0 to 100; the highest fire first." fault={sending.at("priority")} />
      <Does {...{ motivation, templates, sending }} />
      <div className="is-wide"><Field label="Description" name="description" as="textarea" rows={3} maxLength={4000} defaultValue={motivation.description} fault={sending.at("description")} /></div>
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide"><Buttons><button type="button" className="loom-button" onClick={onClose}>Cancel</button><Send sending={sending} word={isNew ? "Make it" : "Save"} busy="Saving…" /></Buttons></div>
    </form>
  );
}
