// Milestones along their dates: how far each is, changed where it stands.

import { useState } from "react";
import { Link } from "react-router";
import { useAnswer } from "./bead_data.js";
import { Dialog } from "./dialog.jsx";
import { Buttons, Confirm, Fault, Field, Send, mistake, useSending } from "./parts.jsx";
import { Loading } from "./project_overview.jsx";
import { send } from "./rest.js";
import { momentRead, momentShown, momentTyped } from "./units.js";

const TYPES = [["custom", "Custom"], ["release", "Release"], ["sprint_end", "End of a sprint"], ["quarterly_review", "Quarterly review"], ["annual_review", "Annual review"]];
const STATUSES = [["planned", "Planned"], ["in_progress", "In progress"], ["complete", "Complete"], ["missed", "Missed"], ["cancelled", "Cancelled"]];
const TONE = { planned: "open", in_progress: "in_progress", complete: "done", missed: "bad", cancelled: "closed" };
const URGENT = { low: "30 days or less", medium: "14 days or less", high: "7 days or less", critical: "3 days or less" };
const word = (pairs, value) => pairs.find(([one]) => one === value)?.[1] || value;
const moment = (text, place) => {
  try {
    return momentRead(text);
  } catch (error) {
    throw mistake(place, error.message);
  }
};

function Form({ api, milestone, every, onDone, onClose }) {
  const sending = useSending(async (typed, form) => {
    const wanted = {
      name: typed.name.trim(), description: typed.description, type: typed.type, status: typed.status,
      due_date: moment(typed.due, "due"), start_date: moment(typed.start, "start"), parent_id: typed.parent || null,
      bead_ids: typed.beads.split(/[\s,]+/).filter(Boolean),
      depends_on: [...form.elements.after.selectedOptions].map((option) => option.value),
    };
    if (milestone.id) await send("PATCH", `/api/v1/milestones/${encodeURIComponent(milestone.id)}`, wanted);
    else await send("POST", `${api}/milestones`, wanted);
    await onDone();
    onClose();
  }, { dates_reversed: "start", unknown_milestone: "beads", bead_not_found: "beads", milestone_cycle: "after" });
  const others = every.filter((one) => one.id !== milestone.id);
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit}>
      <div className="is-wide"><Field label="Name" name="name" required maxLength={200} defaultValue={milestone.name} autoFocus /></div>
      <Field label="Due" name="due" type="datetime-local" defaultValue={momentTyped(milestone.due_date)} fault={sending.at("due")} />
      <Field label="Begins" name="start" type="datetime-local" defaultValue={momentTyped(milestone.start_date)} fault={sending.at("start")} />
      <Field label="Kind" name="type" as="select" defaultValue={milestone.type}>{TYPES.map(([value, name]) => <option key={value} value={value}>{name}</option>)}</Field>
      <Field label="Status" name="status" as="select" defaultValue={milestone.status}>{STATUSES.map(([value, name]) => <option key={value} value={value}>{name}</option>)}</Field>
      <div className="is-wide"><Field label="Description" name="description" as="textarea" rows={3} maxLength={20000} defaultValue={milestone.description} /></div>
      <div className="is-wide"><Field label="Beads" name="beads" as="textarea" rows={2} defaultValue={milestone.bead_ids.join(" ")} hint="Ids with blanks between them. How many are done is how far the milestone is." fault={sending.at("beads")} spellCheck={false} /></div>
      <Field label="Part of" name="parent" as="select" defaultValue={milestone.parent_id || ""}><option value="">nothing larger</option>{others.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</Field>
      <Field label="After" name="after" as="select" multiple size={Math.min(4, Math.max(2, others.length))} defaultValue={milestone.depends_on} hint="What is to be reached first." fault={sending.at("after")}>{others.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}</Field>
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide"><Buttons><button type="button" className="loom-button" onClick={onClose}>Cancel</button><Send sending={sending} word="Save" busy="Saving…" /></Buttons></div>
    </form>
  );
}

function Progress({ progress }) {
  if (progress.total === 0) return <span className="loom-quiet">no beads yet</span>;
  return <span className="loom-epic"><progress max={progress.total} value={progress.done} aria-label="Beads done" /> {progress.done} of {progress.total} done</span>;
}

