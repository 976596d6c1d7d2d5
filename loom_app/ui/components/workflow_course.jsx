// The course of one workflow: what was done, waited for and heard, the newest last.

import { useCallback, useEffect, useState } from "react";
import { Ago } from "./ago.jsx";
import { Dialog } from "./dialog.jsx";
import { Fault } from "./parts.jsx";
import { get } from "./rest.js";
import { isBad, named, OWN, span, STEPS, TYPES } from "./workflow_words.js";
import { Links, Standing } from "./workflow_row.jsx";

const OPEN = ["running", "retrying"];

function Step({ step }) {
  const open = OPEN.includes(step.outcome);
  const tone = isBad(step) ? "failed" : open ? "running" : "";
  const took = step.ended_at && step.ended_at !== step.begun_at ? span(step.begun_at, step.ended_at) : "";
  return (
    <li className={tone ? `is-${tone}` : undefined} data-kind={step.kind}>
      <span className="loom-kind">{STEPS[step.kind] || step.kind}</span>
      <span className="loom-course-what">
        {named(step)}{step.summary && step.kind !== "began" && <span className="loom-quiet"> {step.summary}</span>}
        {step.attempts > 1 && <span className="loom-tag">attempt {step.attempts}</span>}
      </span>
      <span className="loom-quiet">{[open || isBad(step) ? step.outcome : "", took].filter(Boolean).join(", ")}</span>
      <time className="loom-quiet" dateTime={step.begun_at} title={new Date(step.begun_at).toLocaleString()}>{new Date(step.begun_at).toLocaleTimeString()}</time>
    </li>
  );
}

function Steps({ told }) {
  if (!told.temporal.answers) return <Fault>{told.temporal.why}</Fault>;
  if (!told.execution) return <p className="loom-hint">Temporal knows nothing of it: it has not begun yet, or was forgotten 30 days after its end. The database keeps what is above.</p>;
  return (
    <>
      {told.cut && <p className="loom-quiet">Only the end of its history is shown here.</p>}
      <ol className="loom-course" aria-label="Steps">{told.steps.map((step, at) => <Step key={at} step={step} />)}</ol>
    </>
  );
}

function Facts({ told }) {
  const { workflow, execution } = told;
  return (
    <div className="loom-stack is-tight">
      {workflow && <p className="loom-row"><Standing one={workflow} /> <strong dir="auto">{workflow.title}</strong></p>}
      {workflow ? <Links one={workflow} /> : <p>{OWN[execution.type] || execution.type}</p>}
      {workflow?.why && <p className="loom-quiet" dir="auto">{workflow.why}</p>}
      {execution && (
        <p className="loom-quiet">
          Temporal says {execution.status.replaceAll("_", " ")}, since <Ago at={execution.started_at} />, {execution.events.toLocaleString("en-US")} events.
          {execution.page && <> <a href={execution.page} target="_blank" rel="noreferrer" title="Opens on the machine that runs Loom">Its page at Temporal</a></>}
        </p>
      )}
    </div>
  );
}

export function Course({ id, beat, onClose }) {
  const [found, setFound] = useState({ told: null, fault: "" });
  const load = useCallback(async () => {
    try {
      setFound({ told: (await get(`/api/v1/temporal/workflows/${encodeURIComponent(id)}`)).body, fault: "" });
    } catch (error) {
      setFound((before) => ({ ...before, fault: error.message }));
    }
  }, [id]);
  useEffect(() => {
    setFound((before) => (before.told && (before.told.workflow?.id || before.told.execution?.id) === id ? before : { told: null, fault: "" }));
    if (id) load();
  }, [id, beat, load]);
  const { told, fault } = found;
  const type = told?.workflow?.type || told?.execution?.type;
  return (
    <Dialog open={Boolean(id)} title={TYPES[type] || type || "Workflow"} onClose={onClose}>
      <div className="loom-stack is-tight loom-course-of">
        <p className="loom-id">{id}</p>
        {fault && <Fault>{fault} <button type="button" className="loom-button is-small" onClick={load}>Try again</button></Fault>}
        {!told && !fault && <div className="loom-skeleton is-page" role="status" aria-label="Loading" />}
        {told && <Facts told={told} />}
        {told && <Steps told={told} />}
      </div>
    </Dialog>
  );
}
