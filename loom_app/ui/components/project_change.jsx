// Changing files by hand: one file in its text, a new one, or a unified diff.

import { useEffect, useState } from "react";
import { useAnswer } from "./bead_data.js";
import { Diff } from "./diff.jsx";
import { useDraft, useLeavingAsks, useUnsaved } from "./drafts.js";
import { Fault, Field } from "./parts.jsx";
import { Loading } from "./project_overview.jsx";
import { patchOf, Proposal, Sent } from "./project_patch.jsx";
import { get } from "./rest.js";

export const LONGEST_EDITED = 500000; // bytes: a patch has to stay below a million characters
const ROWS = 24;

// What others made of the file since one began, once a patch of it was refused.
function Meanwhile({ api, path, base, onTake }) {
  const [newest, setNewest] = useState(null);
  useEffect(() => {
    const gone = new AbortController();
    get(`${api}/files/read?path=${encodeURIComponent(path)}`, gone.signal).then(({ body }) => setNewest(body.content), () => undefined);
    return () => gone.abort();
  }, [api, path]);
  const patch = newest === null || newest === base ? "" : patchOf(path, base, newest);
  if (!patch) return null;
  return (
    <details className="loom-fold" open>
      <summary>What others changed in it since you began</summary>
      <Diff text={patch} />
      <p><button type="button" className="loom-button is-small" onClick={() => onTake(newest)}>Compare mine with the newest</button> <span className="loom-quiet">What is undone of theirs then shows below; put it into your text.</span></p>
    </details>
  );
}

function Editor({ project, api, path: given, content, onSent, onClose }) {
  const isNew = content === null;
  const [path, setPath] = useState(given);
  const [draft, setDraft] = useDraft(`project ${project.id}`, isNew ? "new file" : given);
  const { text, base } = draft || { text: content || "", base: content || "" };
  const [refused, setRefused] = useState(null);
  useLeavingAsks(useUnsaved(`project ${project.id}`));
  const named = path.trim().replace(/^\/+/, "");
  const patch = isNew ? (named && text ? patchOf(named, null, text) : "") : patchOf(named, base, text);
  const done = (body) => {
    setDraft(null);
    onSent(body);
  };
  return (
    <section className="loom-panel" aria-label={isNew ? "A new file" : `Editing ${given}`}>
      <header className="loom-row is-between">
        <h2>{isNew ? "A new file" : <>Editing <code>{given}</code></>}</h2>
        <button type="button" className="loom-button" onClick={() => {
          setDraft(null);
          onClose();
        }}>{draft ? "Throw away" : "Cancel"}</button>
      </header>
      {isNew && <Field label="Path" value={path} onChange={(event) => setPath(event.target.value)} maxLength={1000} placeholder="docs/recipe.md" spellCheck={false} autoFocus />}
      <textarea className="loom-editor" rows={ROWS} value={text} spellCheck={false} autoCapitalize="none" autoCorrect="off" wrap="off" aria-label="Text of the file" autoFocus={!isNew} onChange={(event) => setDraft({ text: event.target.value, base })} />
      {!isNew && (refused || base !== content) && <Meanwhile key={refused?.at} {...{ api, path: given, base }} onTake={(newest) => setDraft({ text, base: newest })} />}
      {patch === null && <p className="loom-fault-line">So much is different that it cannot be compared here. Send it as a patch of git’s own instead.</p>}
      {patch === "" && <p className="loom-quiet">{isNew && !named ? "Give it a path." : isNew ? "Write something into it." : "Nothing is changed yet."}</p>}
      {patch && <Proposal {...{ api, patch }} strategy={project.git_strategy} branch={project.branch} onSent={done} onRefused={(error) => error.status === 409 && setRefused({ at: Date.now() })} />}
    </section>
  );
}

function Pasted({ project, api, onSent, onClose }) {
  const [draft, setDraft] = useDraft(`project ${project.id}`, "patch");
  const text = draft?.text || "";
  useLeavingAsks(useUnsaved(`project ${project.id}`));
  const isPatch = /^(\+\+\+ |rename to )/m.test(text);
  const taken = async (event) => {
    const [file] = event.target.files;
    if (file) setDraft({ text: await file.text(), base: "" });
    event.target.value = "";
  };
  return (
    <section className="loom-panel" aria-label="A patch">
      <header className="loom-row is-between">
        <h2>A patch</h2>
        <button type="button" className="loom-button" onClick={() => {
          setDraft(null);
          onClose();
        }}>{text ? "Throw away" : "Cancel"}</button>
      </header>
      <p className="loom-quiet">A unified diff against {project.branch}, as <code>git diff</code> prints it. All of it is applied or nothing.</p>
      <textarea className="loom-editor" rows={14} value={text} maxLength={1000000} spellCheck={false} wrap="off" aria-label="Unified diff" placeholder={"--- a/recipe.md\n+++ b/recipe.md\n@@ -1 +1 @@\n-500 g flour\n+450 g flour"} autoFocus onChange={(event) => setDraft({ text: event.target.value, base: "" })} />
      <label className="loom-field">Or from a file <input type="file" accept=".patch,.diff,text/plain" onChange={taken} /></label>
      {text.trim() && !isPatch && <p className="loom-fault-line" role="status">This is no unified diff: it needs lines that begin with --- and +++ to name the files.</p>}
      {isPatch && <Proposal api={api} patch={text} strategy={project.git_strategy} branch={project.branch} onRefused={() => undefined} onSent={(body) => {
        setDraft(null);
        onSent(body);
      }} />}
    </section>
  );
}

// A file as it was when one began; what is written of it is kept meanwhile.
function Edited({ api, path, ...rest }) {
  const [file, fault, ask] = useAnswer(`${api}/files/read?path=${encodeURIComponent(path)}`, 1);
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>;
  if (!file) return <Loading />;
  if (file.content === null || file.size > LONGEST_EDITED) return <p className="loom-empty">This file cannot be edited here: it is {file.content === null ? "binary" : "too large"}. Commit it with git.</p>;
  return <Editor key={path} {...{ api, path, ...rest }} content={file.content} />;
}

// `place.edit` is file, new or patch, `place.patch` the patch that was sent.
export function Change({ project, api, beat, place, go }) {
  const path = place.path.replace(/\/+$/, "");
  const folder = place.path.endsWith("/") ? place.path : "";
  const onSent = (body) => go({ patch: body.patch_id });
  const onClose = () => go({ edit: "", patch: "" });
  if (place.patch) return <Sent key={place.patch} {...{ api, beat, go }} id={place.patch} onAgain={() => go({ patch: "" })} />;
  if (place.edit === "patch") return <Pasted {...{ project, api, onSent, onClose }} />;
  if (place.edit === "new") return <Editor {...{ project, api, onSent, onClose }} path={folder} content={null} />;
  return <Edited {...{ project, api, path, onSent, onClose }} />;
}
