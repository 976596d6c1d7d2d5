// What earlier work in the project taught: found, written, changed where it stands, pinned, switched off.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { useFocusBack } from "./inplace.jsx";
import { Buttons, Confirm, Fault, Field, Send, mistake, useSending } from "./parts.jsx";
import { Loading } from "./project_overview.jsx";
import { send } from "./rest.js";

const KINDS = [
  ["test_failure", "Tests failed"], ["compiler_error", "Build failed"], ["edit_failure", "Edit refused"],
  ["loop_pattern", "Went in circles"], ["conversation_insight", "People said"], ["review", "Review"],
];
const NEW = { title: "", detail: "", category: "conversation_insight", files: [], relevance: 1 };
const word = (category) => KINDS.find(([one]) => one === category)?.[1] || category;
const times = (number) => (number === 0 ? "never" : number === 1 ? "once" : `${number} times`);
const at = (lesson) => `/api/v1/lessons/${encodeURIComponent(lesson.id)}`;

function weightOf(text) {
  const weight = Number(text);
  if (text.trim() === "" || !(weight >= 0 && weight <= 10)) throw mistake("relevance", "A number from 0 to 10.");
  return weight;
}

function Form({ lesson, onSave, onClose }) {
  const sending = useSending(async (typed) => {
    await onSave({
      title: typed.title.trim(), detail: typed.detail, category: typed.category, relevance: weightOf(typed.relevance),
      files: typed.files.split(/\n+/).map((path) => path.trim()).filter(Boolean),
    });
    onClose();
  }, { lesson_known: "title" });
  const onKeyDown = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  };
  return (
    <form className="loom-form is-pairs" onSubmit={sending.submit} onKeyDown={onKeyDown} aria-label={lesson.id ? `Change ${lesson.title}` : "New lesson"}>
      <div className="is-wide"><Field label="Lesson" name="title" required maxLength={200} defaultValue={lesson.title} fault={sending.at("title")} autoFocus /></div>
      <div className="is-wide"><Field label="What to know" name="detail" as="textarea" rows={5} maxLength={4000} defaultValue={lesson.detail} /></div>
      <Field label="Kind" name="category" as="select" defaultValue={lesson.category}>{KINDS.map(([value, name]) => <option key={value} value={value}>{name}</option>)}</Field>
      <Field label="Relevance" name="relevance" inputMode="decimal" defaultValue={lesson.relevance} hint="0 to 10; 1 is usual." fault={sending.at("relevance")} />
      <div className="is-wide"><Field label="Files" name="files" as="textarea" rows={2} defaultValue={lesson.files.join("\n")} hint="One a line. Work on them is told of this first." spellCheck={false} /></div>
      <div className="is-wide"><Fault>{sending.fault}</Fault></div>
      <div className="is-wide"><Buttons><button type="button" className="loom-button" onClick={onClose}>Cancel</button><Send sending={sending} word="Save" busy="Saving…" /></Buttons></div>
    </form>
  );
}

function One({ lesson, mayWrite, onChange, onDelete }) {
  const [open, setOpen] = useState(false);
  const edit = useFocusBack(open);
  if (open) return <tr><td colSpan={5}><Form lesson={lesson} onSave={(wanted) => onChange(lesson, wanted, true)} onClose={() => setOpen(false)} /></td></tr>;
  const flip = (name) => onChange(lesson, { [name]: !lesson[name] });
  return (
    <tr data-lesson={lesson.id} className={lesson.disabled ? "is-off" : undefined}>
      <td>
        <details className="loom-fold">
          <summary>{lesson.title}{lesson.pinned && <> <span className="loom-tag">pinned</span></>}{lesson.disabled && <> <span className="loom-tag">off</span></>}</summary>
          {lesson.detail ? <p className="loom-prose">{lesson.detail}</p> : <p className="loom-quiet">It says no more than its title.</p>}
          {lesson.files.length > 0 && <p className="loom-row">{lesson.files.map((path) => <code key={path}>{path}</code>)}</p>}
        </details>
      </td>
      <td data-label="Kind"><span className="loom-kind">{word(lesson.category)}</span></td>
      <td data-label="Weight">
        <div>
          <span title={`Relevance ${lesson.relevance}, ${lesson.pinned ? "does not age" : "half after seven days"}`}>{lesson.relevance_score.toFixed(2)}</span>{" "}
          <span className="loom-quiet">{lesson.source_run_id ? `learned ${times(lesson.hits)}, ` : ""}told {times(lesson.uses)}</span>
        </div>
      </td>
      <td data-label="From">
        <div>{lesson.source_bead_id ? <Link className="loom-id" to={`/beads/${encodeURIComponent(lesson.source_bead_id)}?tab=runs&run=${encodeURIComponent(lesson.source_run_id)}`}>{lesson.source_bead_id}</Link> : <span className="loom-quiet">by hand</span>} <Ago at={lesson.seen_at} /></div>
      </td>
      <td className="is-end">
        {mayWrite && (
          <div className="loom-row loom-actions">
            <button ref={edit} type="button" className="loom-button is-small" aria-label={`Edit ${lesson.title}`} onClick={() => setOpen(true)}>Edit</button>
            <button type="button" className="loom-button is-small" aria-pressed={lesson.pinned} aria-label={`Pin ${lesson.title}`} onClick={() => flip("pinned")}>{lesson.pinned ? "Unpin" : "Pin"}</button>
            <button type="button" className="loom-button is-small" aria-pressed={lesson.disabled} aria-label={`Switch off ${lesson.title}`} onClick={() => flip("disabled")}>{lesson.disabled ? "Switch on" : "Switch off"}</button>
            <button type="button" className="loom-button is-small is-danger" aria-label={`Delete ${lesson.title}`} onClick={() => onDelete(lesson)}>Delete</button>
          </div>
        )}
      </td>
    </tr>
  );
}

