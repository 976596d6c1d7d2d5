// A person's answer to a decision: one of its options or words, why, and what is to be done differently.

import { forwardRef, useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import { answer } from "./decision_data.js";
import { byWords, said } from "./decision_words.jsx";
import { Fault, Send, useSending } from "./parts.jsx";

const LONGEST = 10000;

function Options({ decision, chosen, onChoose, name }) {
  return (
    <fieldset className="loom-options">
      <legend>Your answer</legend>
      {decision.options.map((option, at) => (
        <label key={option} className={chosen === option ? "is-chosen" : ""}>
          <input type="radio" name={name} checked={chosen === option} onChange={() => onChoose(option)} />
          <span dir="auto">{said(option)}</span>
          {[option, said(option)].some((one) => one.toLowerCase() === decision.recommendation.trim().toLowerCase()) && <span className="loom-tag">recommended</span>}
          {at < 9 && <kbd>{at + 1}</kbd>}
        </label>
      ))}
    </fieldset>
  );
}

// Whether an agent goes on with its change after this answer, so that it reads what was said of lines.
const takesRemarks = (chosen, withChanges) => withChanges || chosen === "send_back" || chosen === "needs_more_info";

// `ref` lets keys choose an option and answer; `onDone` is called with what the server made of it. `remarks` is how many
// comments on lines of the change no agent has read.
export const Answer = forwardRef(function Answer({ decision, remarks, onDone }, ref) {
  const words = byWords(decision);
  const [chosen, setChosen] = useState("");
  const [why, setWhy] = useState("");
  const [changes, setChanges] = useState(null);
  const form = useRef(null);
  const reason = useRef(null);
  const id = useId();
  useEffect(() => {
    setChosen("");
    setWhy("");
    setChanges(null);
  }, [decision.id]);
  const withChanges = changes !== null && chosen === "approve";
  const sending = useSending(async () => {
    const given = words ? { decision: chosen || why, rationale: chosen ? why : "" } : { decision: chosen, rationale: why, ...(withChanges ? { changes } : {}) };
    onDone((await answer(decision.id, given)).body);
  });
  const choose = (option) => {
    setChosen(chosen === option && words ? "" : option);
    if (!words) reason.current?.focus({ preventScroll: true });
  };
  useImperativeHandle(ref, () => ({
    choose: (at) => decision.options[at] && choose(decision.options[at]),
    send: () => (ready ? form.current.requestSubmit() : reason.current?.focus()),
  }));
  const along = takesRemarks(chosen, withChanges) ? remarks : 0;
  const needless = words || decision.kind === "command";
  const ready = words ? Boolean(chosen || why.trim()) : Boolean(chosen && (needless || why.trim() || (withChanges ? changes.trim() : along)));
  const hint = words ? "The agent reads it and goes on." : "The agent reads your reason and goes by it.";
  return (
    <form
      ref={form} className="loom-form loom-answer" aria-label="Answer" onSubmit={sending.submit}
      onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && ready && !sending.busy && form.current.requestSubmit()}
    >
      {decision.options.length > 0 && <Options decision={decision} chosen={chosen} onChoose={choose} name={id} />}
      <label className="loom-field" htmlFor={`${id}-why`}>
        <span>{words && !chosen ? (decision.options.length > 0 ? "Or in your own words" : "Your answer") : needless ? "Why (may be empty)" : "Why"}</span>
        <textarea ref={reason} id={`${id}-why`} rows={3} dir="auto" value={why} maxLength={LONGEST} onChange={(event) => setWhy(event.target.value)} />
        <span className="loom-quiet">{hint} Ctrl Enter answers.</span>
      </label>
      {chosen === "approve" && (
        changes === null
          ? <button type="button" className="loom-button is-small is-plain loom-left" onClick={() => setChanges("")}>Approve with changes …</button>
          : (
            <label className="loom-field" htmlFor={`${id}-changes`}>
              <span>What to do differently</span>
              <textarea id={`${id}-changes`} rows={3} dir="auto" autoFocus value={changes} maxLength={LONGEST} onChange={(event) => setChanges(event.target.value)} />
              <span className="loom-quiet">This is the first thing the agent is told to do. <button type="button" className="loom-meant" onClick={() => setChanges(null)}>Without changes</button></span>
            </label>
          )
      )}
      {along > 0 && <p className="loom-hint" role="status">{along === 1 ? "The comment on a line of the change goes with it." : `The ${along} comments on lines of the change go with it.`}</p>}
      <Fault>{sending.fault}</Fault>
      <div className="loom-row">
        <Send sending={sending} word={withChanges ? "Approve with changes" : chosen ? `Answer: ${said(chosen)}`.slice(0, 60) : "Answer"} busy="Answering…" disabled={sending.busy || !ready} />
      </div>
    </form>
  );
});
