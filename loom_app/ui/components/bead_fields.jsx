// The short fields of a bead beside its texts, each changed where it stands.

import { useCallback, useState } from "react";
import { Ago } from "./ago.jsx";
import { Status } from "./bead_status.jsx";
import { InPlace, Line } from "./inplace.jsx";
import { Picker } from "./picker.jsx";
import { get } from "./rest.js";
import { minutesRead, minutesShown, momentRead, momentShown, momentTyped } from "./units.js";

const PRIORITIES = ["P0, at once", "P1, soon", "P2, usual", "P3, later", "P4, some day"];
const TYPES = ["task", "bug", "feature", "epic", "chore"];
const NOBODY = { id: "", name: "Nobody" };
const UNSET = <span className="loom-quiet">None</span>;

function Row({ label, fault, children }) {
  return (
    <div className="loom-fact">
      <dt>{label}</dt>
      <dd>
        {children}
        {fault && <span className="loom-fault-line" role="alert">{fault}</span>}
      </dd>
    </div>
  );
}

// A change made by one click: shown at once, taken back with the reason when it is refused.
function useSetting(bead, change) {
  const [fault, setFault] = useState({});
  const set = useCallback(async (field, value, told) => {
    setFault({});
    try {
      await change({ [field]: value }, { seen: { [field]: bead[field] }, told });
    } catch (error) {
      setFault({ [field]: error.message });
    }
  }, [bead, change]);
  return [set, fault];
}

function Select({ label, value, options, disabled, onChange }) {
  return (
    <select className="loom-value" aria-label={label} value={value} disabled={disabled} onChange={(event) => onChange(event.target.value)}>
      {options.map(([id, name]) => <option key={id} value={id}>{name}</option>)}
    </select>
  );
}

function Kind({ bead, mayWrite, set }) {
  const [other, setOther] = useState(false);
  if (!mayWrite) return <span className="loom-value is-fixed">{bead.type}</span>;
  if (other) return <Line label="Type" initial="" hint="Small letters, digits, - and _." pattern="[a-z][a-z0-9_\-]{0,49}" required onSave={(type) => set("type", type, `Type is ${type} now.`)} onClose={() => setOther(false)} />;
  const known = TYPES.includes(bead.type) ? TYPES : [...TYPES, bead.type];
  const options = [...known.map((type) => [type, type.charAt(0).toUpperCase() + type.slice(1)]), ["…", "Another …"]];
  return <Select label="Type" value={bead.type} options={options} onChange={(type) => (type === "…" ? setOther(true) : set("type", type, `Type is ${type} now.`))} />;
}

function Assignee({ bead, names, me, mayWrite, set }) {
  const options = [
    NOBODY,
    ...names.people.map((person) => ({ id: person.user_id, name: person.username, hint: person.user_id === me?.id ? "you" : "person" })),
    ...names.agents.map((agent) => ({ id: agent.id, name: agent.name, hint: agent.role || "agent" })),
  ];
  const shown = bead.assigned_to ? names.name(bead.assigned_to) : UNSET;
  return (
    <InPlace label="assignee" shown={shown} mayWrite={mayWrite}>
      {(close) => (
        <Picker label="Assign to" options={options} empty="No agent or person of this project is called that." onCancel={close} onPick={(option) => {
          close();
          set("assigned_to", option.id, option.id ? `Assigned to ${option.name}.` : "Assigned to nobody.");
        }} />
      )}
    </InPlace>
  );
}

function Tags({ bead, mayWrite, set }) {
  const [open, setOpen] = useState(false);
  const find = useCallback(async (text, signal) => {
    const { body } = await get(`/api/v1/beads?limit=200&sort=updated&project_id=${encodeURIComponent(bead.project_id)}`, signal);
    const known = [...new Set(body.flatMap((one) => one.tags))].filter((tag) => !bead.tags.includes(tag) && tag.toLowerCase().includes(text.toLowerCase()));
    return known.sort().map((tag) => ({ id: tag, name: tag }));
  }, [bead.project_id, bead.tags]);
  const put = (tags, told) => set("tags", tags, told);
  return (
    <div className="loom-chips">
      {bead.tags.map((tag) => (
        <span key={tag} className="loom-tag">
          {tag}
          {mayWrite && <button type="button" aria-label={`Remove the tag ${tag}`} onClick={() => put(bead.tags.filter((one) => one !== tag), `The tag ${tag} is gone.`)}>×</button>}
        </span>
      ))}
      {!mayWrite && bead.tags.length === 0 && UNSET}
      {mayWrite && !open && <button type="button" className="loom-button is-small is-plain" aria-label="Add a tag" onClick={() => setOpen(true)}>+ Tag</button>}
      {open && (
        <Picker label="Add a tag" find={find} free={(text) => (bead.tags.includes(text) ? null : { id: text.slice(0, 100), name: text.slice(0, 100), hint: "new" })} empty="Type a new tag." onCancel={() => setOpen(false)} onPick={(tag) => bead.tags.includes(tag.id) || put([...bead.tags, tag.id], `Tagged ${tag.name}.`)} />
      )}
    </div>
  );
}

