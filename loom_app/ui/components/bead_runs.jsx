// The runs of a bead: which there were, and the chosen one turn by turn, live while it is on.

import { useState } from "react";
import { Link } from "react-router";
import { Ago } from "./ago.jsx";
import { useAnswer } from "./bead_data.js";
import { Diff } from "./diff.jsx";
import { PullRequest, usePull } from "./pull_request.jsx";
import { ago, dollars } from "./rest.js";
import { Replay } from "./run_replay.jsx";
import { standing, Steering } from "./run_steering.jsx";
import { Fold, Nudges, Turn } from "./run_turn.jsx";

const RUN_WORD = {
  claimed: "Starting", running: "At work", finished: "Finished", waiting: "Waits for a person",
  failed: "Failed", cancelled: "Stopped", lost: "Lost its worker",
};
const wordOf = (run) => (run.status === "waiting" && run.terminal_reason === "review" ? "Waits for review" : RUN_WORD[run.status] || run.status);

function Run({ run, bead, beat, name, mayWrite }) {
  const live = isLive(run);
  const pull = usePull(run.branch ? run.id : "", beat);
  const [stepwise, setStepwise] = useState(false);
  const [tone, word] = standing(run) || [run.status, wordOf(run)];
  const heard = (turn) => run.nudges.filter((nudge) => nudge.heard_run_id === run.id && nudge.heard_turn === turn.number);
  const others = run.nudges.filter((nudge) => nudge.heard_run_id !== run.id).map((nudge) => ({ ...nudge, elsewhere: nudge.heard_run_id !== "" }));
  return (
    <article className="loom-run" aria-label={`Run ${run.id}`}>
      <header>
        <h3>
          <span className={`loom-status is-${tone}`}>{word}</span>{" "}
          {name(run.agent_id)}
        </h3>
        {run.turns.length > 0 && <button type="button" className="loom-button is-small" aria-pressed={stepwise} onClick={() => setStepwise(!stepwise)}>{stepwise ? "All turns" : "Step by step"}</button>}
      </header>
      {run.message && <p>{run.message}</p>}
      <Steering run={run} bead={bead} live={live} name={name} mayWrite={mayWrite} />
      <PullRequest pull={pull} mayWrite={mayWrite} said={run.message} />
      {run.conversation_deleted_at && <p className="loom-quiet">What was said in this run was deleted <Ago at={run.conversation_deleted_at} />.</p>}
      <dl className="loom-facts">
        <div><dt>Turns</dt><dd>{run.turn_count}</dd></div>
        <div><dt>Tokens</dt><dd>{run.tokens.input.toLocaleString()} in, {run.tokens.output.toLocaleString()} out</dd></div>
        <div><dt>Cost</dt><dd>{run.cost_micros === null ? (run.turn_count ? "unpriced" : "–") : dollars(run.cost_micros)}</dd></div>
        <div><dt>Model</dt><dd>{run.model}{run.model === "loom-demo" && <span className="loom-demo">demo model</span>}</dd></div>
        <div><dt>Why this agent</dt><dd>{run.why || "–"}</dd></div>
        {run.terminal_reason && run.ended_at && <div><dt>Ended</dt><dd>{run.terminal_reason.replaceAll("_", " ")}, <Ago at={run.ended_at} /></dd></div>}
        {run.lessons.length > 0 && <div><dt>Told of lessons</dt><dd>{run.lessons.map((one) => one.title).join(" · ")} <Link to={`/projects/${encodeURIComponent(run.project_id)}?tab=lessons`}>all of them</Link></dd></div>}
        {run.branch && <div><dt>Branch</dt><dd><code>{run.branch}</code></dd></div>}
        {run.commit_hash && <div><dt>Commit</dt><dd><code title={run.commit_hash}>{run.commit_hash.slice(0, 12)}</code></dd></div>}
      </dl>
      {stepwise ? (
        <Replay run={run} live={live} heard={heard} />
      ) : (
        <ol className="loom-turns">
          {run.turns.map((turn, index) => <Turn key={turn.number} turn={turn} over={!live} nudges={heard(turn)} last={live && !run.paused_at && index === run.turns.length - 1} />)}
        </ol>
      )}
      <Nudges nudges={others} />
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
  const wanted = runs?.find((run) => run.id === chosen)?.id || runs?.[0]?.id;
  const [detail, unread] = useAnswer(wanted ? `/api/v1/runs/${wanted}` : "", beat);
  const told = unread?.message || fault?.message;
  if (!runs && !told) return <div className="loom-skeleton" aria-label="Loading the runs" />;
  return (
    <div className="loom-runs">
      {told && <p className="loom-fault-line" role="alert">{told}</p>}
      {runs?.length > 1 && (
        <label className="loom-choice"><span>Run</span>
          <select value={wanted} onChange={(event) => onChoose(event.target.value)}>
            {runs.map((run, index) => <option key={run.id} value={run.id}>{`${runs.length - index}: ${wordOf(run)}, ${name(run.agent_id)}, ${ago(run.created_at)}`}</option>)}
          </select>
        </label>
      )}
      {detail && <Run key={detail.id} run={detail} bead={bead} beat={beat} name={name} mayWrite={mayWrite} />}
      {runs?.length === 0 && <p className="loom-empty">{noRun(bead)}</p>}
    </div>
  );
}