function Nothing({ asked }) {
  if (asked) return <p className="loom-empty">No lesson fits. Look for other words, or for any kind.</p>;
  return <p className="loom-empty">No lesson yet. Loom writes them by itself: when tests or a build that failed pass again, when an edit goes through at last, when a run went in circles, and from what reviews and people say. Whoever begins a bead is told those that matter for it. You can write one by hand, too.</p>;
}

export function Lessons({ path: api, beat, project, mayWrite }) {
  const [words, setWords] = useState("");
  const [kind, setKind] = useState("");
  const [adding, setAdding] = useState(false);
  const [leaving, setLeaving] = useState(null);
  const [refused, setRefused] = useState("");
  const add = useFocusBack(adding);
  const of = new URLSearchParams(Object.entries({ q: words.trim(), category: kind, limit: "200" }).filter(([, value]) => value));
  const [every, fault, ask] = useAnswer(`${api}/lessons?${of}`, beat);
  const change = async (lesson, wanted, throws) => {
    try {
      await send("PATCH", at(lesson), wanted);
      setRefused("");
    } catch (error) {
      if (throws) throw error;
      setRefused(error.message);
    }
    await ask();
  };
  const create = async (wanted) => {
    await send("POST", `${api}/lessons`, wanted);
    await ask();
  };
  return (
    <section className="loom-panel" aria-labelledby="project-lessons">
      <header className="loom-row is-between">
        <h2 id="project-lessons">Lessons</h2>
        {mayWrite && project.status !== "closed" && <button ref={add} type="button" className="loom-button is-main" disabled={adding} onClick={() => setAdding(true)}>New lesson</button>}
      </header>
      <div className="loom-filters" role="search">
        <input type="search" aria-label="Look for lessons" placeholder="Words, files, errors" value={words} maxLength={500} onChange={(event) => setWords(event.target.value)} />
        <select aria-label="Kind of lesson" value={kind} onChange={(event) => setKind(event.target.value)}>
          <option value="">every kind</option>
          {KINDS.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
        </select>
      </div>
      {adding && <Form lesson={NEW} onSave={create} onClose={() => setAdding(false)} />}
      <Fault>{refused}</Fault>
      {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>}
      {!every && !fault && <Loading />}
      {every?.length === 0 && <Nothing asked={Boolean(words.trim() || kind)} />}
      {every?.length > 0 && (
        <table className="loom-table is-stacked">
          <thead><tr><th scope="col">Lesson</th><th scope="col">Kind</th><th scope="col">Weight</th><th scope="col">From</th><th scope="col" aria-label="Actions" /></tr></thead>
          <tbody>{every.map((one) => <One key={one.id} lesson={one} mayWrite={mayWrite} onChange={change} onDelete={setLeaving} />)}</tbody>
        </table>
      )}
      <Confirm open={leaving !== null} title={`Delete ${leaving?.title || ""}`} action="Delete" onClose={() => setLeaving(null)} onConfirm={async () => { await send("DELETE", at(leaving)); await ask(); }}>
        <p>What happens again is learned again. Switch it off instead if nobody is to be told of it.</p>
      </Confirm>
    </section>
  );
}
