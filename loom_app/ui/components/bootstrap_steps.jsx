// How a project that was begun from a PRD comes along, step by step, and what to do with its key.

import { useCallback, useState } from "react";
import { useLocation } from "react-router";
import { Go } from "./frame.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { PublicKey } from "./git_key.jsx";
import { Fault, useSending } from "./parts.jsx";
import { get, send } from "./rest.js";

const STEPS = {
  key: ["Key", "A key pair of the project's own, to reach its repository."],
  repository: ["Repository", "Cloned, or made where there is no address."],
  structure: ["First files", "The PRD and the settings."],
  beads: ["Bead file", "Where beads stand in the repository."],
  commit: ["First commit", "Delivered where that is allowed."],
  plan: ["First bead", "It asks the product manager to expand the PRD."],
  team: ["Team", "Agents for the positions of the org chart."],
};
const WORDS = { pending: "to come", running: "under way", waiting: "waits for you", failed: "failed", done: "done" };
const WHOLE = { running: "under way", waiting: "waits for you", failed: "stopped", cancelled: "called off", ready: "ready" };
const KINDS = { running: "running", waiting: "risk-medium", failed: "failed", cancelled: "paused", ready: "done" };
const MARKS = { pending: "○", running: "◐", waiting: "◇", failed: "✕", done: "●" };

const projectOf = (pathname) => {
  const part = pathname.replace(/\/+$/, "").split("/")[2] || "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

function took(step) {
  if (!step.started_at || !step.finished_at) return "";
  const seconds = (new Date(step.finished_at) - new Date(step.started_at)) / 1000;
  if (seconds < 0.1) return "";
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}

function Step({ step }) {
  const [title, about] = STEPS[step.step] || [step.step, ""];
  const warned = step.status === "done" && step.error;
  return (
    <li className={`loom-step is-${warned ? "warned" : step.status}`} aria-current={["running", "waiting", "failed"].includes(step.status) ? "step" : undefined}>
      <span className="loom-step-mark" aria-hidden="true">{MARKS[step.status]}</span>
      <div>
        <p className="loom-row">
          <strong>{title}</strong>
          <span className="loom-step-word">{warned ? "done, with a warning" : WORDS[step.status]}</span>
          <span className="loom-quiet">{took(step)}</span>
        </p>
        <p className="loom-quiet">{step.detail || about}</p>
        {step.error && <p className={step.status === "failed" ? "loom-fault-line" : "loom-step-note"}>{step.error}</p>}
        {step.mend && <p className="loom-step-mend">{step.mend}</p>}
      </div>
    </li>
  );
}

function Key({ found, open }) {
  if (!found.public_key || found.instructions.length === 0) return null;
  const web = /^https?:/.test(found.git_repo);
  return (
    <section className="loom-panel loom-key" aria-labelledby="bootstrap-key">
      <h2 id="bootstrap-key">{open ? "Add this key to the repository" : "The project’s key"}</h2>
      {web && <p className="loom-hint">This repository has a web address, which takes no key. To deliver work, save a user name with a token for the project, or give it the SSH address and use this key.</p>}
      <PublicKey found={found} />
    </section>
  );
}

function Next({ found, mayWrite, onDo }) {
  const going = useSending(() => onDo("retry"));
  const stopping = useSending(() => onDo("cancel"));
  const again = { waiting: "Check now", failed: "Try again from here", cancelled: "Go on" }[found.status];
  const busy = going.busy || stopping.busy;
  return (
    <>
      <Fault>{going.fault || stopping.fault}</Fault>
      <footer className="loom-row">
        {found.status === "ready" && <Go to={`/board?project=${encodeURIComponent(found.project_id)}`} className="loom-button is-main">Open its board</Go>}
        {found.initial_bead_id && <Go to={`/beads/${encodeURIComponent(found.initial_bead_id)}`} className="loom-button">See the first bead</Go>}
        {mayWrite && again && <button type="button" className="loom-button is-main" disabled={busy} onClick={() => going.submit()}>{going.busy ? "Asking…" : again}</button>}
        {mayWrite && found.status === "failed" && <Go to={`/projects/${encodeURIComponent(found.project_id)}`} className="loom-button">Edit the project</Go>}
        {mayWrite && ["running", "waiting"].includes(found.status) && <button type="button" className="loom-button" disabled={busy} onClick={() => stopping.submit()}>{stopping.busy ? "Stopping…" : "Call it off"}</button>}
      </footer>
    </>
  );
}

function said(found) {
  const step = found.steps.find((one) => !["done", "pending"].includes(one.status));
  const title = step && STEPS[step.step] ? `${STEPS[step.step][0]}: ${WORDS[step.status]}.` : "";
  return `${WHOLE[found.status]}. ${title}`;
}

export function BootstrapSteps({ events, since, mayWrite }) {
  const projectId = projectOf(useLocation().pathname);
  const path = `/api/v1/projects/${encodeURIComponent(projectId)}/bootstrap`;
  const [found, setFound] = useState(null);
  const [fault, setFault] = useState("");
  const work = useCallback(async () => {
    try {
      setFound((await get(path)).body);
      setFault("");
      return true;
    } catch (error) {
      setFault(error instanceof TypeError ? "Loom cannot be reached. Check that it runs; this page goes on by itself." : error.message);
      return false;
    }
  }, [path]);
  const load = useFresh(since, work);
  useEvents(events, since, (fresh, missed) => {
    if (missed || fresh.some((event) => event.project_id === projectId && /^(bootstrap|project)\./.test(event.type))) load();
  });
  const onDo = async (what) => {
    setFound((await send("POST", `${path}/${what}`)).body);
    await load();
  };
  if (!found) {
    if (!fault) return <div role="status" aria-label="Loading">{[0, 1, 2].map((line) => <div key={line} className="loom-skeleton" aria-hidden="true" />)}</div>;
    return (
      <div className="loom-panel">
        <h1>No steps to show</h1>
        <p className="loom-fault-line" role="alert">{fault}</p>
        <div className="loom-row"><button type="button" className="loom-button" onClick={() => load()}>Try again</button><Go to="/projects" className="loom-button">All projects</Go></div>
      </div>
    );
  }
  const open = found.status === "waiting" || (found.status === "ready" && found.steps.some((step) => step.step === "commit" && step.error));
  const key = <Key found={found} open={open} />;
  return (
    <>
      <header className="loom-head">
        <div>
          <h1>{found.name}</h1>
          <p className="loom-quiet">{found.git_repo || "a repository of Loom’s own"}, branch {found.branch}</p>
        </div>
        <span className={`loom-status is-${KINDS[found.status]}`}>{WHOLE[found.status]}</span>
      </header>
      <p className="loom-unseen" role="status">{said(found)}</p>
      <Fault>{fault}</Fault>
      {found.status === "waiting" && key}
      <section className="loom-panel" aria-labelledby="bootstrap-steps">
        <h2 id="bootstrap-steps">From PRD to first bead</h2>
        <ol className="loom-steps">{found.steps.map((step) => <Step key={step.step} step={step} />)}</ol>
        <Next found={found} mayWrite={mayWrite} onDo={onDo} />
      </section>
      {found.status !== "waiting" && key}
      {found.status === "ready" && found.instructions.length === 0 && <p className="loom-quiet">{found.git_setup_instructions}</p>}
    </>
  );
}
