// A file of beads taken into a project: first tried, then imported as a whole or not at all, with its progress.

import { useId, useState } from "react";
import { Fault, useSending } from "./parts.jsx";
import { Refused } from "./rest.js";

const LINES = "application/x-ndjson";

// Sends the file and hands each line of the answer to `hear`; answers the report.
async function imported(path, file, hear) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": LINES, Accept: LINES }, body: file });
  if (!response.ok) throw new Refused(JSON.parse((await response.text()) || "{}"), response.status);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let report = null;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + part.value).split("\n");
    rest = lines.pop();
    for (const line of lines.map((text) => JSON.parse(text))) {
      if (line.problem) throw new Refused(line.problem, 400);
      if (line.report) report = line.report;
      else hear(line);
    }
  }
  if (!report) throw new Error("The import broke off and nothing was changed. Try again.");
  return report;
}

function Problems({ problems, count }) {
  if (!problems?.length) return null;
  return (
    <div className="loom-scroll is-short">
      <table className="loom-table is-stacked">
        <thead><tr>{["Line", "Why"].map((head) => <th key={head} scope="col">{head}</th>)}</tr></thead>
        <tbody>{problems.map((one) => <tr key={one.line}><td data-label="Line">{one.line}</td><td data-label="Why">{one.bead_id && <code>{one.bead_id} </code>}{one.reason}</td></tr>)}</tbody>
      </table>
      {count > problems.length && <p className="loom-quiet">and {count - problems.length} more</p>}
    </div>
  );
}

function Report({ report }) {
  const counts = [["created", report.created], ["updated", report.updated], ["unchanged", report.unchanged], ["newer here", report.stale_count], ["skipped", report.skipped]];
  return (
    <div role="status">
      <p>{report.dry_run ? "Nothing was changed. It would be: " : "Done: "}{counts.map(([word, count]) => `${count} ${word}`).join(", ")}.</p>
      <Problems problems={report.problems} count={report.problem_count} />
      {report.notes.length > 0 && <ul className="loom-quiet">{report.notes.map((note) => <li key={note}>{note}</li>)}</ul>}
    </div>
  );
}

export function FileImport({ project, onDone }) {
  const [file, setFile] = useState(null);
  const [report, setReport] = useState(null);
  const [progress, setProgress] = useState(null);
  const [problems, setProblems] = useState(null);
  const [skip, setSkip] = useState(false);
  const chosen = useId();
  const run = async (dry) => {
    setReport(null);
    setProblems(null);
    setProgress({ done: 0, total: 0 });
    try {
      setReport(await imported(`${project}/beads/import?dry_run=${dry}&skip_invalid=${skip || dry}`, file, setProgress));
      if (!dry) await onDone();
    } catch (error) {
      setProblems(error.problem?.problems || null);
      throw error;
    } finally {
      setProgress(null);
    }
  };
  const trying = useSending(() => run(true));
  const taking = useSending(() => run(false));
  const busy = trying.busy || taking.busy;
  const choose = (event) => {
    setFile(event.target.files[0] || null);
    setReport(null);
    setProblems(null);
  };
  return (
    <section className="loom-panel" aria-labelledby="file-import">
      <h2 id="file-import">Import a file</h2>
      <p className="loom-quiet">JSON lines as the beads tool writes them, at most 20 MB. All of it is taken in or, when a line is bad, none.</p>
      <div className="loom-field">
        <label htmlFor={chosen}>File</label>
        <input id={chosen} type="file" accept=".jsonl,.json,.txt,application/x-ndjson" disabled={busy} onChange={choose} />
      </div>
      <label className="loom-choice"><input type="checkbox" checked={skip} disabled={busy} onChange={(event) => setSkip(event.target.checked)} /> Take the good lines of a file that has bad ones</label>
      {progress && (
        <div className="loom-field">
          <label htmlFor={`${chosen}-progress`}>{progress.total ? `${progress.done} of ${progress.total} beads` : "Reading the file…"}</label>
          <progress id={`${chosen}-progress`} className="loom-file-progress" max={progress.total || undefined} value={progress.total ? progress.done : undefined} />
        </div>
      )}
      <Fault>{trying.fault || taking.fault}</Fault>
      <Problems problems={problems} count={problems?.length || 0} />
      {report && <Report report={report} />}
      <footer className="loom-row">
        <button type="button" className="loom-button" disabled={!file || busy} onClick={() => trying.submit()}>{trying.busy ? "Trying…" : "Try it first"}</button>
        <button type="button" className="loom-button is-main" disabled={!file || busy} onClick={() => taking.submit()}>{taking.busy ? "Importing…" : "Import"}</button>
      </footer>
    </section>
  );
}
