// What agents are at, in words and with the evidence.

import { Link } from "react-router";
import { Ago } from "./ago.jsx";

export const STATUSES = [["idle", "idle"], ["working", "at work"], ["paused", "paused"], ["complete", "complete"]];
const PAUSED = { person: "paused by a person", provider: "waits for a provider" };
const ENDING = { person: "at work, then pauses", provider: "at work, then waits", leaving: "at work, then goes" };
const MARKS = { idle: "○", working: "◐", paused: "‖", complete: "●" };

export function statusWord({ status, paused_because }) {
  if (status === "paused") return PAUSED[paused_because] || "paused";
  if (status === "working") return ENDING[paused_because] || "at work";
  return status;
}

export const personaWord = (name) => name.replace(/^default\//, "").replaceAll("-", " ").replace(/\b(ceo|cfo|cto|qa|devops)\b/g, (short) => (short === "devops" ? "DevOps" : short.toUpperCase()));
export const agentPage = (id) => `/agents/${encodeURIComponent(id)}`;
export const agentPath = (id) => `/api/v1/agents/${encodeURIComponent(id)}`;

export function AgentStatus({ agent }) {
  return <span className={`loom-status is-${agent.status}`}><span aria-hidden="true">{MARKS[agent.status]}</span> {statusWord(agent)}</span>;
}

const clock = (at) => new Date(at).toLocaleTimeString();
const DOING = { "": "being set up", model: "waits for the model" };

// Bead, turn, last progress, cost so far and until when it holds the bead; for the others what they wait for.
export function Evidence({ agent, children }) {
  const { progress } = agent;
  if (!progress) return <p className="loom-standing">{agent.standing} {children}</p>;
  const doing = DOING[progress.doing] ?? progress.doing.replaceAll("_", " ");
  return (
    <div className="loom-standing">
      <p><Link className="loom-id" to={`/beads/${encodeURIComponent(progress.bead_id)}`}>{progress.bead_id}</Link> {progress.bead_title}</p>
      <p className="loom-quiet">
        turn {progress.turn} of {progress.max_turns}, {doing} · last progress <Ago at={progress.progress_at} /> · {progress.cost} so far
        {progress.lease_until && <> · <span title={new Date(progress.lease_until).toLocaleString()}>held until {clock(progress.lease_until)}</span></>}
      </p>
      {children}
    </div>
  );
}

export function Spent({ spent }) {
  if (spent.runs === 0) return <span className="loom-quiet">no run yet</span>;
  return <span title={`${spent.tokens.toLocaleString("en-US")} tokens`}>{spent.cost} <span className="loom-quiet">in {spent.runs === 1 ? "1 run" : `${spent.runs} runs`}{spent.unpriced > 0 && `, ${spent.unpriced} unpriced`}</span></span>;
}
