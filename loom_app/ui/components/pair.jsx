// Pair programming: a person talks with an agent about a bead, sees what it does and what that changed.

import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { may } from "./bead_data.js";
import { Diff } from "./diff.jsx";
import { useDraft } from "./drafts.js";
import { Markdown } from "./markdown.jsx";
import { spoken, useTalk } from "./pair_talk.js";
import { Fault, Field, Send, useSending } from "./parts.jsx";
import { dollars, send } from "./rest.js";
import { Action, Fold } from "./run_turn.jsx";

const LONGEST = 20000;
const NEAR_END = 80;
const STATES = { connecting: "Connecting …", acting: "At work …", stopping: "Stopping …" };

function Person({ said }) {
  return (
    <div className="loom-talk-said is-person">
      <p className="loom-quiet">You, <Ago at={said.at} /></p>
      <p className="loom-talk-text" dir="auto">{said.text}</p>
    </div>
  );
}

function Agent({ said, name, state, onAgain }) {
  const text = spoken(said.text);
  return (
    <div className="loom-talk-said is-agent">
      <p className="loom-quiet">{name}{said.tokens > 0 && <> · {said.tokens.toLocaleString("en-US")} tokens · {dollars(said.cost_micros)}</>}</p>
      {text && <div dir="auto"><Markdown>{text}</Markdown></div>}
      {said.actions.map((action) => <Action key={action.position} action={action} />)}
      {said.actions.filter((action) => action.metadata.decision_id).map((action) => (
        <p key={action.position} className="loom-reason" role="note">It waits for leave: <Link to={`/decisions/${encodeURIComponent(action.metadata.decision_id)}`}>answer that</Link>, then say go on.</p>
      ))}
      {said.actions.filter((action) => action.type === "done" && action.status === "error").map((action) => (
        <p key={action.position} className="loom-fault-line" role="alert">It was not finished: {action.message}</p>
      ))}
      {said.diff && <Fold title="What changed" open><Diff text={said.diff} /></Fold>}
      {!said.is_over && state && !text && <div className="loom-progress" role="presentation" />}
      {said.remark && <p className="loom-reason" role="note">{said.remark}</p>}
      {said.fault && (
        <p className="loom-fault-line" role="alert">{said.fault} {onAgain && <button type="button" className="loom-button is-small" onClick={onAgain}>Try again</button>}</p>
      )}
    </div>
  );
}

// What was changed and is still in one's hands: looked at, finished, or given back.
function Work({ talk, state, onFinish, onDone }) {
  const [asking, setAsking] = useState(false);
  const finishing = useSending(async ({ message }) => {
    setAsking(false);
    await onFinish(message.trim());
  });
  const giving = useSending(async () => {
    await send("POST", `/api/v1/runs/${encodeURIComponent(talk.session_id)}/give-back`, { note: "" });
    await onDone();
  });
  return (
    <section className="loom-steer-form" aria-label="What you changed together">
      <p>Your changes are on <code>{talk.branch}</code>, and the bead is yours. <Link to={`/runs/${encodeURIComponent(talk.session_id)}/diff`}>Look at the whole change</Link></p>
      {asking ? (
        <form onSubmit={finishing.submit}>
          <Field label="What was done" name="message" as="textarea" rows={2} maxLength={2000} autoFocus hint="It becomes the commit's message, with the bead's title." />
          <div className="loom-row"><Send sending={finishing} word="Finish it" busy="Finishing …" /><button type="button" className="loom-button" onClick={() => setAsking(false)}>Cancel</button></div>
        </form>
      ) : (
        <div className="loom-row">
          <button type="button" className="loom-button is-main" disabled={Boolean(state)} onClick={() => setAsking(true)}>Finish …</button>
          <button type="button" className="loom-button" disabled={Boolean(state) || giving.busy} title="An agent goes on with what lies on the branch" onClick={giving.submit}>Give it back</button>
        </div>
      )}
      <Fault>{giving.fault || finishing.fault}</Fault>
    </section>
  );
}

function Refusal({ fault, onAgain }) {
  if (!fault) return null;
  const code = fault.problem?.code;
  return (
    <p className="loom-fault-line" role="alert">
      {fault instanceof TypeError ? "Loom cannot be reached. What was said is kept; check that it runs, then try again." : fault.message}{" "}
      {code === "no_provider" ? <Link to="/providers">Open Providers</Link> : onAgain && <button type="button" className="loom-button is-small" onClick={onAgain}>Try again</button>}
    </p>
  );
}

