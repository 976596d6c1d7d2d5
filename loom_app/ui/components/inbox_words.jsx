// What notifications are called on their pages: kinds, priorities, what is to be done with each.

export const PRIORITIES = ["critical", "high", "normal", "low"];

// Kinds of notifications, with the types of events that tell them.
export const KINDS = [
  ["Decisions", "decision.created,decision.delegated,decision.commented,decision.resolved"],
  ["Beads for me", "bead.assigned,bead.created"],
  ["Mentions", "bead.comment_created,bead.comment_updated"],
  ["Budgets", "budget.alert,budget.reached"],
  ["Failures", "run.ended,run.revert_refused,pull_request.failed,pull_request.closed,project.branch_red,project.patch_refused,bead.conflict_found"],
  ["Projects", "project.readiness_changed,project.member_added,milestone.missed"],
  ["Loom itself", "provider.updated,provider.deleted,webhook.switched_off,backup.failed"],
];

const OPEN = [
  [/^\/decisions/, "Open the decision"], [/^\/beads\//, "Open the bead"], [/^\/runs\//, "Look at the change"], [/^\/budgets/, "See the budget"],
  [/^\/providers/, "See the provider"], [/^\/webhooks/, "See the webhooks"], [/^\/projects\//, "Open the project"], [/^\/system/, "See the system"],
];

export const opening = (link) => OPEN.find(([path]) => path.test(link))?.[1] || "Open";

// The decision that `one` is about, or "".
export function decisionOf(one) {
  const [path, query] = one.link.split("?");
  return (path === "/decisions" && new URLSearchParams(query).get("id")) || "";
}

// The priority as a word beside bars that rise with it; a normal one needs no word.
export function Priority({ priority }) {
  if (priority === "normal" || priority === "low") return null;
  return <span className={`loom-status is-risk-${priority}`}>{priority === "critical" ? "Critical" : "Important"}</span>;
}
