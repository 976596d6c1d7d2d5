// The answer to a decision, given where it was told.

import { useEffect, useRef } from "react";
import { Link } from "react-router";
import { useAnswer } from "./bead_data.js";
import { Answer } from "./decision_answer.jsx";
import { decisionPage, decisionPath } from "./decision_data.js";
import { ended, isOpen, noAnswer } from "./decision_words.jsx";
import { Markdown } from "./markdown.jsx";
import { Fault } from "./parts.jsx";
import { told } from "./undo.js";

export function AnswerHere({ id, onDone, onClose }) {
  const [decision, fault, again] = useAnswer(decisionPath(id), 1);
  const box = useRef(null);
  const known = Boolean(decision);
  useEffect(() => {
    if (known) box.current?.querySelector("input, textarea")?.focus();
  }, [known]);
  if (fault) return <Fault>{fault.message} <button type="button" className="loom-button is-small" onClick={again}>Try again</button></Fault>;
  if (!decision) return <div className="loom-skeleton" role="status" aria-label="Loading the question" />;
  if (!isOpen(decision)) return <p className="loom-hint" role="status">{ended(decision)}</p>;
  const done = (after) => {
    told(`${ended(after)}: ${after.title}`);
    onDone();
    onClose();
  };
  return (
    <div ref={box} className="loom-told-answer" onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <div className="loom-question"><Markdown>{decision.question}</Markdown></div>
      {decision.recommendation && <p className="loom-recommended" dir="auto">{decision.recommendation}</p>}
      <p className="loom-quiet">Without an answer: {noAnswer(decision)}. <Link to={decisionPage(id)}>All that is known of it</Link></p>
      <Answer decision={decision} remarks={0} onDone={done} />
    </div>
  );
}