function One({ milestone, every, mayWrite, onEdit, onStatus, onDelete }) {
  const name = (id) => every.find((one) => one.id === id)?.name || id;
  return (
    <li className={`loom-milestone is-${milestone.urgency}`} data-milestone={milestone.id}>
      <div className="loom-milestone-when">
        {milestone.due_date ? <time dateTime={milestone.due_date}>{momentShown(milestone.due_date)}</time> : <span className="loom-quiet">no date</span>}
        {URGENT[milestone.urgency] && <span className={`loom-urgency is-${milestone.urgency}`} title={URGENT[milestone.urgency]}>{milestone.urgency}</span>}
      </div>
      <div className="loom-stack">
        <div className="loom-row"><h3>{milestone.name}</h3> <span className="loom-kind">{word(TYPES, milestone.type)}</span>
          {mayWrite ? (
            <select className={`loom-status is-${TONE[milestone.status]}`} aria-label={`Status of ${milestone.name}`} value={milestone.status} onChange={(event) => onStatus(event.target.value)}>
              {STATUSES.map(([value, said]) => <option key={value} value={value}>{said}</option>)}
            </select>
          ) : <span className={`loom-status is-${TONE[milestone.status]}`}>{word(STATUSES, milestone.status)}</span>}
        </div>
        {milestone.description && <p className="loom-prose">{milestone.description}</p>}
        <p className="loom-row"><Progress progress={milestone.progress} />
          {milestone.parent_id && <span className="loom-quiet">part of {name(milestone.parent_id)}</span>}
          {milestone.waits_for.length > 0 && <span className="loom-quiet">waits for {milestone.waits_for.map(name).join(", ")}</span>}
        </p>
        {milestone.bead_ids.length > 0 && <p className="loom-row">{milestone.bead_ids.slice(0, 12).map((id) => <Link key={id} className="loom-id" to={`/beads/${encodeURIComponent(id)}`}>{id}</Link>)}{milestone.bead_ids.length > 12 && <span className="loom-quiet">and {milestone.bead_ids.length - 12} more</span>}</p>}
        {mayWrite && <div className="loom-row"><button type="button" className="loom-button is-small" aria-label={`Edit ${milestone.name}`} onClick={onEdit}>Edit</button><button type="button" className="loom-button is-small is-danger" aria-label={`Delete ${milestone.name}`} onClick={onDelete}>Delete</button></div>}
      </div>
    </li>
  );
}

const NEW = { name: "", description: "", type: "custom", status: "planned", bead_ids: [], depends_on: [], parent_id: "" };

export function Milestones({ path: api, beat, load, mayWrite: may, project }) {
  const [every, fault, ask] = useAnswer(`${api}/milestones`, beat);
  const [edited, setEdited] = useState(null);
  const [leaving, setLeaving] = useState(null);
  const [refused, setRefused] = useState("");
  const mayWrite = may;
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>;
  if (!every) return <Loading />;
  const done = async () => {
    await ask();
    await load();
  };
  const status = async (milestone, wanted) => {
    try {
      await send("PATCH", `/api/v1/milestones/${encodeURIComponent(milestone.id)}`, { status: wanted });
      setRefused("");
    } catch (error) {
      setRefused(error.message);
    }
    await done();
  };
  return (
    <section className="loom-panel" aria-labelledby="project-milestones">
      <header className="loom-row is-between"><h2 id="project-milestones">Milestones</h2>{mayWrite && project.status !== "closed" && <button type="button" className="loom-button is-main" onClick={() => setEdited(NEW)}>New milestone</button>}</header>
      <Fault>{refused}</Fault>
      {every.length === 0 && <p className="loom-empty">No milestone yet. One says what is to be reached by when; the beads put on it tell how far it is.</p>}
      <ol className="loom-timeline">
        {every.map((one) => <One key={one.id} milestone={one} every={every} mayWrite={mayWrite} onEdit={() => setEdited(one)} onStatus={(wanted) => status(one, wanted)} onDelete={() => setLeaving(one)} />)}
      </ol>
      <Dialog open={edited !== null} title={edited?.id ? `Edit ${edited.name}` : "New milestone"} onClose={() => setEdited(null)}>
        {edited && <Form api={api} milestone={edited} every={every} onDone={done} onClose={() => setEdited(null)} />}
      </Dialog>
      <Confirm open={leaving !== null} title={`Delete ${leaving?.name || ""}`} action="Delete" onClose={() => setLeaving(null)} onConfirm={async () => { await send("DELETE", `/api/v1/milestones/${encodeURIComponent(leaving.id)}`); await done(); }}>
        <p>Its beads stay and count towards no milestone then.</p>
      </Confirm>
    </section>
  );
}
