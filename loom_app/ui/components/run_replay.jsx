// A run step by step: what was sent, answered, done, changed and paid in one turn at a time, also while it is on.

import { useEffect, useRef, useState } from "react";
import { Diff } from "./diff.jsx";
import { dollars } from "./rest.js";
import { Action, Code, figures, fitted, Fold, Nudges } from "./run_turn.jsx";

const STEPS = { ArrowLeft: (at) => at - 1, ArrowRight: (at) => at + 1, Home: () => 0, End: () => Infinity };
const OWN_ARROWS = "input, textarea, select, pre, [role=tablist]";

function changeOf(action) {
  if (action.status !== "executed") return "";
  const { old_text: before, new_text: after, patch, path, content } = action.parameters;
  if (patch) return patch;
  const lines = (text, mark) => String(text).replace(/\n$/, "").split("\n").map((line) => `${mark}${line}`);
  if (before !== undefined && after !== undefined) return [`--- ${path}`, `+++ ${path}`, ...lines(before, "-"), ...lines(after, "+")].join("\n");
  return action.type === "write_file" ? [`+++ ${path}`, ...lines(content ?? "", "+")].join("\n") : "";
}

function Step({ name, empty, children }) {
  return (
    <section className="loom-step-part" aria-label={name}>
      <h5>{name}</h5>
      {children || <p className="loom-quiet">{empty}</p>}
    </section>
  );
}

function Shown({ turn, nudges, paid, over }) {
  const changed = turn.actions.map(changeOf).filter(Boolean);
  return (
    <>
      <Step name="Sent">
        <Nudges nudges={nudges} />
        {turn.system_prompt && <Fold title="System prompt"><Code tall label="System prompt">{turn.system_prompt}</Code></Fold>}
        {fitted(turn) && <p className="loom-quiet">{fitted(turn)}</p>}
        <Code tall label="Prompt">{turn.prompt}</Code>
      </Step>
      <Step name="Answered" empty={over ? "The run ended before the model answered." : turn.asked_at ? "The model is answering." : "The model has not been asked yet."}>
        {turn.reply !== null && <>{turn.fault && <p className="loom-fault-line" role="note">{turn.fault.slice(0, 400)}</p>}<Code tall label="Reply">{turn.reply}</Code></>}
      </Step>
      <Step name="Done" empty="Nothing was done.">{turn.actions.length > 0 && turn.actions.map((action) => <Action key={action.position} action={action} />)}</Step>
      <Step name="Changed" empty="No file was written.">{changed.length > 0 && changed.map((text, index) => <Diff key={index} text={text} />)}</Step>
      <p className="loom-quiet">{figures(turn, over)}{paid !== null && ` · ${dollars(paid)} so far`}</p>
    </>
  );
}

// `heard(turn)` is what people said in it. While the run is on, the newest turn is followed until one steps back.
export function Replay({ run, live, heard }) {
  const last = run.turns.length - 1;
  const [chosen, setChosen] = useState(live ? Infinity : 0);
  const at = Math.max(0, Math.min(chosen, last));
  const region = useRef(null);
  useEffect(() => region.current?.focus({ preventScroll: true }), []);
  const step = (to) => setChosen(live && to >= last ? Infinity : Math.max(0, Math.min(to, last)));
  const onKeyDown = (event) => {
    const next = STEPS[event.key];
    if (!next || event.altKey || event.ctrlKey || event.metaKey || event.target.closest(OWN_ARROWS)) return;
    event.preventDefault();
    step(next(at));
  };
  const turn = run.turns[at];
  const known = run.turns.slice(0, at + 1).map((each) => each.cost_micros).filter((cost) => cost !== null);
  return (
    <section ref={region} className="loom-replay" aria-label="The run step by step" tabIndex={-1} onKeyDown={onKeyDown}>
      <header className="loom-row">
        <button type="button" className="loom-button is-small" disabled={at === 0} onClick={() => step(at - 1)}>← Previous</button>
        <h4 aria-live="polite">Turn {turn.number} of {run.turns.length}{live && at === last && " (now)"}</h4>
        <button type="button" className="loom-button is-small" disabled={at === last} onClick={() => step(at + 1)}>Next →</button>
        <span className="loom-quiet loom-keys">← → step, Home and End jump</span>
      </header>
      <Shown key={turn.number} turn={turn} over={!live} nudges={heard(turn)} paid={known.length ? known.reduce((sum, cost) => sum + cost, 0) : null} />
    </section>
  );
}
