// The bead file of a project: how it stands, what Loom and the file disagree about, what cannot be read, files in and out.

import { useCallback, useState } from "react";
import { useLocation } from "react-router";
import { Ago } from "./ago.jsx";
import { FileImport } from "./bead_file_import.jsx";
import { Conflicts } from "./bead_file_conflicts.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { Confirm, Fault, useSending } from "./parts.jsx";
import { get, send } from "./rest.js";

const DOES = [
  ["off", "Nothing"],
  ["read", "Read what changes in it"],
  ["write", "Read and write it; people commit"],
  ["commit", "Read, write and commit it"],
  ["push", "Read, write, commit and push it"],
];
const TELLING = /^(beadfile\.|bead\.|project\.)/;
const TAKEN_AS_IT_IS = /is gone from|taken for damaged/;

const projectOf = (pathname) => {
  const part = pathname.replace(/\/+$/, "").split("/")[2] || "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

function Fact({ term, children }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function delivery(file) {
  if (file.beads_sync === "read") return file.behind ? `${file.behind} changed here and not written` : "none";
  if (file.behind > 0) return `${file.behind} ${file.behind === 1 ? "bead waits" : "beads wait"} to be written`;
  return file.pushed ? "everything is in the repository" : "committed, not yet pushed";
}

function State({ file, mayWrite, mayWriteProject, onDoes, onSync, sending }) {
  const [accepting, setAccepting] = useState(false);
  const follows = file.beads_sync !== "off";
  return (
    <section className="loom-panel" aria-labelledby="file-state">
      <header className="loom-row">
        <h2 id="file-state">How it stands</h2>
        {follows && <span className={`loom-status is-${file.problem ? "bad" : "good"}`}>{file.problem ? "not in step" : "in step"}</span>}
      </header>
      {file.problem && <p className="loom-fault-line" role="alert">{file.problem}</p>}
      {!follows && <p className="loom-hint">Loom leaves this file alone. Choose below what it shall do, and beads and file stay in step from then on.</p>}
      <dl className="loom-facts">
        <Fact term="File"><code>{file.path}</code> <span className="loom-quiet">on {file.branch}</span></Fact>
        <Fact term="What Loom does with it">
          {mayWriteProject ? (
            <select aria-label="What Loom does with the file" value={file.beads_sync} onChange={(event) => onDoes(event.target.value)}>
              {DOES.map(([value, words]) => <option key={value} value={value}>{words}</option>)}
            </select>
          ) : DOES.find(([value]) => value === file.beads_sync)[1]}
        </Fact>
        <Fact term="News read"><Ago at={file.last_read_at} never="not yet" /></Fact>
        <Fact term="Written"><Ago at={file.last_written_at} never="not yet" /></Fact>
        <Fact term="Looked at"><Ago at={file.last_checked_at} never="not yet" /></Fact>
        {file.commit && <Fact term="Loom's last commit"><code title={file.commit}>{file.commit.slice(0, 10)}</code></Fact>}
        {follows && <Fact term="Changes here">{delivery(file)}</Fact>}
      </dl>
      <Fault>{sending.fault}</Fault>
      {mayWrite && follows && (
        <footer className="loom-row">
          <button type="button" className="loom-button" disabled={sending.busy} onClick={() => sending.submit()}>{sending.busy ? "Asking…" : "Sync now"}</button>
          {TAKEN_AS_IT_IS.test(file.problem) && <button type="button" className="loom-button" onClick={() => setAccepting(true)}>Take it as it is</button>}
        </footer>
      )}
      <Confirm open={accepting} title="Take the file as it is" action="Take it" onClose={() => setAccepting(false)} onConfirm={() => onSync(true)}>
        <p>A file that is gone is written anew. In one that lacks beads, Loom asks about each of them below: nothing is deleted by this.</p>
      </Confirm>
    </section>
  );
}

function Unreadable({ lines }) {
  if (lines.length === 0) return null;
  return (
    <section className="loom-panel" aria-labelledby="file-unreadable">
      <h2 id="file-unreadable">Lines that cannot be read <span className="loom-quiet">{lines.length}</span></h2>
      <p className="loom-quiet">They stay in the file as they are. Mend them there, and Loom takes them in.</p>
      <div className="loom-scroll">
        <table className="loom-table is-stacked">
          <thead><tr>{["Line", "Why", "Begins"].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.line}>
                <td data-label="Line"><span>{line.line}{line.bead_id && <> <code>{line.bead_id}</code></>}</span></td>
                <td data-label="Why">{line.reason}</td>
                <td data-label="Begins"><code className="loom-file-line">{line.text.slice(0, 160)}</code></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function BeadFile({ events, since, mayWrite, mayWriteProject }) {
  const projectId = projectOf(useLocation().pathname);
  const project = `/api/v1/projects/${encodeURIComponent(projectId)}`;
  const [file, setFile] = useState(null);
  const [name, setName] = useState("");
  const [fault, setFault] = useState("");
  const work = useCallback(async () => {
    try {
      const [found, of] = await Promise.all([get(`${project}/beads/sync`), get(project)]);
      setFile(found.body);
      setName(of.body.name);
      setFault("");
      return true;
    } catch (error) {
      setFault(error.message);
      return false;
    }
  }, [project]);
  const load = useFresh(since, work);
  useEvents(events, since, (fresh, missed) => {
    if (missed || fresh.some((event) => event.project_id === projectId && TELLING.test(event.type))) load();
  });
  const onSync = async (accept) => {
    await send("POST", `${project}/beads/sync${accept ? "?accept=true" : ""}`);
    await load();
  };
  const sending = useSending(() => onSync(false));
  const onDoes = async (does) => {
    try {
      await send("PUT", project, { beads_sync: does });
    } catch (error) {
      sending.say(error.message);
    }
    await load();
  };
  return (
    <>
      <header className="loom-head">
        <div>
          <h1>Bead file{name && ` of ${name}`}</h1>
          <p className="loom-quiet">Beads as lines in the repository, for people, the beads tool and Loom alike.</p>
        </div>
        {file && <a className="loom-button" href={`${project}/beads/export`} download={`${projectId}-issues.jsonl`}>Export</a>}
      </header>
      {fault && (
        <p className="loom-fault-line" role="alert">{fault} <button type="button" className="loom-button is-plain" onClick={() => load()}>Try again</button></p>
      )}
      {!file && !fault && <div className="loom-skeleton is-page" role="status" aria-label="Loading" />}
      {file && (
        <>
          <State {...{ file, mayWrite, mayWriteProject, onDoes, sending, onSync }} />
          <Conflicts {...{ project, mayWrite, conflicts: file.conflicts, count: file.conflict_count, follows: file.beads_sync !== "off", onDone: load }} />
          <Unreadable lines={file.unreadable} />
          {mayWrite && <FileImport project={project} onDone={load} />}
        </>
      )}
    </>
  );
}
