// A person's answer to a decision. It goes by REST so that a refusal stands where the answer was written.

import { useId, useState } from "react";
import { send } from "./rest.js";

const WORDS = { approve: "Approve", deny: "Deny", needs_more_info: "Needs more information" };

export function Answer({ decisionId, options, byWords }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useId();
  const answer = async (decision, rationale) => {
    if (!text.trim()) {
      setFault(byWords ? "Write your answer first." : "Say why first: the agent reads your reason and goes by it.");
      return;
    }
    setBusy(true);
    setFault("");
    try {
      await send("POST", `/api/v1/decisions/${encodeURIComponent(decisionId)}/decide`, { decision, rationale });
    } catch (error) {
      setFault(error.message);
      setBusy(false);
    }
  };
  return (
    <form
      className="loom-form"
      aria-label="Answer"
      onSubmit={(event) => {
        event.preventDefault();
        if (byWords) answer(text, "");
      }}
    >
      <label className="loom-field" htmlFor={field}>
        <span>{byWords ? "Your answer" : "Why"}</span>
        <textarea id={field} rows={3} value={text} onChange={(event) => setText(event.target.value)} maxLength={10000} />
        <span className="loom-quiet">{byWords ? "The agent reads it and goes on with the bead." : "The agent reads your reason and goes by it."}</span>
      </label>
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
      <div className="loom-row">
        {byWords ? (
          <button type="submit" className="loom-button is-main" disabled={busy}>{busy ? "Answering…" : "Answer"}</button>
        ) : (
          options.map((option, index) => (
            <button key={option} type="button" className={`loom-button${index === 0 ? " is-main" : ""}`} disabled={busy} onClick={() => answer(option, text)}>
              {WORDS[option] || option.replaceAll("_", " ")}
            </button>
          ))
        )}
      </div>
    </form>
  );
}