function Compose({ bead, agents, agent, onAgent, state, name, onSay, onStop }) {
  const [draft, setDraft] = useDraft(bead.id, "pair");
  const text = draft?.text || "";
  const submit = (event) => {
    event?.preventDefault();
    if (!text.trim() || state || !agent) return;
    setDraft(null);
    onSay(text.trim());
  };
  const onKeyDown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form className="loom-talk-compose" onSubmit={submit}>
      <Field label={`Message to ${name}`} as="textarea" rows={3} maxLength={LONGEST} value={text} onChange={(event) => setDraft(event.target.value ? { text: event.target.value, base: "" } : null)} onKeyDown={onKeyDown} hint="Enter sends, Shift+Enter begins a new line." />
      <div className="loom-row">
        <label className="loom-row is-nowrap loom-talk-agent">
          <span className="loom-quiet">Agent</span>
          <select value={agent} disabled={Boolean(state)} onChange={(event) => onAgent(event.target.value)}>
            {agents.map((one) => <option key={one.id} value={one.id}>{one.name}</option>)}
          </select>
        </label>
        {state
          ? <button type="button" className="loom-button is-danger" disabled={state === "stopping" || state === "connecting"} onClick={onStop}>{state === "stopping" ? "Stopping …" : "Stop"}</button>
          : <button type="submit" className="loom-button is-main" disabled={!text.trim()}>Send</button>}
      </div>
    </form>
  );
}

// Keeps the end in view while it grows, unless one has scrolled up to read.
function useEnd(messages) {
  const list = useRef(null);
  const stays = useRef(true);
  useEffect(() => {
    if (list.current && stays.current) list.current.scrollTop = list.current.scrollHeight;
  }, [messages]);
  const onScroll = ({ currentTarget: box }) => {
    stays.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
  };
  return [list, onScroll];
}

export function Pair({ bead, beat, me, names }) {
  const [chosen, setChosen] = useState("");
  const { talk, state, fault, say, finish, stop, look } = useTalk(bead.id, chosen, beat);
  const [list, onScroll] = useEnd(talk?.messages);
  const agents = names.agents.filter((agent) => agent.project_id === bead.project_id && agent.status !== "complete");
  const agent = chosen || (agents.some((one) => one.id === talk?.agent_id) ? talk.agent_id : "") || agents.find((one) => one.id === bead.assigned_to)?.id || agents[0]?.id || "";
  const name = talk?.agent_name && talk.agent_id === agent ? talk.agent_name : names.name(agent);
  if (!talk) return fault ? <Refusal fault={fault} onAgain={look} /> : <div className="loom-skeleton" role="status" aria-label="Loading" />;
  const lastAsked = talk.messages.findLast((said) => said.role === "person")?.text;
  const again = lastAsked && !state ? () => say(agent, lastAsked) : null;
  const isAnswering = state && talk.messages.at(-1)?.role === "person";
  return (
    <div className="loom-talk">
      {talk.messages.length === 0 && <p className="loom-quiet">Ask an agent about this bead: how something works, what it would change, or to change it with you. It looks at the files and answers here; what is said is kept.</p>}
      {talk.earlier > 0 && <p className="loom-quiet">{talk.earlier} earlier turns are among the <Link to={`/beads/${encodeURIComponent(bead.id)}?tab=runs&run=${encodeURIComponent(talk.session_id)}`}>runs</Link>.</p>}
      {talk.messages.length > 0 && (
        <div className="loom-talk-log" role="log" aria-label={`Talk with ${name}`} tabIndex={0} ref={list} onScroll={onScroll}>
          {talk.messages.map((said) => said.role === "person"
            ? <Person key={`${said.turn}-person-${said.at}`} said={said} />
            : <Agent key={`${said.turn}-agent`} said={said} name={name} state={state} onAgain={said === talk.messages.at(-1) ? again : null} />)}
          {isAnswering && <div className="loom-talk-said is-agent"><p className="loom-quiet">{name}</p><div className="loom-progress" role="presentation" /></div>}
        </div>
      )}
      <p className="loom-quiet loom-talk-state" role="status">{state ? STATES[state] || `${name} is answering …` : talk.tokens > 0 ? `${talk.tokens.toLocaleString("en-US")} tokens, ${talk.cost} so far` : ""}</p>
      <Refusal fault={fault} onAgain={again} />
      {talk.is_finished && !state && <p className="loom-reason" role="note">{talk.message} The next message begins a new talk.</p>}
      {talk.has_changes && <Work talk={talk} state={state} onFinish={finish} onDone={look} />}
      {!may(me, "repl:use")
        ? <p className="loom-reason" role="note">Talking with agents needs the permission repl:use, which you do not have. Ask an administrator.</p>
        : agents.length === 0
          ? <p className="loom-quiet">This project has no agents to talk with. <Link to="/agents">Add one</Link>.</p>
          : <Compose {...{ bead, agents, agent, state, name }} onAgent={setChosen} onSay={(text) => say(agent, text)} onStop={stop} />}
      {talk.changes_refused && may(me, "repl:use") && agents.length > 0 && <p className="loom-quiet">{talk.changes_refused}</p>}
    </div>
  );
}
