"""The types of events about agents, their runs, and what people are asked."""

from loom_app.events.event_type import HIGH, NORMAL, of

AGENT = "name role"
STATUS = "from to because bead_id name"
DECISION = "decision_id bead_id run_id kind title risk assigned_to returned_to requester_id"
ACTION = "run_id turn position type"
STEERED = "run_id agent_id token"
REVIEW = "run_id decision_id agent_id role reason"
PULL = "pull_request_id run_id number url status checks approval mergeable"
MOTIVATION = "name condition built_in"

TYPES = (
    of("agent.assigned", "had {} join the project", AGENT),
    of("agent.completed", "saw {} finish", STATUS, feed=True),
    of("agent.deleted", "let {} go", AGENT, feed=True),
    of("agent.spawned", "added {} to the team", "name role persona_name status", feed=True, priority=NORMAL),
    of("agent.status_change", "changed the status of {}", STATUS, feed=True),
    of("agent.unassigned", "took {} off the project", AGENT),
    of("agent.updated", "changed {}", "fields name because"),
    of(
        "decision.commented",
        "said something about the decision {}",
        f"{DECISION} comment_id content",
        feed=True,
        priority=NORMAL,
    ),
    of("decision.created", "asked for a decision: {}", f"{DECISION} question deadline", feed=True, priority=HIGH),
    of(
        "decision.delegated",
        "passed on the decision {}",
        f"{DECISION} from to note deadline answer_bead",
        feed=True,
        priority=HIGH,
    ),
    of(
        "decision.resolved",
        "answered {}",
        f"{DECISION} decision rationale status decider_id",
        feed=True,
        priority=NORMAL,
    ),
    of("decision.rules_set", "said what agents may decide in {}", "risks kinds per_day"),
    of("decision.snoozed", "put off the decision {}", f"{DECISION} until"),
    of("decision.updated", "changed the deadline or risk of {}", f"{DECISION} fields deadline"),
    of("motivation.created", "set up the motivation {}", MOTIVATION),
    of("motivation.deleted", "deleted the motivation {}", MOTIVATION),
    of("motivation.disabled", "switched the motivation {} off", f"{MOTIVATION} fields", feed=True),
    of("motivation.enabled", "switched the motivation {} on", f"{MOTIVATION} fields", feed=True),
    of(
        "motivation.fired",
        "had the motivation {} fire",
        "name condition trigger_id cause result bead_id agent_id error",
        feed=True,
    ),
    of("motivation.registered", "registered the motivations that come with Loom", "count keys"),
    of("motivation.updated", "changed the motivation {}", f"{MOTIVATION} fields"),
    of("pair.asked", "asked an agent about {}", "run_id agent_id turn text"),
    of("pair.rested", "heard the end of an answer about {}", "run_id agent_id fault cost_micros"),
    of("pull_request.asked", "had GitHub asked again about {}", "pull_request_id run_id number"),
    of(
        "pull_request.closed",
        "saw the pull request of {} closed unmerged",
        f"{PULL} by reason",
        feed=True,
        priority=HIGH,
    ),
    of(
        "pull_request.failed",
        "cannot go on with the pull request of {}",
        f"{PULL} code problem",
        feed=True,
        priority=HIGH,
    ),
    of("pull_request.merged", "saw the pull request of {} merged", f"{PULL} commit by", feed=True, priority=NORMAL),
    of("pull_request.opened", "opened a pull request for {}", PULL, feed=True, priority=NORMAL),
    of("pull_request.updated", "saw news of the pull request of {}", f"{PULL} fields"),
    of("run.action_ended", "ended an action on {}", f"{ACTION} status message network risk rule"),
    of("run.action_started", "began an action on {}", ACTION),
    of("run.approved", "approved the work on {}", REVIEW, feed=True),
    of("run.cancel_requested", "asked to stop the run of {}", STEERED),
    of("run.claimed", "gave {} to an agent", "run_id agent_id agent why token"),
    of("run.commented", "said something of a line of {}", "run_id path line text"),
    of("run.conversation_deleted", "deleted what was said in a run of {}", "run_id agent_id turns"),
    of("run.conversation_reset", "took out what was said in a run of {}", "run_id agent_id turns kept_system_message"),
    of(
        "run.ended",
        "saw a run of {} end",
        "run_id agent_id status reason message turns commit cost_micros",
        feed=True,
        priority=NORMAL,
    ),
    of("run.given_back", "gave the work on {} back to the agents", STEERED, feed=True),
    of("run.landed", "landed the approved work on {}", "run_id agent_id commit branch", feed=True, priority=NORMAL),
    of("run.nudge_heard", "told the agent at work on {} what a person says", "run_id nudge_id turn"),
    of("run.nudged", "said something to the agent at work on {}", f"{STEERED} nudge_id"),
    of("run.pause_requested", "asked the run of {} to pause", STEERED),
    of("run.paused", "paused the run of {}", f"{STEERED} turn"),
    of("run.rejected", "rejected the work on {}", REVIEW, feed=True, priority=NORMAL),
    of("run.replied", "answered in the run of {}", "run_id turn tokens_input tokens_output cost_micros latency_ms"),
    of("run.resumed", "had the run of {} go on", STEERED),
    of("run.revert_asked", "asked to take back the work on {}", "run_id reason commit"),
    of("run.revert_refused", "could not take back the work on {}", "run_id commit message", feed=True, priority=HIGH),
    of("run.reverted", "took back the work on {}", "run_id commit message", feed=True, priority=NORMAL),
    of("run.sent_back", "sent the work on {} back to its agent", "run_id agent_id reason", feed=True),
    of("run.started", "began the run of {}", "run_id agent_id branch base_commit", feed=True),
    of("run.take_over_requested", "took over the work on {}", STEERED, feed=True),
)
