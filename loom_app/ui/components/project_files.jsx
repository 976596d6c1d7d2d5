// The files of a project at a branch or commit: folder by folder, one file with its lines, and a search.

import { useEffect, useMemo, useRef, useState } from "react";
import { useAnswer } from "./bead_data.js";
import { Fault } from "./parts.jsx";
import { Change, LONGEST_EDITED } from "./project_change.jsx";
import { Loading, Unread } from "./project_overview.jsx";
import { Patches } from "./project_patch.jsx";
import { Painted, usePaint } from "./syntax.jsx";

const MARK = { directory: "▸", file: "·", link: "↗", submodule: "⧉" };
const MOST = 2000;
const LONGEST_LINES = 20000;
const SIZES = [[1e6, "MB"], [1e3, "kB"]];

const size = (bytes) => {
  const [unit, word] = SIZES.find(([least]) => bytes >= least) || [1, "B"];
  return `${unit === 1 ? bytes : (bytes / unit).toFixed(1)} ${word}`;
};
const query = (fields) => new URLSearchParams(Object.entries(fields).filter(([, value]) => value !== "" && value !== undefined)).toString();
const isFile = (path, listing) => listing.find((entry) => entry.path === path)?.type !== "directory";

function Crumbs({ path, go }) {
  const parts = path ? path.split("/") : [];
  return (
    <nav className="loom-crumbs" aria-label="Path">
      <button type="button" className="loom-button is-plain is-small" onClick={() => go({ path: "", line: "" })}>top</button>
      {parts.map((part, at) => (
        <span key={at}> / {at === parts.length - 1 ? <strong>{part}</strong> : <button type="button" className="loom-button is-plain is-small" onClick={() => go({ path: parts.slice(0, at + 1).join("/") + "/", line: "" })}>{part}</button>}</span>
      ))}
    </nav>
  );
}

function Folder({ path, listing, go }) {
  if (listing.length === 0) return <p className="loom-empty">{path ? "This folder is empty at this commit." : "The repository has no files yet. The first finished bead or patch brings some."}</p>;
  const ordered = [...listing].sort((one, other) => (other.type === "directory") - (one.type === "directory"));
  return (
    <ul className="loom-files">
      {ordered.map((entry) => (
        <li key={entry.path}>
          <button type="button" className={`is-${entry.type}`} onClick={() => go({ path: entry.type === "directory" ? `${entry.path}/` : entry.path, line: "" })}>
            <span aria-hidden="true">{MARK[entry.type]}</span> <span>{entry.path.split("/").pop()}{entry.type === "directory" && "/"}</span>
          </button>
          <span className="loom-quiet">{entry.type === "link" ? "link" : entry.size === null ? "" : size(entry.size)}</span>
        </li>
      ))}
    </ul>
  );
}

function Text({ path, content, line, onLine }) {
  const chosen = useRef(null);
  const paint = usePaint(path);
  const painted = useMemo(() => paint(content), [paint, content]);
  useEffect(() => {
    chosen.current?.scrollIntoView({ block: "center" });
  }, [content, line]);
  const lines = content.replace(/\n$/, "").split("\n");
  const shown = lines.slice(0, LONGEST_LINES);
  return (
    <>
      <ol className="loom-lines loom-code" tabIndex={0} aria-label="Lines">
        {shown.map((text, at) => (
          <li key={at} ref={at + 1 === line ? chosen : undefined} className={at + 1 === line ? "is-here" : ""}>
            <button type="button" tabIndex={-1} aria-label={`Link to line ${at + 1}`} onClick={() => onLine(at + 1)}>{at + 1}</button>
            <span><Painted parts={painted?.[at]} text={text} /></span>
          </li>
        ))}
      </ol>
      {lines.length > shown.length && <p className="loom-quiet">The first {LONGEST_LINES.toLocaleString("en-US")} of {lines.length.toLocaleString("en-US")} lines.</p>}
    </>
  );
}

function File({ path, reference, api, beat, line, go, mayEdit }) {
  const [file, fault, ask] = useAnswer(`${api}/files/read?${query({ path, ref: reference })}`, beat);
  if (fault) return <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></p>;
  if (!file) return <Loading />;
  return (
    <>
      <div className="loom-row is-between">
        <span className="loom-quiet">{size(file.size)} at <code>{file.commit.slice(0, 10)}</code></span>
        {mayEdit && !file.binary && file.size <= LONGEST_EDITED && <button type="button" className="loom-button is-small" onClick={() => go({ edit: "file", line: "" })}>Edit</button>}
      </div>
      {file.binary ? <p className="loom-empty">This file is binary, so its text cannot be shown.</p> : file.size === 0 ? <p className="loom-empty">This file is empty.</p> : <Text path={path} content={file.content} line={line} onLine={(wanted) => go({ line: String(wanted) }, true)} />}
    </>
  );
}

