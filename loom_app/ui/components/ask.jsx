// Asking Loom: a prompt with one's history, answers with links, and changes that wait for one's word.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Exchange } from "./ask_answer.jsx";
import { ask } from "./ask_stream.js";
import { Markdown } from "./markdown.jsx";
import { get, send } from "./rest.js";
import "./ask.css";

const HISTORY = "/api/v1/repl/history";
const SHOWN = 30;
const LONGEST = 8000;
const FIRST = ["What is ready?", "What is blocked, and why?", "Who works on what?", "What did this week cost?", "Which decisions wait for me?", "What happened since yesterday?"];

function words(error) {
  return error instanceof TypeError ? "Loom cannot be reached. Try again when it is." : error.message;
}

// What was asked before, oldest first; null while it is not known.
function useHistory(mayAsk) {
  const [exchanges, setExchanges] = useState(null);
  const [fault, setFault] = useState("");
  const load = useCallback(async () => {
    setFault("");
    try {
      const { body } = await get(`${HISTORY}?limit=${SHOWN}`);
      setExchanges(body.exchanges.toReversed());
    } catch (error) {
      setFault(words(error));
    }
  }, []);
  useEffect(() => {
    if (mayAsk) load();
  }, [mayAsk, load]);
  return { exchanges, setExchanges, fault, load };
}

// The question that is under way: `now` is null between questions.
function useAsking(onAnswer) {
  const [now, setNow] = useState(null);
  const [fault, setFault] = useState(null);
  const stop = useRef(null);
  useEffect(() => () => stop.current?.abort(), []);
  const start = async (message) => {
    const mine = new AbortController();
    stop.current = mine;
    setFault(null);
    setNow({ message, steps: [], text: "" });
    try {
      const answer = await ask(message, mine.signal, (told) => setNow((was) => was && {
        ...was,
        steps: told.step ? [...was.steps, told.step] : was.steps,
        text: told.void ? "" : was.text + (told.text || ""),
      }));
      onAnswer(answer);
    } catch (error) {
      setFault({ message, why: error.name === "AbortError" ? "You stopped it. Nothing was changed." : words(error) });
    } finally {
      setNow(null);
    }
  };
  return { now, fault, start, stop: () => stop.current?.abort() };
}

function Waiting({ now, onStop }) {
  const step = now.steps.at(-1);
  return (
    <div className="loom-exchange" aria-live="polite">
      <p className="loom-asked"><span aria-hidden="true">›</span>{now.message}</p>
      {now.text ? <Markdown>{now.text}</Markdown> : <p className="loom-ask-step">{step ? `${step} …` : "Thinking …"}</p>}
      <div className="loom-row"><button type="button" className="loom-button" onClick={onStop}>Stop</button><span className="loom-quiet">Esc</span></div>
    </div>
  );
}

// ↑ and ↓ at the edges of the text walk through what was asked; Enter sends, Shift Enter begins a line.
function Prompt({ asked, busy, text, onText, onSend, onStop, field }) {
  const [at, setAt] = useState(null);
  const step = (event, by) => {
    const { selectionStart, selectionEnd, value } = event.target;
    const edge = by < 0 ? !value.slice(0, selectionStart).includes("\n") : !value.slice(selectionEnd).includes("\n");
    const next = at === null ? (by < 0 ? asked.length - 1 : null) : at + by;
    if (!edge || next === null || next < 0 || (at === null && text)) return;
    event.preventDefault();
    setAt(next >= asked.length ? null : next);
    onText(asked[next] ?? "");
  };
  const keys = (event) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      setAt(null);
      onSend();
    } else if (event.key === "ArrowUp") step(event, -1);
    else if (event.key === "ArrowDown") step(event, 1);
    else if (event.key === "Escape" && busy) onStop();
  };
  return (
    <form className="loom-prompt" onSubmit={(event) => { event.preventDefault(); onSend(); }}>
      <span aria-hidden="true">›</span>
      <textarea
        ref={field} aria-label="Ask Loom, or start work by agent: task" placeholder="Ask, or “agent: task”" rows={Math.min(8, text.split("\n").length)}
        maxLength={LONGEST} value={text} onKeyDown={keys} autoFocus
        onChange={(event) => { setAt(null); onText(event.target.value); }}
      />
      <button type="submit" className="loom-button is-main" disabled={busy || !text.trim()}>Ask</button>
    </form>
  );
}

