// The commits of a project, and one of them with its change.

import { useEffect, useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Diff } from "./diff.jsx";
import { Fault } from "./parts.jsx";
import { Loading, Unread } from "./project_overview.jsx";
import { get } from "./rest.js";

const PART = 50;

function Whose({ commit }) {
  return (
    <>
      {commit.bead_id && <Link className="loom-id" to={`/beads/${encodeURIComponent(commit.bead_id)}`}>{commit.bead_id}</Link>}
      {commit.bead_id && commit.run_id && <Link className="loom-quiet" to={`/beads/${encodeURIComponent(commit.bead_id)}?tab=runs&run=${encodeURIComponent(commit.run_id)}`}>its run</Link>}
    </>
  );
}

function One({ api, sha, go }) {
  const [commit, fault, ask] = useAnswer(`${api}/commits/${sha}`, 1);
  if (fault) return <p className="loom-fault-line" role="alert">{fault.message} <button type="button" className="loom-button is-small" onClick={ask}>Try again</button> <button type="button" className="loom-button is-small" onClick={() => go({ commit: "" })}>All commits</button></p>;
  if (!commit) return <Loading />;
  const lines = commit.files.reduce((sum, file) => [sum[0] + (file.added || 0), sum[1] + (file.removed || 0)], [0, 0]);
  return (
    <section className="loom-panel" aria-label={`Commit ${commit.sha.slice(0, 10)}`}>
      <header className="loom-stack">
        <div className="loom-row"><button type="button" className="loom-button is-small" onClick={() => go({ commit: "" })}>← All commits</button> <code>{commit.sha}</code></div>
        <h2>{commit.subject}</h2>
        <p className="loom-row"><span>{commit.author}</span> <Ago at={commit.authored_at} /> <Whose commit={commit} /></p>
        {commit.body && <pre className="loom-code">{commit.body}</pre>}
      </header>
      <p className="loom-quiet">{commit.files.length === 1 ? "1 file" : `${commit.files.length} files`}, {lines[0]} lines added, {lines[1]} removed{commit.parents.length > 1 && ", against the first parent"}</p>
      <ul className="loom-files">
        {commit.files.slice(0, 200).map((file) => (
          <li key={file.path}>
            <button type="button" onClick={() => go({ tab: "files", path: file.path, ref: commit.sha, commit: "", line: "" })}>{file.path}</button>
            <span className="loom-quiet">{file.added === null ? "binary" : `+${file.added} −${file.removed}`}</span>
          </li>
        ))}
      </ul>
      {commit.diff ? <Diff text={commit.diff} /> : <p className="loom-empty">This commit changes no file.</p>}
      {commit.diff_cut && <p className="loom-quiet">The rest of this change is too long to be shown here.</p>}
    </section>
  );
}

export function Commits({ project, path: api, beat, place, go, load, mayWrite }) {
  const of = new URLSearchParams(Object.entries({ ref: place.ref, limit: String(PART) }).filter(([, value]) => value));
  const [first, fault, ask] = useAnswer(place.commit ? "" : `${api}/commits?${of}`, beat);
  const [more, setMore] = useState([]);
  const [refused, setRefused] = useState("");
  useEffect(() => setMore([]), [first]);
  if (place.commit) return <One api={api} sha={encodeURIComponent(place.commit)} go={go} />;
  if (fault) return <Unread {...{ fault, project, load, ask, mayWrite }} />;
  if (!first) return <Loading />;
  const shown = [...first, ...more];
  const older = async () => {
    try {
      const { body } = await get(`${api}/commits?${of}&before=${shown[shown.length - 1].sha}`);
      setMore((before) => [...before, ...body]);
      setRefused("");
    } catch (error) {
      setRefused(error.message);
    }
  };
  return (
    <section className="loom-panel" aria-label="Commits">
      <p className="loom-row"><span className="loom-quiet">On <code>{place.ref || project.branch}</code></span>{place.ref && <button type="button" className="loom-button is-small" onClick={() => go({ ref: "" })}>On {project.branch}</button>}</p>
      <ul className="loom-commits">
        {shown.map((commit) => (
          <li key={commit.sha}>
            <button type="button" onClick={() => go({ commit: commit.sha })}>{commit.subject || "(no subject)"}</button>
            <span className="loom-row loom-quiet"><code>{commit.sha.slice(0, 10)}</code> <span>{commit.author}</span> <Ago at={commit.committed_at} /> <Whose commit={commit} /></span>
          </li>
        ))}
      </ul>
      <Fault>{refused}</Fault>
      {shown.length > 0 && shown.length % PART === 0 && <button type="button" className="loom-button" onClick={older}>Older commits</button>}
    </section>
  );
}
