// One decision: what is asked and why, what helps to answer, the answer, and what was said about it.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { beadPage, useAnswer, useNames } from "./bead_data.js";
import { Actions } from "./decision_actions.jsx";
import { Answer } from "./decision_answer.jsx";
import { Context } from "./decision_context.jsx";
import { decisionPath } from "./decision_data.js";
import { Due, ended, isOpen, KINDS, noAnswer, Risk } from "./decision_words.jsx";
import { Markdown } from "./markdown.jsx";
import { send } from "./rest.js";
import { momentShown } from "./units.js";
import { Writing } from "./writing.jsx";

function Fact({ word, children }) {
  return <div><dt>{word}</dt><dd>{children}</dd></div>;
}

const called = (names, who) => ({ loom: "Loom", people: "people" })[who] || names.name(who);

function Chain({ delegations, names }) {
  if (delegations.length === 0) return null;
  return (
    <ol className="loom-chain" aria-label="Who had it">
      {delegations.map((one) => (
        <li key={one.at}>
          {called(names, one.from)} → <strong>{called(names, one.to)}</strong> <span className="loom-quiet">by {called(names, one.by)}, <Ago at={one.at} /></span>
          {one.note && <span className="loom-prose"> {one.note}</span>}
        </li>
      ))}
    </ol>
  );
}

function Ended({ decision, names }) {
  return (
    <section className="loom-panel" aria-label="The answer">
      <p><strong dir="auto">{ended(decision)}</strong></p>
      {decision.rationale && <p className="loom-prose" dir="auto">{decision.rationale}</p>}
      {decision.changes && <p className="loom-prose" dir="auto"><strong>To do differently: </strong>{decision.changes}</p>}
      <p className="loom-quiet">{decision.status === "expired" ? "By the deadline" : `By ${called(names, decision.decider_id)}`}, <Ago at={decision.decided_at} /></p>
    </section>
  );
}

function Said({ id, beat, mayWrite }) {
  const [comments, fault, again] = useAnswer(`${decisionPath(id)}/comments`, beat);
  const [text, setText] = useState("");
  return (
    <section aria-label="Comments">
      <h3>Comments{comments?.length ? ` (${comments.length})` : ""}</h3>
      {fault && <p className="loom-fault-line" role="alert">What was said could not be read: {fault.message} <button type="button" className="loom-button is-small" onClick={again}>Try again</button></p>}
      {comments?.length > 0 && (
        <ul className="loom-comments is-first">
          {comments.map((one) => (
            <li key={one.id} className="loom-comment">
              <p className="loom-quiet"><strong>{one.author_username}</strong> <Ago at={one.created_at} /></p>
              <div className="loom-prose"><Markdown>{one.content}</Markdown></div>
            </li>
          ))}
        </ul>
      )}
      {mayWrite && (
        <Writing label="Say something about this decision" button={{ word: "Comment", needsText: true }} placeholder="A comment answers nothing; whoever answers reads it." rows={2} maxLength={10000} text={text} onText={setText} onSend={async () => {
          await send("POST", `${decisionPath(id)}/comments`, { content: text });
          setText("");
          await again();
        }} />
      )}
    </section>
  );
}

// `row` is what the inbox has of it, if it is there; `answering` is the ref of the answer's form; `onDone(decision)` hears of every change made here.
export function Detail({ id, beat, row, mayWrite, answering, asking, onAsk, onDone, onBack }) {
  const [decision, fault, again] = useAnswer(decisionPath(id), beat);
  const names = useNames(decision?.project_id);
  const snoozedUntil = row?.snoozed_until;
  const change = decision?.kind === "review" && decision.run_id ? `/runs/${encodeURIComponent(decision.run_id)}` : "";
  const [said] = useAnswer(change && isOpen(decision) ? `/api/v1${change}/review-comments` : "", beat);
  const remarks = (said || []).filter((one) => !one.sent_at).length;
  if (!decision && fault) {
    return <p className="loom-fault-line" role="alert">{fault.message} {fault.status !== 404 && <button type="button" className="loom-button is-small" onClick={again}>Try again</button>}</p>;
  }
  if (!decision) return <div className="loom-skeleton is-page" role="status" aria-label="Loading" />;
  const open = isOpen(decision);
  const repeated = decision.title.endsWith(decision.question);
  return (
    <article className="loom-asked" data-asked={decision.id} aria-labelledby={`asked-${id}`}>
      <header>
        <button type="button" className="loom-button is-small is-plain loom-back" onClick={onBack}>← All decisions</button>
        <div className="loom-row">
          <Risk risk={decision.risk} />
          <span className="loom-kind">{KINDS[decision.kind] || decision.kind}</span>
          {open ? <Due deadline={decision.deadline} /> : <span className="loom-quiet">{decision.status}</span>}
        </div>
        <h2 id={`asked-${id}`} dir="auto" className={repeated ? "loom-unseen" : ""}>{decision.title}</h2>
      </header>
      <div className="loom-question" dir="auto"><Markdown>{decision.question}</Markdown></div>
      {decision.recommendation && <p className="loom-recommended" dir="auto"><strong>Recommended: </strong>{decision.recommendation}</p>}
      <dl className="loom-facts">
        {decision.bead_id && <Fact word="Bead"><Link className="loom-id" to={beadPage(decision.bead_id)}>{decision.bead_id}</Link></Fact>}
        <Fact word="Project">{decision.project_id}</Fact>
        <Fact word="Asked by">{row?.requester || called(names, decision.requester_id)} <Ago at={decision.created_at} /></Fact>
        {open && <Fact word="With">{decision.assigned_to ? row?.assignee || called(names, decision.assigned_to) : "whoever answers first"}</Fact>}
        <Fact word={open ? "Answer until" : "It could be answered until"}>{momentShown(decision.deadline)}</Fact>
        {open && <Fact word="If nobody answers">{noAnswer(decision)}</Fact>}
        {decision.answer_bead && decision.assigned_to.startsWith("agent-") && <Fact word="The agent answers through"><Link className="loom-id" to={beadPage(decision.answer_bead)}>{decision.answer_bead}</Link></Fact>}
        {change && <Fact word="Change"><Link to={`${change}/diff`}>line by line</Link>{remarks > 0 && <span className="loom-quiet">{remarks === 1 ? "1 comment on a line" : `${remarks} comments on lines`}</span>}</Fact>}
        {decision.run_id && decision.bead_id && <Fact word="Run"><Link to={`${beadPage(decision.bead_id)}?run=${encodeURIComponent(decision.run_id)}`}>turn by turn</Link></Fact>}
        {snoozedUntil && <Fact word="You put it off until">{momentShown(snoozedUntil)}</Fact>}
      </dl>
      <Context context={decision.context} />
      <Chain delegations={decision.delegations} names={names} />
      {open && mayWrite && <Answer ref={answering} decision={decision} remarks={remarks} onDone={onDone} />}
      {open && !mayWrite && <p className="loom-quiet">You may read decisions, not answer them.</p>}
      {open && mayWrite && <Actions {...{ decision, names, snoozedUntil, asking, onAsk, onDone }} />}
      {!open && <Ended decision={decision} names={names} />}
      <Said id={id} beat={beat} mayWrite={mayWrite} />
    </article>
  );
}