function Moment({ bead, field, label, mayWrite, change }) {
  const at = bead[field];
  const late = field === "due_date" && at && bead.status !== "done" && new Date(at) < new Date();
  return (
    <InPlace label={label} shown={at ? <><time dateTime={at} title={new Date(at).toLocaleString()}>{momentShown(at)}</time>{late && <strong className="loom-late"> overdue</strong>}</> : UNSET} mayWrite={mayWrite}>
      {(close) => (
        <Line label={label} type="datetime-local" initial={momentTyped(at)} read={momentRead} clearable max="9999-12-31T23:59" onClose={close} onSave={(value) => change({ [field]: value }, { seen: { [field]: at }, told: value ? `${label}: ${momentShown(value)}.` : `${label}: no more.` })} />
      )}
    </InPlace>
  );
}

function Estimate({ bead, mayWrite, change }) {
  const minutes = bead.estimated_time;
  return (
    <InPlace label="estimate" shown={minutesShown(minutes) || UNSET} mayWrite={mayWrite}>
      {(close) => (
        <Line label="Estimate" initial={minutesShown(minutes)} hint="For example 90, 1:30 or 2 h." read={minutesRead} clearable onClose={close} onSave={(value) => change({ estimated_time: value }, { seen: { estimated_time: minutes }, told: value === null ? "No estimate any more." : `Estimate: ${minutesShown(value)}.` })} />
      )}
    </InPlace>
  );
}

function Words({ bead, field, label, mayWrite, change }) {
  const value = bead[field] || "";
  const address = /^https?:\/\//.test(value);
  return (
    <>
      <InPlace label={label} shown={value || UNSET} mayWrite={mayWrite}>
        {(close) => <Line label={label} initial={value} maxLength={200} clearable onClose={close} onSave={(text) => change({ [field]: text }, { seen: { [field]: bead[field] }, told: `${label}: ${text || "none"}.` })} />}
      </InPlace>
      {address && <a href={value} target="_blank" rel="noopener noreferrer nofollow" aria-label={`Open ${label}`}>Open</a>}
    </>
  );
}

export function Fields({ bead, change, names, me, mayWrite }) {
  const [set, fault] = useSetting(bead, change);
  const editing = { bead, mayWrite, change };
  const projects = names.projects.some((one) => one.id === bead.project_id) ? names.projects : [{ id: bead.project_id, name: bead.project_id }, ...names.projects];
  return (
    <dl className="loom-fields" aria-label="Fields">
      <Row label="Status"><Status {...editing} /></Row>
      <Row label="Priority" fault={fault.priority}>
        {mayWrite ? <Select label="Priority" value={String(bead.priority)} options={PRIORITIES.map((name, index) => [String(index), name])} onChange={(value) => set("priority", Number(value), `Priority is P${value} now.`)} /> : <span className="loom-value is-fixed">{PRIORITIES[bead.priority]}</span>}
      </Row>
      <Row label="Type" fault={fault.type}><Kind bead={bead} mayWrite={mayWrite} set={set} /></Row>
      <Row label="Assignee" fault={fault.assigned_to}><Assignee bead={bead} names={names} me={me} mayWrite={mayWrite} set={set} /></Row>
      {"owner" in bead && <Row label="Owner"><Words {...editing} field="owner" label="Owner" /></Row>}
      <Row label="Tags" fault={fault.tags}><Tags bead={bead} mayWrite={mayWrite} set={set} /></Row>
      <Row label="Estimate"><Estimate {...editing} /></Row>
      <Row label="Due"><Moment {...editing} field="due_date" label="Due" /></Row>
      <Row label="Deferred until"><Moment {...editing} field="defer_until" label="Deferred until" /></Row>
      <Row label="External reference"><Words {...editing} field="external_ref" label="External reference" /></Row>
      <Row label="Project" fault={fault.project_id}>
        {mayWrite ? <Select label="Project" value={bead.project_id} options={projects.map((one) => [one.id, one.name])} onChange={(id) => set("project_id", id, `${bead.id} is in ${id} now.`)} /> : <span className="loom-value is-fixed">{bead.project_id}</span>}
      </Row>
      <Row label="Created"><span className="loom-value is-fixed"><Ago at={bead.created_at} />{bead.created_by && ` by ${names.name(bead.created_by)}`}</span></Row>
      <Row label="Changed"><span className="loom-value is-fixed"><Ago at={bead.updated_at} /></span></Row>
      {bead.closed_at && <Row label="Closed"><span className="loom-value is-fixed"><Ago at={bead.closed_at} />{bead.close_reason && `: ${bead.close_reason}`}</span></Row>}
    </dl>
  );
}
