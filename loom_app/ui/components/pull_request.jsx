// The pull request of a run's branch: where it stands on GitHub, and why it does not go on when it does not.

import { useAnswer } from "./bead_data.js";
import { Fault, useSending } from "./parts.jsx";
import { send } from "./rest.js";

const STATUS = {
  wanted: ["is-pending", "Not open yet"], open: ["is-working", "Open"], merged: ["is-done", "Merged"], closed: ["is-closed", "Closed unmerged"],
};
const CHECKS = { passed: "checks pass", pending: "checks are running", failed: "checks fail" };
const APPROVAL = { approved: "approved there", changes_requested: "changes are asked for there" };
const MERGEABLE = {
  clean: "can be merged", blocked: "waits for a required review or check", dirty: "conflicts with its branch", behind: "is behind its branch",
  draft: "is a draft", unstable: "can be merged", has_hooks: "can be merged",
};

// The pull request of the run, null while there is none or it is not known.
export function usePull(runId, beat) {
  const [pulls] = useAnswer(runId ? `/api/v1/pull-requests?run_id=${encodeURIComponent(runId)}` : "", beat);
  return pulls?.[0] || null;
}

const facts = (pull) => (pull.status === "open" ? [CHECKS[pull.checks], APPROVAL[pull.approval], MERGEABLE[pull.mergeable]] : [pull.ended_by && `by ${pull.ended_by}`]).filter(Boolean).join(", ");

function TryAgain({ pull }) {
  const sending = useSending(() => send("POST", `/api/v1/pull-requests/${encodeURIComponent(pull.id)}/look`));
  return (
    <>
      <button type="button" className="loom-button is-small" disabled={sending.busy} onClick={() => sending.submit()}>{sending.busy ? "Asking…" : "Try again now"}</button>
      <Fault>{sending.fault}</Fault>
    </>
  );
}

// `said` is what stands above it already and need not be told twice.
export function PullRequest({ pull, mayWrite, said = "" }) {
  if (!pull) return null;
  const [tone, word] = STATUS[pull.status] || STATUS.wanted;
  const title = pull.number ? `#${pull.number} on ${pull.repository}` : pull.repository;
  return (
    <section className="loom-pull" aria-label="Pull request">
      <p className="loom-row">
        <span className={`loom-status ${tone}`}>{word}</span>
        {pull.url ? <a href={pull.url} target="_blank" rel="noopener noreferrer">Pull request {title}</a> : <span>Pull request on {title}</span>}
        {facts(pull) && <span className="loom-quiet">{facts(pull)}</span>}
      </p>
      {pull.problem && (
        <div className="loom-row" role="note">
          {!said.includes(pull.problem) && <p className="loom-fault-line">{pull.problem}</p>}
          {mayWrite && <TryAgain pull={pull} />}
        </div>
      )}
    </section>
  );
}