function Found({ api, asked, path, reference, beat, go }) {
  const [hits, fault, ask] = useAnswer(`${api}/files/search?${query({ query: asked, path: path || ".", ref: reference, ignore_case: "true", limit: 201 })}`, beat);
  if (fault) return <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></p>;
  if (!hits) return <Loading />;
  if (hits.length === 0) return <p className="loom-empty">No line has “{asked}”{path && ` below ${path}`}. Large and small letters are the same here.</p>;
  return (
    <>
      <p className="loom-quiet" role="status">{hits.length > 200 ? "The first 200 lines" : hits.length === 1 ? "1 line" : `${hits.length} lines`}</p>
      <ul className="loom-found">
        {hits.slice(0, 200).map((hit) => (
          <li key={`${hit.path}:${hit.line}`}>
            <button type="button" onClick={() => go({ path: hit.path, line: String(hit.line), q: "" })}><span className="loom-id">{hit.path}:{hit.line}</span></button>
            <code>{hit.text.trim()}</code>
          </li>
        ))}
      </ul>
    </>
  );
}

// Branches and what else the address names, to look at the files of.
function Version({ api, beat, reference, branch, go }) {
  const [branches] = useAnswer(`${api}/branches`, beat);
  const names = [...new Set([branch, ...(branches || []).map((one) => one.name), ...(reference ? [reference] : [])])];
  return (
    <label className="loom-choice">
      <span className="loom-quiet">At</span>
      <select value={reference || branch} onChange={(event) => go({ ref: event.target.value === branch ? "" : event.target.value, line: "" })}>
        {names.map((name) => <option key={name} value={name}>{/^[0-9a-f]{40}$/.test(name) ? `commit ${name.slice(0, 10)}` : name}</option>)}
      </select>
    </label>
  );
}

export function Files({ project, path: api, beat, place, go, load, mayWrite }) {
  const [typed, setTyped] = useState(place.q);
  useEffect(() => setTyped(place.q), [place.q]);
  const folder = !place.path || place.path.endsWith("/");
  const path = place.path.replace(/\/+$/, "");
  const above = folder ? path : path.split("/").slice(0, -1).join("/");
  const mayEdit = mayWrite && project.status !== "closed" && (!place.ref || place.ref === project.branch);
  const [listing, fault, ask] = useAnswer(`${api}/files/tree?${query({ path: above || ".", ref: place.ref, max_depth: 1, limit: MOST })}`, beat);
  if (fault?.problem?.code === "no_copy_yet") return <Unread {...{ fault, project, load, ask, mayWrite }} />;
  if (mayEdit && place.edit) return <Change {...{ project, api, beat, place, go }} />;
  const search = (event) => {
    event.preventDefault();
    go({ q: typed.trim() });
  };
  return (
    <section className="loom-panel" aria-label="Files">
      <div className="loom-row loom-files-bar">
        <Version {...{ api, beat, reference: place.ref, branch: project.branch, go }} />
        <form className="loom-row" role="search" onSubmit={search}>
          <input type="search" aria-label="Search in the files" placeholder={path ? `Search in ${folder ? path : above || "files"}` : "Search in the files"} value={typed} onChange={(event) => setTyped(event.target.value)} maxLength={1000} />
          <button type="submit" className="loom-button">Search</button>
          {place.q && <button type="button" className="loom-button is-plain" onClick={() => go({ q: "" })}>Clear</button>}
        </form>
      </div>
      <div className="loom-row is-between">
        <Crumbs path={path} go={go} />
        {mayEdit && folder && !place.q && (
          <span className="loom-row">
            <button type="button" className="loom-button is-small" onClick={() => go({ edit: "new" })}>New file</button>
            <button type="button" className="loom-button is-small" onClick={() => go({ edit: "patch" })}>Apply a patch</button>
          </span>
        )}
      </div>
      {fault && <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button></Fault>}
      {place.q ? <Found {...{ api, asked: place.q, path: above, reference: place.ref, beat, go }} /> : (
        <>
          {folder && !listing && !fault && <Loading />}
          {folder && listing && <Folder path={path} listing={listing} go={go} />}
          {folder && listing?.length === MOST && <p className="loom-quiet">The first {MOST.toLocaleString("en-US")} entries. Search for the others.</p>}
          {!folder && isFile(path, listing || []) && <File {...{ path, reference: place.ref, api, beat, line: Number(place.line) || 0, go, mayEdit }} />}
          {!path && listing && <Patches {...{ api, beat, go }} />}
          {!folder && listing && !isFile(path, listing) && <p><button type="button" className="loom-button" onClick={() => go({ path: `${path}/` })}>Open the folder {path}</button></p>}
        </>
      )}
    </section>
  );
}
