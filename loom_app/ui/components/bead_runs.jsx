// The runs of a bead: which there were, and the chosen one turn by turn, live while it is on.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Diff } from "./diff.jsx";
import { counted } from "./graph_facts.js";
import { PullRequest, usePull } from "./pull_request.jsx";
import { ago, dollars, send } from "./rest.js";

const RUN_WORD = {
  claimed: "Starting", running: "At work", finished: "Finished", waiting: "Waits for a person",
  failed: "Failed", cancelled: "Stopped", lost: "Lost its worker",
};
const ACTION_MARK = { executed: "✓", error: "✗", interrupted: "!", skipped: "–", started: "…", pending: "·" };

function Code({ children, label, tall }) {
  return (
    <pre className={`loom-code${tall ? " is-tall" : ""}`} tabIndex={0} aria-label={label}>
      {children}
    </pre>
  );
}

function Fold({ title, children, open, extra }) {
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

function Result({ action }) {
  const told = action.metadata;
  const text = told.output ?? told.content ?? told.diff ?? null;
  const streams = [["Output", told.stdout], ["Errors", told.stderr]].filter(([, value]) => value);
  return (
    <>
      {action.message && <p className="loom-result">{action.message}</p>}
      {told.exit_code !== undefined && told.exit_code !== null && <p className="loom-quiet">Exit code {told.exit_code}{told.duration_ms !== undefined ? `, ${(told.duration_ms / 1000).toFixed(1)} s` : ""}</p>}
      {told.risk && <p className="loom-quiet">Risk {told.risk}{told.rule ? `: ${told.rule}` : ""}</p>}
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

function Action({ action }) {
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
const FORMS = { simple: "one action at a time" };

// How what was sent was made to fit the model's context; nothing where all of it was told whole.
function fitted(turn) {
  const told = [
    turn.dropped_turns && `${counted(turn.dropped_turns, "earlier turn")} told as a summary`,
    turn.shortened_turns && `${turn.shortened_turns} in short`,
    turn.prompt_cut && "the task was cut",
  ].filter(Boolean);
  if (told.length) return `${told.join(", ")}: about ${turn.prompt_estimate.toLocaleString()} of ${turn.prompt_limit.toLocaleString()} tokens`;
  return "";
}

function Turn({ turn, last }) {
  const tokens = turn.tokens;
  return (
    <li className="loom-turn" id={`turn-${turn.number}`}>
      <header>
        <h4>Turn {turn.number}</h4>
        <span className="loom-quiet">
          {turn.reply === null
            ? "waiting for the model"
            : `${tokens.input.toLocaleString()} in${tokens.cached ? ` (${tokens.cached.toLocaleString()} cached)` : ""}, ${tokens.output.toLocaleString()} out${turn.tokens_estimated ? ", estimated" : ""} · ${turn.cost} · ${(turn.latency_ms / 1000).toFixed(1)} s · ${turn.model}${FORMS[turn.format] ? ` · ${FORMS[turn.format]}` : ""}`}
        </span>
      </header>
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

function Run({ run, beat, name, mayWrite, onFault }) {
  const live = isLive(run);
  const pull = usePull(run.branch ? run.id : "", beat);
  const stop = async () => {
    try {
      await send("POST", `/api/v1/runs/${run.id}/cancel`);
    } catch (error) {
      onFault(error.message);
    }
  };
  return (
    <article className="loom-run" aria-label={`Run ${run.id}`}>
      <header>
        <h3>
          <span className={`loom-status is-${run.status}`}>{RUN_WORD[run.status] || run.status}</span>{" "}
          {name(run.agent_id)}
        </h3>
        {live && mayWrite && <button type="button" className="loom-button is-danger" onClick={stop} disabled={run.cancel_requested}>{run.cancel_requested ? "Stopping…" : "Stop this run"}</button>}
      </header>
      {run.message && <p>{run.message}</p>}
      <PullRequest pull={pull} mayWrite={mayWrite} said={run.message} />
      {run.conversation_deleted_at && <p className="loom-quiet">What was said in this run was deleted <Ago at={run.conversation_deleted_at} />.</p>}
      <dl className="loom-facts">
        <div><dt>Turns</dt><dd>{run.turn_count}</dd></div>
        <div><dt>Tokens</dt><dd>{run.tokens.input.toLocaleString()} in, {run.tokens.output.toLocaleString()} out</dd></div>
        <div><dt>Cost</dt><dd>{run.cost_micros === null ? (run.turn_count ? "unpriced" : "–") : dollars(run.cost_micros)}</dd></div>
        <div><dt>Model</dt><dd>{run.model}{run.model === "loom-demo" && <span className="loom-demo">demo model</span>}</dd></div>
        <div><dt>Why this agent</dt><dd>{run.why || "–"}</dd></div>
        {run.terminal_reason && <div><dt>Ended</dt><dd>{run.terminal_reason.replaceAll("_", " ")}, <Ago at={run.ended_at} /></dd></div>}
        {run.branch && <div><dt>Branch</dt><dd><code>{run.branch}</code></dd></div>}
        {run.commit_hash && <div><dt>Commit</dt><dd><code title={run.commit_hash}>{run.commit_hash.slice(0, 12)}</code></dd></div>}
      </dl>
      <ol className="loom-turns">
        {run.turns.map((turn, index) => <Turn key={turn.number} turn={turn} last={live && index === run.turns.length - 1} />)}
      </ol>
      {run.diff && !live && <p><Link className="loom-button" to={`/runs/${encodeURIComponent(run.id)}/diff`}>{run.terminal_reason === "review" && run.status === "waiting" ? "Review the change" : "Look at the change"}</Link></p>}
      {run.diff && <Fold title="The whole change" open={!live}><Diff text={run.diff} /></Fold>}
    </article>
  );
}

export const isLive = (run) => run.status === "claimed" || run.status === "running";

export const runsPath = (beadId) => `/api/v1/runs?limit=50&bead_id=${encodeURIComponent(beadId)}`;

function noRun(bead) {
  if (bead.is_blocked) return "No run yet: it waits for other beads.";
  return bead.status === "open" ? "No run yet. It starts as soon as a suitable agent is idle and a provider is active." : "No agent has worked on this bead.";
}

// `runs` are the newest first, null while they load; `chosen` is the id of one, empty for the newest.
export function Runs({ bead, runs, fault, beat, name, mayWrite, chosen, onChoose }) {
  const [refused, setRefused] = useState("");
  const wanted = runs?.find((run) => run.id === chosen)?.id || runs?.[0]?.id;
  const [detail, unread] = useAnswer(wanted ? `/api/v1/runs/${wanted}` : "", beat);
  const told = refused || unread?.message || fault?.message;
  if (!runs && !told) return <div className="loom-skeleton" aria-label="Loading the runs" />;
  return (
    <div className="loom-runs">
      {told && <p className="loom-fault-line" role="alert">{told}</p>}
      {runs?.length > 1 && (
        <label className="loom-choice"><span>Run</span>
          <select value={wanted} onChange={(event) => onChoose(event.target.value)}>
            {runs.map((run, index) => <option key={run.id} value={run.id}>{`${runs.length - index}: ${RUN_WORD[run.status]}, ${name(run.agent_id)}, ${ago(run.created_at)}`}</option>)}
          </select>
        </label>
      )}
      {detail && <Run run={detail} beat={beat} name={name} mayWrite={mayWrite} onFault={setRefused} />}
      {runs?.length === 0 && <p className="loom-empty">{noRun(bead)}</p>}
    </div>
  );
}
