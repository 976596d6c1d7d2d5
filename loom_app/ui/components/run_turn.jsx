// One turn of a run: what was said, what was done, what came of it.

import { Ago } from "./ago.jsx";
import { Diff } from "./diff.jsx";
import { counted } from "./graph_facts.js";

const ACTION_MARK = { executed: "✓", error: "✗", interrupted: "!", skipped: "–", started: "…", pending: "·" };

export function Code({ children, label, tall }) {
  return (
    <pre className={`loom-code${tall ? " is-tall" : ""}`} tabIndex={0} aria-label={label}>
      {children}
    </pre>
  );
}

export function Fold({ title, children, open, extra }) {
  return (
    <details className="loom-fold" open={open}>
      <summary>{title}{extra && <span className="loom-quiet"> {extra}</span>}</summary>
      {children}
    </details>
  );
}

function summary(action) {
  const given = action.parameters;
  if (given.command) return given.command;
  if (given.path) return given.path + (given.start_line ? `:${given.start_line}-${given.end_line || ""}` : "");
  if (given.query) return `“${given.query}”`;
  return String(given.commit_message || given.reason || given.question || given.bead?.title || given.test_pattern || "").split("\n")[0];
}

// What a command asked of the network: the hosts it reached with what it moved, and those it was refused.
function Network({ contacts }) {
  return (
    <ul className="loom-quiet loom-plain-list" aria-label="Network">
      {contacts.map((one) => (
        <li key={`${one.host}:${one.port}:${one.refused}`}>
          {one.host && <code>{one.host}:{one.port}</code>}{one.times > 1 && ` ${one.times} times`}{" "}
          {one.refused ? `refused: ${one.refused}` : `reached at ${one.address}, ${one.sent.toLocaleString()} bytes out, ${one.received.toLocaleString()} in`}
        </li>
      ))}
    </ul>
  );
}

function Result({ action }) {
  const told = action.metadata;
  const text = told.output ?? told.content ?? told.diff ?? null;
  const streams = [["Output", told.stdout], ["Errors", told.stderr]].filter(([, value]) => value);
  return (
    <>
      {action.message && <p className="loom-result">{action.message}</p>}
      {told.exit_code !== undefined && told.exit_code !== null && <p className="loom-quiet">Exit code {told.exit_code}{told.duration_ms !== undefined ? `, ${(told.duration_ms / 1000).toFixed(1)} s` : ""}</p>}
      {told.risk && <p className="loom-quiet">Risk {told.risk}{told.rule ? `: ${told.rule}` : ""}</p>}
      {Array.isArray(told.network) && <Network contacts={told.network} />}
      {text !== null && text !== "" && <Code label="Result">{String(text)}</Code>}
      {streams.map(([name, value]) => <Code key={name} label={name}>{value}</Code>)}
      {Array.isArray(told.entries) && <Code label="Files">{told.entries.map((entry) => entry.path).join("\n")}</Code>}
      {Array.isArray(told.matches) && <Code label="Matches">{told.matches.map((match) => `${match.path}:${match.line}: ${match.text}`).join("\n")}</Code>}
    </>
  );
}

function Asked({ action }) {
  const { old_text: before, new_text: after, patch, content, ...rest } = action.parameters;
  if (patch) return <Diff text={patch} />;
  if (before !== undefined && after !== undefined)
    return <Diff text={[...String(before).replace(/\n$/, "").split("\n").map((line) => `-${line}`), ...String(after).replace(/\n$/, "").split("\n").map((line) => `+${line}`)].join("\n")} />;
  if (content !== undefined) return <Code label="Content written">{content}</Code>;
  return Object.keys(rest).length > 0 ? <Code label="Parameters">{JSON.stringify(rest, null, 2)}</Code> : null;
}

export function Action({ action }) {
  return (
    <Fold
      title={
        <>
          <span className={`loom-mark is-${action.status}`} aria-label={action.status}>{ACTION_MARK[action.status]}</span>{" "}
          <code>{action.type}</code> <span className="loom-cut">{summary(action)}</span>
        </>
      }
      extra={action.status === "error" ? "refused" : action.metadata.success === false ? "tests fail" : action.metadata.success === true ? "tests pass" : ""}
    >
      <Asked action={action} />
      <Result action={action} />
    </Fold>
  );
}

// How the model was asked for actions, where that is worth a word.
const FORMS = { tools: "function calls", simple: "one action at a time" };

// How what was sent was made to fit the model's context; nothing where all of it was told whole.
export function fitted(turn) {
  const told = [
    turn.dropped_turns && `${counted(turn.dropped_turns, "earlier turn")} told as a summary`,
    turn.shortened_turns && `${turn.shortened_turns} in short`,
    turn.prompt_cut && "the task was cut",
  ].filter(Boolean);
  if (told.length) return `${told.join(", ")}: about ${turn.prompt_estimate.toLocaleString()} of ${turn.prompt_limit.toLocaleString()} tokens`;
  return "";
}

// What people said to the run, as part of its conversation.
export function Nudges({ nudges }) {
  return nudges.map((nudge) => (
    <blockquote key={nudge.id} className="loom-nudge" dir="auto">
      <p className="loom-quiet">{nudge.author_name} said, <Ago at={nudge.created_at} />{!nudge.heard_turn ? ": not heard yet" : nudge.elsewhere && ": heard by the next run"}</p>
      <p>{nudge.text}</p>
    </blockquote>
  ));
}

// Tokens, cost, time and model of a turn, in a line.
export function figures(turn, over) {
  const { tokens } = turn;
  if (turn.reply === null && over) return "not answered";
  if (turn.reply === null) return turn.asked_at ? "waiting for the model" : "not asked yet";
  const cached = tokens.cached ? ` (${tokens.cached.toLocaleString()} cached)` : "";
  return `${tokens.input.toLocaleString()} in${cached}, ${tokens.output.toLocaleString()} out${turn.tokens_estimated ? ", estimated" : ""} · ${turn.cost} · ${(turn.latency_ms / 1000).toFixed(1)} s · ${turn.model}${FORMS[turn.format] ? ` · ${FORMS[turn.format]}` : ""}`;
}

export function Turn({ turn, last, over, nudges }) {
  return (
    <li className="loom-turn" id={`turn-${turn.number}`}>
      <header>
        <h4>Turn {turn.number}</h4>
        <span className="loom-quiet">{figures(turn, over)}</span>
      </header>
      <Nudges nudges={nudges} />
      {turn.substituted && <p className="loom-reason" role="note">Another model answered than was asked: {turn.model} instead of {turn.model_asked}.</p>}
      {turn.shortfall && !turn.fault && <p className="loom-reason" role="note">{turn.shortfall}</p>}
      {turn.notes && <p>{turn.notes}</p>}
      {turn.fault && <p className="loom-fault-line" role="note">The reply could not be read: {turn.fault.slice(0, 400)}</p>}
      {turn.actions.map((action) => <Action key={action.position} action={action} />)}
      <div className="loom-raw">
        {turn.system_prompt && <Fold title="System prompt"><Code tall label="System prompt">{turn.system_prompt}</Code></Fold>}
        <Fold title="Prompt" extra={fitted(turn)}><Code tall label="Prompt">{turn.prompt}</Code></Fold>
        {turn.reply !== null && <Fold title="Reply"><Code tall label="Reply">{turn.reply}</Code></Fold>}
      </div>
      {last && turn.reply === null && <div className="loom-progress" role="status" aria-label="The model is answering" />}
    </li>
  );
}
