// One notification: what happened, why one is told, and what can be done about it at once.

import { lazy, memo, Suspense, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { Due, RISKS, Risk } from "./decision_words.jsx";
import { isPutOff, waits } from "./inbox_data.js";
import { Later } from "./inbox_later.jsx";
import { Why } from "./inbox_why.jsx";
import { decisionOf, opening, Priority } from "./inbox_words.jsx";
import { momentShown } from "./units.js";

const AnswerHere = lazy(() => import("./inbox_answer.jsx").then((found) => ({ default: found.AnswerHere })));

function Head({ one }) {
  return (
    <span className="loom-told-head">
      {RISKS.includes(one.risk) && waits(one) ? <Risk risk={one.risk} /> : <Priority priority={one.priority} />}
      {one.deadline && waits(one) && <Due deadline={one.deadline} />}
      {one.count > 1 && <span className="loom-tag">{one.count} times</span>}
      {one.settled_at && <span className="loom-status is-good" title={momentShown(one.settled_at)}>Settled</span>}
      {isPutOff(one) && <span className="loom-tag">back {momentShown(one.snoozed_until)}</span>}
      <span className="loom-quiet"><Ago at={one.created_at} /></span>
    </span>
  );
}

// `does` is what can be done: {read, done, later, back}. `answering` says that the form of its decision is open.
export const Row = memo(function Row({ one, here, mayAnswer, answering, does, onHere, onAnswer }) {
  const [why, setWhy] = useState(false);
  const row = useRef(null);
  const unread = one.status === "unread";
  const decision = mayAnswer && waits(one) ? decisionOf(one) : "";
  useEffect(() => {
    if (here) row.current.scrollIntoView({ block: "nearest" });
  }, [here]);
  return (
    <li ref={row} className={`loom-told${unread ? " is-unread" : ""}${here ? " is-here" : ""}`} data-notification={one.id} data-status={one.status} aria-current={here || undefined} onFocus={() => onHere(one.id)}>
      <div className="loom-told-words">
        <Head one={one} />
        <h3 dir="auto"><Link to={one.link || "/inbox"} onClick={() => does.read(one, true)}>{unread && <span className="loom-unseen">Unread: </span>}{one.title}</Link></h3>
        {one.message && <p className="loom-told-message" dir="auto">{one.message}</p>}
        <p className="loom-quiet">
          {one.settled_at && one.settled_by ? `${one.settled_by} ` : ""}{one.project && <>{one.project} · </>}{one.why}{" "}
          <button type="button" className="loom-told-ask" aria-expanded={why} aria-label={`Why do I see: ${one.title}`} onClick={() => setWhy(!why)}>Details</button>
        </p>
        {why && <Why id={one.id} />}
      </div>
      <div className="loom-row loom-told-tools">
        {decision ? <button type="button" className="loom-button is-small is-main" aria-expanded={answering} onClick={() => onAnswer(one.id)}>{answering ? "Not now" : "Answer here"}</button>
          : waits(one) && one.link && <Link className="loom-button is-small is-main" to={one.link} onClick={() => does.read(one, true)}>{opening(one.link)}</Link>}
        {one.status === "archived" || isPutOff(one)
          ? <button type="button" className="loom-button is-small" onClick={() => does.back(one)}>Back to the inbox</button>
          : <>
            <button type="button" className="loom-button is-small" onClick={() => does.done(one)}>Done</button>
            <Later title={one.title} onChoose={(until) => does.later(one, until)} />
            <button type="button" className="loom-button is-small is-plain" onClick={() => does.read(one, unread)}>{unread ? "Mark read" : "Mark unread"}</button>
          </>}
      </div>
      {decision && answering && <Suspense fallback={<div className="loom-skeleton" role="status" aria-label="Loading" />}><AnswerHere id={decision} onDone={() => does.read(one, true)} onClose={() => onAnswer("")} /></Suspense>}
    </li>
  );
});
