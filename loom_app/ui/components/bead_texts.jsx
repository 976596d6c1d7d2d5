// The long texts of a bead, read as markdown and written where they stand.

import { useState } from "react";
import { Changed } from "./bead_data.js";
import { Metadata } from "./bead_metadata.jsx";
import { Words } from "./diff.jsx";
import { useDraft } from "./drafts.js";
import { useFocusBack } from "./inplace.jsx";
import { Markdown } from "./markdown.jsx";
import { told } from "./undo.js";
import { Writing } from "./writing.jsx";

const TEXTS = [
  ["description", "Description", "What is wanted and why."],
  ["design", "Design", "How it is to be done."],
  ["acceptance_criteria", "Acceptance criteria", "How one can tell that it is finished."],
  ["notes", "Notes", "What came up on the way."],
];
const LONGEST = 100000;

// Both versions, and the choice between them. Nothing is lost: the own text stays in the editor until it is saved.
function Clash({ theirs, mine, onMine, onTheirs }) {
  return (
    <div className="loom-clash" role="alert">
      <p>Somebody changed this text while you were writing. Their version, and what yours would make of it:</p>
      <Words from={theirs} to={mine} label="From their version to yours" />
      <div className="loom-row">
        <button type="button" className="loom-button is-small is-main" onClick={onMine}>Save mine over theirs</button>
        <button type="button" className="loom-button is-small" onClick={onTheirs}>Take theirs</button>
        <span className="loom-quiet">or edit yours above until it holds both</span>
      </div>
    </div>
  );
}

function Editor({ field, title, hint, bead, change, names, draft, setDraft }) {
  const theirs = bead[field] || "";
  const clashing = theirs !== draft.base && theirs !== draft.text;
  const save = async (base = draft.base) => {
    const text = draft.text;
    if (text === theirs) return setDraft(null);
    try {
      await change({ [field]: text }, { seen: { [field]: base }, told: `${title} saved.` });
    } catch (error) {
      if (!(error instanceof Changed)) throw error;
      return undefined;
    }
    return setDraft((now) => (now && now.text !== text ? { ...now, base: text } : null));
  };
  const drop = (said) => {
    const kept = draft;
    setDraft(null);
    if (kept.text !== kept.base) told(said, async () => setDraft(kept));
  };
  return (
    <Writing label={title} button={{ word: "Save", disabled: clashing }} focus text={draft.text} names={names} maxLength={LONGEST} rows={8} placeholder={hint} onText={(text) => setDraft({ ...draft, text })} onSend={() => save()} onCancel={() => drop("Your changes are put aside.")}>
      {clashing && <Clash theirs={theirs} mine={draft.text} onMine={() => save(theirs)} onTheirs={() => drop("Their version stays.")} />}
    </Writing>
  );
}

function Text({ field, title, hint, bead, change, names, mayWrite }) {
  const [draft, setDraft] = useDraft(bead.id, field);
  const button = useFocusBack(Boolean(draft));
  const text = bead[field] || "";
  if (!text && !draft) return null;
  return (
    <section className="loom-text" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {mayWrite && !draft && <button ref={button} type="button" className="loom-button is-small is-plain" aria-label={`Edit: ${title}`} onClick={() => setDraft({ text, base: text })}>Edit</button>}
      </header>
      {draft && mayWrite ? <Editor {...{ field, title, hint, bead, change, names, draft, setDraft }} /> : <Markdown>{text}</Markdown>}
    </section>
  );
}

function Begin({ field, title, beadId }) {
  const [draft, setDraft] = useDraft(beadId, field);
  return draft ? null : <button type="button" className="loom-button is-small is-plain" onClick={() => setDraft({ text: "", base: "" })}>+ {title}</button>;
}

export function Texts({ bead, change, names, mayWrite }) {
  const [metadata, setMetadata] = useState(false);
  const missing = TEXTS.filter(([field]) => !bead[field]);
  const bare = Object.keys(bead.context).length === 0;
  return (
    <>
      {TEXTS.map(([field, title, hint]) => <Text key={field} {...{ field, title, hint, bead, change, names, mayWrite }} />)}
      <Metadata bead={bead} change={change} mayWrite={mayWrite} open={metadata} setOpen={setMetadata} />
      {mayWrite && (missing.length > 0 || bare) && (
        <div className="loom-row loom-begin" role="group" aria-label="What can be added">
          {missing.map(([field, title]) => <Begin key={field} field={field} title={title} beadId={bead.id} />)}
          {bare && !metadata && <button type="button" className="loom-button is-small is-plain" onClick={() => setMetadata(true)}>+ Metadata</button>}
        </div>
      )}
      {!mayWrite && missing.length === TEXTS.length && <p className="loom-empty">Nobody has described this bead yet.</p>}
    </>
  );
}

export function Title({ bead, change, mayWrite, id }) {
  const [draft, setDraft] = useDraft(bead.id, "title");
  const button = useFocusBack(Boolean(draft));
  const [fault, setFault] = useState("");
  if (!draft || !mayWrite)
    return (
      <div className="loom-title">
        <h1 id={id} dir="auto">{bead.title}</h1>
        {mayWrite && <button ref={button} type="button" className="loom-button is-small is-plain" aria-label="Edit: Title" onClick={() => setDraft({ text: bead.title, base: bead.title })}>Edit</button>}
      </div>
    );
  const save = async (event) => {
    event.preventDefault();
    setFault("");
    try {
      if (draft.text.trim() !== bead.title) await change({ title: draft.text.trim() }, { seen: { title: draft.base }, told: "Title saved." });
      setDraft(null);
    } catch (error) {
      if (error instanceof Changed) setDraft({ ...draft, base: error.bead.title });
      setFault(error instanceof Changed ? `Somebody made it “${error.bead.title}” meanwhile. Save again to have yours, or cancel to keep theirs.` : error.message);
    }
  };
  const cancel = () => {
    setDraft(null);
    if (draft.text !== draft.base) told("The title stays as it was.", async () => setDraft(draft));
  };
  const onKeyDown = (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    cancel();
  };
  return (
    <form className="loom-line" onSubmit={save} onKeyDown={onKeyDown}>
      <h1 id={id} className="loom-unseen">{bead.title}</h1>
      <input aria-label="Title" autoFocus dir="auto" required maxLength={500} value={draft.text} aria-invalid={fault ? true : undefined} onChange={(event) => setDraft({ ...draft, text: event.target.value })} />
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      <div className="loom-row">
        <button type="submit" className="loom-button is-small is-main">Save</button>
        <button type="button" className="loom-button is-small" onClick={cancel}>Cancel</button>
      </div>
    </form>
  );
}
