// One bead: what it asks for, what it waits for, and every run of it turn by turn, live while one is on.

import { useCallback, useEffect, useRef, useState } from "react";
import { Link, useLocation } from "react-router";
import { Ago } from "./ago.jsx";
import { Comments } from "./comments.jsx";
import { useEvents, useFresh } from "./fresh.js";
import { all, ago, dollars, get, send } from "./rest.js";

const GATHER_MS = 150;
const STATUS_MARK = { open: "○", in_progress: "◐", blocked: "◇", done: "●" };
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

export function Diff({ text }) {
  if (!text) return <p className="loom-quiet">No change.</p>;
  const kind = (line) => {
    if (line.startsWith("+++") || line.startsWith("---") || line.startsWith("diff ") || line.startsWith("index ")) return "file";
    if (line.startsWith("@@")) return "place";
    if (line.startsWith("+")) return "added";
    return line.startsWith("-") ? "removed" : "same";
  };
  return (
    <pre className="loom-code loom-diff is-tall" tabIndex={0} aria-label="Diff">
      {text.split("\n").map((line, index) => (
        <span key={index} className={`is-${kind(line)}`}>{line + "\n"}</span>
      ))}
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

function Turn({ turn, last }) {
  const tokens = turn.tokens;
  return (
    <li className="loom-turn" id={`turn-${turn.number}`}>
      <header>
        <h4>Turn {turn.number}</h4>
        <span className="loom-quiet">
          {turn.reply === null
            ? "waiting for the model"
            : `${tokens.input.toLocaleString()} in${tokens.cached ? ` (${tokens.cached.toLocaleString()} cached)` : ""}, ${tokens.output.toLocaleString()} out${turn.tokens_estimated ? ", estimated" : ""} · ${turn.cost} · ${(turn.latency_ms / 1000).toFixed(1)} s · ${turn.model}`}
        </span>
      </header>
      {turn.notes && <p>{turn.notes}</p>}
      {turn.fault && <p className="loom-fault-line" role="note">The reply could not be read: {turn.fault.slice(0, 400)}</p>}
      {turn.actions.map((action) => <Action key={action.position} action={action} />)}
      <div className="loom-raw">
        {turn.system_prompt && <Fold title="System prompt"><Code tall label="System prompt">{turn.system_prompt}</Code></Fold>}
        <Fold title="Prompt" extra={turn.dropped_turns ? `${turn.dropped_turns} earlier exchanges left out to fit the context` : ""}><Code tall label="Prompt">{turn.prompt}</Code></Fold>
        {turn.reply !== null && <Fold title="Reply"><Code tall label="Reply">{turn.reply}</Code></Fold>}
      </div>
      {last && turn.reply === null && <div className="loom-progress" role="status" aria-label="The model is answering" />}
    </li>
  );
}

function Run({ run, agents, mayWrite, onFault }) {
  const live = run.status === "claimed" || run.status === "running";
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
          {agents[run.agent_id] || run.agent_id}
        </h3>
        {live && mayWrite && <button type="button" className="loom-button is-danger" onClick={stop} disabled={run.cancel_requested}>{run.cancel_requested ? "Stopping…" : "Stop this run"}</button>}
      </header>
      {run.message && <p>{run.message}</p>}
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
      {run.diff && <Fold title="The whole change" open={!live}><Diff text={run.diff} /></Fold>}
    </article>
  );
}

function Links({ title, ids }) {
  if (!ids || ids.length === 0) return null;
  return (
    <div>
      <dt>{title}</dt>
      <dd>{ids.map((id) => <Link key={id} className="loom-id" to={`/beads/${encodeURIComponent(id)}`}>{id}</Link>)}</dd>
    </div>
  );
}

function Text({ title, children }) {
  return children ? <section><h3>{title}</h3><p className="loom-prose">{children}</p></section> : null;
}

export function BeadView({ events, since, mayWrite }) {
  const { pathname } = useLocation();
  const beadId = decodeURIComponent(pathname.replace(/\/+$/, "").split("/")[2] || "");
  const [bead, setBead] = useState(null);
  const [runs, setRuns] = useState(null);
  const [detail, setDetail] = useState(null);
  const [chosen, setChosen] = useState(() => new URLSearchParams(window.location.search).get("run") || "");
  const [agents, setAgents] = useState({});
  const [fault, setFault] = useState("");
  const timer = useRef(null);
  const path = `/api/v1/beads/${encodeURIComponent(beadId)}`;

  const work = useCallback(async () => {
    if (!beadId) return false;
    try {
      const [one, history, people] = await Promise.all([
        get(path), get(`/api/v1/runs?limit=50&bead_id=${encodeURIComponent(beadId)}`), all("/api/v1/agents"),
      ]);
      const wanted = history.body.find((run) => run.id === chosen) || history.body[0];
      const whole = wanted ? (await get(`/api/v1/runs/${wanted.id}`)).body : null;
      setAgents(Object.fromEntries(people.map((agent) => [agent.id, agent.name])));
      setBead(one.body);
      setRuns(history.body);
      setDetail(whole);
      setFault("");
      return true;
    } catch (error) {
      setFault(error.message);
      return false;
    }
  }, [beadId, path, chosen]);
  const load = useFresh(since, work);

  useEvents(events, since, (fresh, missed) => {
    const near = [beadId, ...(bead?.blocked_by || []), ...(bead?.blocks || [])];
    if (missed || fresh.some((event) => near.includes(event.subject_id))) {
      clearTimeout(timer.current);
      timer.current = setTimeout(load, GATHER_MS);
    }
  });

  useEffect(() => {
    if (bead) document.title = `${bead.id} ${bead.title} · Loom`;
  }, [bead]);

  const choose = (id) => {
    setChosen(id);
    window.history.replaceState(window.history.state, "", id ? `?run=${id}` : window.location.pathname);
  };
  const act = async (work) => {
    try {
      await work();
      await load();
    } catch (error) {
      setFault(error.message);
    }
  };

  if (!bead) return fault ? <div className="loom-fault" role="alert"><p>{fault}</p><Link to="/board">Back to the board</Link></div> : <div className="loom-skeleton is-page" aria-label="Loading" />;
  return (
    <div className="loom-bead" data-status={bead.status}>
      <header>
        <p className="loom-crumbs"><Link to={`/board?project=${encodeURIComponent(bead.project_id)}`}>{bead.project_id}</Link> / <span className="loom-id">{bead.id}</span></p>
        <h1>{bead.title}</h1>
        <div className="loom-row">
          <span className={`loom-status is-${bead.status}`}><span aria-hidden="true">{STATUS_MARK[bead.status]}</span> {bead.status.replace("_", " ")}</span>
          <span className={`loom-priority p${bead.priority}`}>P{bead.priority}</span>
          <span className="loom-kind">{bead.type}</span>
          {bead.tags.map((tag) => <span key={tag} className="loom-tag">{tag}</span>)}
          {mayWrite && (bead.status === "blocked" || bead.status === "done") && (
            <button type="button" className="loom-button" onClick={() => act(() => send("PATCH", path, { status: "open" }))}>Open it again</button>
          )}
          {mayWrite && bead.status === "open" && (
            <button type="button" className="loom-button" onClick={() => act(() => send("POST", `${path}/redispatch`, { reason: "asked for on its page" }))}>Try again now</button>
          )}
        </div>
        {bead.status_reason && <p className="loom-reason" role="note">{bead.status_reason}</p>}
        {fault && <p className="loom-fault-line" role="alert">{fault} <button type="button" className="loom-button" onClick={() => load()}>Try again</button></p>}
      </header>
      <div className="loom-split">
        <aside>
          <dl className="loom-facts is-column">
            <div><dt>Assigned to</dt><dd>{agents[bead.assigned_to] || bead.assigned_to || "Nobody"}</dd></div>
            <Links title={bead.is_blocked ? "Waits for" : "Came after"} ids={bead.blocked_by} />
            <Links title="Holds up" ids={bead.blocks} />
            <Links title="Parent" ids={bead.parent ? [bead.parent] : []} />
            <Links title="Children" ids={bead.children} />
            <div><dt>Created</dt><dd><Ago at={bead.created_at} /></dd></div>
            {bead.closed_at && <div><dt>Closed</dt><dd><Ago at={bead.closed_at} /></dd></div>}
          </dl>
          <Text title="Description">{bead.description}</Text>
          <Text title="Acceptance criteria">{bead.acceptance_criteria}</Text>
          <Text title="Design">{bead.design}</Text>
          <Text title="Notes">{bead.notes}</Text>
          <Comments beadId={beadId} version={bead.updated_at} mayWrite={mayWrite} />
        </aside>
        <div className="loom-runs">
          {runs && runs.length > 1 && (
            <label className="loom-choice"><span>Run</span>
              <select value={detail?.id || ""} onChange={(event) => choose(event.target.value)}>
                {runs.map((run, index) => <option key={run.id} value={run.id}>{`${runs.length - index}: ${RUN_WORD[run.status]}, ${agents[run.agent_id] || run.agent_id}, ${ago(run.created_at)}`}</option>)}
              </select>
            </label>
          )}
          {detail ? <Run run={detail} agents={agents} mayWrite={mayWrite} onFault={setFault} /> : runs && (
            <p className="loom-empty">{bead.is_blocked ? `No run yet: it waits for ${bead.blocked_by.join(", ")}.` : bead.status === "open" ? "No run yet. It starts as soon as a suitable agent is idle and a provider is active." : "No agent has worked on this bead."}</p>
          )}
        </div>
      </div>
    </div>
  );
}
