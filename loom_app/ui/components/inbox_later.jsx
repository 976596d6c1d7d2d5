// When a notification comes back that is put off.

import { useRef } from "react";
import { momentRead, momentShown } from "./units.js";

const MORNING = 9;

function morning(days) {
  const at = new Date();
  at.setDate(at.getDate() + days);
  at.setHours(MORNING, 0, 0, 0);
  return at;
}

function inHours(hours) {
  return new Date(Date.now() + hours * 3600000);
}

export const tomorrow = () => morning(1).toISOString();

function choices() {
  const toMonday = (8 - new Date().getDay()) % 7 || 7;
  return [["In an hour", inHours(1)], ["In four hours", inHours(4)], ["Tomorrow morning", morning(1)], ["Monday morning", morning(toMonday)]];
}

// `onChoose(until)` is given a moment (RFC 3339).
export function Later({ title, onChoose }) {
  const fold = useRef(null);
  const choose = (until) => {
    fold.current.open = false;
    onChoose(until);
  };
  const onKeyDown = (event) => {
    if (event.key !== "Escape" || !fold.current.open) return;
    event.preventDefault();
    fold.current.open = false;
    fold.current.querySelector("summary").focus();
  };
  return (
    <details ref={fold} className="loom-more-actions" onKeyDown={onKeyDown} onBlur={(event) => event.relatedTarget && !event.currentTarget.contains(event.relatedTarget) && (fold.current.open = false)}>
      <summary className="loom-button is-small" role="button" aria-label={`Put off: ${title}`}>Later</summary>
      <div>
        {choices().map(([word, at]) => <button key={word} type="button" title={momentShown(at.toISOString())} onClick={() => choose(at.toISOString())}>{word}</button>)}
        <input type="datetime-local" aria-label="Until" onKeyDown={(event) => event.key === "Enter" && event.target.value && choose(momentRead(event.target.value))} />
      </div>
    </details>
  );
}
