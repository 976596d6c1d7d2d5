// The whole file of a persona, changed beside its preview. What is typed outlives a reload; who was quicker is told.

import { useEffect, useState } from "react";
import { useDraft, useLeavingAsks } from "./drafts.js";
import { Diff } from "./diff.jsx";
import { Markdown } from "./markdown.jsx";
import { Fault } from "./parts.jsx";
import { get, send } from "./rest.js";
import { told } from "./undo.js";

const CHECK_MS = 400;
const path = (name) => `/api/v1/personas/${name.split("/").map(encodeURIComponent).join("/")}`;

// {problem, persona} of the text as it stands, a moment after one stopped typing.
function useChecked(name, text) {
  const [checked, setChecked] = useState(null);
  useEffect(() => {
    if (text === null) return undefined;
    let over = false;
    const timer = setTimeout(() => {
      send("POST", "/api/v1/personas/preview", { name, text }).then(
        ({ body }) => over || setChecked(body),
        (error) => over || setChecked({ problem: error.message, persona: null }),
      );
    }, CHECK_MS);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [name, text]);
  return checked;
}

function Preview({ checked }) {
  if (!checked) return <div className="loom-skeleton" role="status" aria-label="Loading" />;
  if (checked.problem) return <p className="loom-fault-line" role="alert">{checked.problem}</p>;
  const { persona } = checked;
  return (
    <div className="loom-stack">
      <p><strong>{persona.metadata.role || persona.role}</strong> <span className="loom-quiet">autonomy {persona.autonomy_level}{persona.specialties.length > 0 && ` · ${persona.specialties.join(", ")}`}</span></p>
      <p className="loom-sub">{persona.description}</p>
      <Markdown>{persona.instructions}</Markdown>
    </div>
  );
}

// Somebody else was quicker: what they did, and the two ways on.
function Overtaken({ name, base, problem, onKeep, onTake }) {
  const [change, setChange] = useState(null);
  useEffect(() => {
    get(`${path(name)}/revisions/${problem.revision}?against=${base}`).then(({ body }) => setChange(body.diff), () => setChange(""));
  }, [name, base, problem.revision]);
  return (
    <section className="loom-stack loom-overtaken" aria-label="Changed meanwhile">
      <p className="loom-fault-line" role="alert">{problem.detail}</p>
      {change !== null && <Diff text={change} />}
      <div className="loom-row">
        <button type="button" className="loom-button" onClick={onKeep}>Save mine on top</button>
        <button type="button" className="loom-button" onClick={onTake}>Take theirs, drop mine</button>
      </div>
    </section>
  );
}

export function PersonaEditor({ name, revision, agents, onSaved, onRevisions }) {
  const [file, setFile] = useState(null);
  const [fault, setFault] = useState("");
  const [overtaken, setOvertaken] = useState(null);
  const [busy, setBusy] = useState(false);
  const [note, setNote] = useState("");
  const [draft, setDraft] = useDraft(`persona:${name}`, "text");
  const load = async () => {
    try {
      const { body } = await get(`${path(name)}/file`);
      setFile(body);
      setFault("");
      return body;
    } catch (error) {
      setFault(error.message);
      return null;
    }
  };
  useEffect(() => {
    load();
  }, [name]);
  const text = draft?.text ?? file?.text ?? null;
  const unsaved = Boolean(file && draft && draft.text !== file.text);
  useLeavingAsks(unsaved);
  const checked = useChecked(name, text);
  if (!file) return fault ? <p className="loom-fault-line" role="alert">{fault} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></p> : <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  if (!file.may_change) return <p className="loom-hint">Agents of every project work by this persona, so only an administrator or who made it changes it. Clone it and change the copy.</p>;
  const base = draft?.base ?? file.revision;
  const type = (value) => setDraft({ text: value, base });
  const save = async (on = base) => {
    setBusy(true);
    setFault("");
    try {
      const { body } = await send("PUT", path(name), { text, base_revision: on, note: note.trim() });
      setDraft(null);
      setNote("");
      setOvertaken(null);
      await load();
      told(`${name} saved as revision ${body.revision}. Runs that begin from now on work by it.`);
      onSaved();
    } catch (error) {
      if (error.problem?.code === "persona_changed") setOvertaken(error.problem);
      else setFault(error.message);
    }
    setBusy(false);
  };
  const take = async () => {
    setDraft(null);
    setOvertaken(null);
    await load();
  };
  const onKeyDown = (event) => {
    if (event.key !== "s" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (unsaved && !busy) save();
  };
  return (
    <form className="loom-stack" onSubmit={(event) => { event.preventDefault(); save(); }} onKeyDown={onKeyDown}>
      {!unsaved && revision > file.revision && <p className="loom-hint" role="status">It was changed meanwhile. <button type="button" className="loom-plain" onClick={take}>Show it as it is now</button></p>}
      {unsaved && revision > base && !overtaken && <p className="loom-hint" role="status">It was changed meanwhile; saving shows you what by. <button type="button" className="loom-plain" onClick={onRevisions}>Look now</button></p>}
      <div className="loom-persona-editor">
        <label className="loom-field">
          <span>{file.path}</span>
          <textarea value={text} onChange={(event) => type(event.target.value)} spellCheck={false} rows={26} maxLength={65536} aria-invalid={checked?.problem ? true : undefined} className="loom-secret" />
        </label>
        <section aria-label="Preview" className="loom-persona-preview" tabIndex={0}><Preview checked={checked} /></section>
      </div>
      {overtaken && <Overtaken name={name} base={base} problem={overtaken} onKeep={() => save(overtaken.revision)} onTake={take} />}
      <Fault>{fault}</Fault>
      <div className="loom-row loom-persona-save">
        <label className="loom-field"><span>Why, for the list of revisions</span><input value={note} onChange={(event) => setNote(event.target.value)} maxLength={500} autoComplete="off" /></label>
        <button type="submit" className="loom-button is-main" disabled={busy || !unsaved || Boolean(checked?.problem)}>{busy ? "Saving…" : "Save"}</button>
        {unsaved && <button type="button" className="loom-button" onClick={take}>Drop my changes</button>}
      </div>
      <p className="loom-quiet">{agents.length === 0 ? "No agent you see works by it yet." : `${agents.length === 1 ? "1 agent" : `${agents.length} agents`} you see work by it; runs that are on keep the revision they began with.`} Ctrl S saves.</p>
    </form>
  );
}