function Empty({ onAsk }) {
  return (
    <section className="loom-ask-empty" aria-label="What can be asked">
      <h2>Ask about anything you may see</h2>
      <div className="loom-row">{FIRST.map((text) => <button key={text} type="button" className="loom-button loom-suggestion" onClick={() => onAsk(text)}>{text}</button>)}</div>
      <p className="loom-quiet">Start work with <code>agent: task</code>, such as <code>QA Engineer: test the sign-in page</code>. Changes, such as <code>close loom-12</code> or <code>pause Ada</code>, are shown to you first and made when you confirm them.</p>
    </section>
  );
}

function Denied() {
  return (
    <div className="loom-panel loom-refused">
      <h2>You may not ask here</h2>
      <p className="loom-sub">This needs the permission repl:use, which your role does not have. An administrator can give you another role.</p>
    </div>
  );
}

function Clear({ onClear }) {
  const [sure, setSure] = useState(false);
  const [fault, setFault] = useState("");
  if (!sure) return <button type="button" className="loom-button is-plain" onClick={() => setSure(true)}>Forget my history</button>;
  return (
    <div className="loom-row" role="alertdialog" aria-label="Forget my history">
      <span>Delete everything you asked, and proposals that wait?</span>
      <button type="button" className="loom-button is-danger" autoFocus onClick={() => onClear().then(() => setSure(false), (error) => setFault(words(error)))}>Delete</button>
      <button type="button" className="loom-button" onClick={() => setSure(false)}>Keep</button>
      {fault && <p className="loom-fault-line" role="alert">{fault}</p>}
    </div>
  );
}

export function Ask({ mayAsk, entered }) {
  const { exchanges, setExchanges, fault: unread, load } = useHistory(mayAsk);
  const [text, setText] = useState("");
  const field = useRef(null);
  const end = useRef(null);
  const asking = useAsking((answer) => setExchanges((was) => [...(was || []), answer]));
  const changed = useCallback((id, proposal) => setExchanges((was) => was.map((one) => (
    one.id === id ? { ...one, proposals: one.proposals.map((each) => (each.id === proposal.id ? proposal : each)) } : one
  ))), [setExchanges]);
  const start = (message) => {
    if (!message.trim() || asking.now) return;
    setText("");
    asking.start(message.trim());
    field.current?.focus();
  };
  const startAgain = useRef(start);
  startAgain.current = start;
  const pick = useCallback((message) => startAgain.current(message), []);
  useLayoutEffect(() => {
    end.current?.scrollIntoView({ block: "end" });
  }, [exchanges?.length, asking.now?.steps.length, asking.fault]);
  if (entered && !mayAsk) return <Denied />;
  if (unread) return <div className="loom-fault" role="alert"><p>Your history cannot be read: {unread}</p><button type="button" onClick={load}>Try again</button></div>;
  if (exchanges === null) return <div className="loom-skeleton is-page" aria-label="Loading" />;
  return (
    <div className="loom-ask">
      {exchanges.length === 0 && !asking.now && <Empty onAsk={pick} />}
      {exchanges.length > 0 && <Clear onClear={async () => { await send("DELETE", HISTORY); setExchanges([]); }} />}
      <ol className="loom-exchanges">{exchanges.map((one) => <Exchange key={one.id} exchange={one} onChange={changed} onAsk={pick} />)}</ol>
      {asking.now && <Waiting now={asking.now} onStop={asking.stop} />}
      {asking.fault && (
        <div className="loom-fault" role="alert"><p>{asking.fault.why}</p><button type="button" onClick={() => pick(asking.fault.message)}>Ask again</button></div>
      )}
      <Prompt asked={exchanges.map((one) => one.message)} busy={Boolean(asking.now)} text={text} onText={setText} onSend={() => start(text)} onStop={asking.stop} field={field} />
      <span ref={end} className="loom-ask-end" />
    </div>
  );
}
