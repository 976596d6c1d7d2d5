"""How each type of event is told to people."""

from collections.abc import Callable
from typing import Any

STATUS_WORDS = {"open": "Open", "in_progress": "In progress", "blocked": "Blocked", "done": "Done"}
PLAIN = {
    "agent.assigned": "had {} join the project",
    "agent.completed": "saw {} finish",
    "agent.deleted": "let {} go",
    "agent.spawned": "added {} to the team",
    "agent.status_change": "changed the status of {}",
    "agent.unassigned": "took {} off the project",
    "agent.updated": "changed {}",
    "audit.exported": "took a copy of the audit log",
    "audit.restarted": "began a new chain in the audit log",
    "backup.failed": "could not copy the database",
    "backup.made": "copied the database",
    "bead.assigned": "gave {} to somebody",
    "bead.claimed": "claimed {}",
    "bead.comment_created": "commented on {}",
    "bead.comment_deleted": "deleted a comment on {}",
    "bead.comment_updated": "changed a comment on {}",
    "bead.completed": "finished {}",
    "bead.conflict_found": "found two values for a field of {}",
    "bead.conflict_resolved": "chose between two values of {}",
    "bead.created": "filed {}",
    "bead.deleted": "deleted {}",
    "bead.imported": "brought {} in",
    "bead.recurred": "saw the error {} again",
    "bead.redispatched": "asked for another run of {}",
    "bead.restored": "brought {} back",
    "bead.unblocked": "set {} free",
    "bead.updated": "changed {}",
    "board.view_changed": "changed the view {} of the board",
    "board.view_deleted": "deleted the view {} of the board",
    "board.view_saved": "saved the view {} of the board",
    "beadfile.sync_asked": "asked for a look at the bead file of {}",
    "beadfile.synced": "brought the bead file of {} up to date",
    "bootstrap.cancelled": "called the start of {} off",
    "bootstrap.finished": "has {} ready for work",
    "bootstrap.retried": "went on with the start of {}",
    "bootstrap.started": "began {} from its PRD",
    "command.executed": "had a command run",
    "decision.commented": "said something about the decision {}",
    "decision.created": "asked for a decision: {}",
    "decision.delegated": "passed on the decision {}",
    "decision.rules_set": "said what agents may decide in {}",
    "decision.snoozed": "put off the decision {}",
    "decision.updated": "changed the deadline or risk of {}",
    "external.check_suite": "told that checks have news in {}",
    "external.github_comment": "said something on GitHub in {}",
    "external.github_issue": "changed an issue on GitHub of {}",
    "external.github_pr": "opened a pull request on GitHub in {}",
    "external.github_pr_update": "changed a pull request on GitHub in {}",
    "external.push": "pushed to the repository of {}",
    "external.release": "made or changed a release of {}",
    "external.webhook": "had GitHub try the webhook of {}",
    "file.locked": "locked {}",
    "file.unlocked": "gave {} free again",
    "key.created": "made the API key {}",
    "key.revoked": "revoked the API key {}",
    "message.delivered": "saw a message heard that was sent from {}",
    "message.sent": "wrote to a colleague from {}",
    "lesson.created": "wrote the lesson {}",
    "lesson.deleted": "deleted the lesson {}",
    "lesson.learned": "learned {}",
    "lesson.updated": "changed the lesson {}",
    "milestone.created": "set the milestone {}",
    "milestone.deleted": "removed the milestone {}",
    "milestone.missed": "saw the date of the milestone {} go by",
    "milestone.updated": "changed the milestone {}",
    "motivation.created": "set up the motivation {}",
    "motivation.deleted": "deleted the motivation {}",
    "motivation.disabled": "switched the motivation {} off",
    "motivation.enabled": "switched the motivation {} on",
    "motivation.registered": "registered the motivations that come with Loom",
    "motivation.updated": "changed the motivation {}",
    "orgchart.template_deleted": "deleted the template {} of org charts",
    "orgchart.template_saved": "saved the template {} of org charts",
    "orgchart.updated": "changed the org chart of {}",
    "pair.asked": "asked an agent about {}",
    "pair.rested": "heard the end of an answer about {}",
    "persona.created": "wrote the persona {}",
    "project.closed": "closed the project {}",
    "project.branch_green": "saw the tests pass again on the branch of {}",
    "project.branch_red": "saw tests fail on the branch of {} itself",
    "project.branch_deleted": "removed a branch of {}",
    "project.committed": "committed to the repository of {}",
    "project.comment_created": "commented on the project {}",
    "project.created": "made the project {}",
    "project.deleted": "removed the project {}",
    "project.finding_allowed": "let runs of {} commit what looked like a secret",
    "project.command_rule_added": "set a rule for commands in {}",
    "project.command_rule_removed": "ended a rule for commands in {}",
    "project.finding_disallowed": "let runs of {} no longer commit what looks like a secret",
    "project.git_key_made": "made an SSH key for {}",
    "project.git_key_worked": "delivered to the repository of {} by its SSH key for the first time",
    "project.git_key_dropped": "dropped an SSH key of {}",
    "project.github_token_dropped": "dropped the token for GitHub of {}",
    "project.github_token_set": "saved a token for GitHub for {}",
    "project.git_login_set": "saved how {} signs in to its repository",
    "project.git_login_dropped": "dropped the sign-in to the repository of {}",
    "project.patch_asked": "sent a patch for {}",
    "project.patch_refused": "could not have a patch land in {}",
    "project.reopened": "opened the project {} again",
    "project.updated": "changed the project {}",
    "project.webhook_retried": "had a delivery of GitHub worked on again for {}",
    "project.webhook_rules_set": "said what becomes of issues of {}",
    "project.webhook_secret_dropped": "dropped a webhook secret of {}",
    "project.webhook_secret_made": "made a webhook secret for {}",
    "retention.done": "forgot what was old enough",
    "settings.webhook_secret_dropped": "dropped a webhook secret for all projects",
    "settings.webhook_secret_made": "made a webhook secret for all projects",
    "provider.deleted": "removed the provider {}",
    "provider.priced": "set a price of a model of {}",
    "provider.registered": "registered the provider {}",
    "pull_request.asked": "had GitHub asked again about {}",
    "pull_request.closed": "saw the pull request of {} closed unmerged",
    "pull_request.failed": "cannot go on with the pull request of {}",
    "pull_request.merged": "saw the pull request of {} merged",
    "pull_request.opened": "opened a pull request for {}",
    "pull_request.updated": "saw news of the pull request of {}",
    "run.action_ended": "ended an action on {}",
    "run.action_started": "began an action on {}",
    "run.approved": "approved the work on {}",
    "run.cancel_requested": "asked to stop the run of {}",
    "run.conversation_deleted": "deleted what was said in a run of {}",
    "run.conversation_reset": "took out what was said in a run of {}",
    "run.commented": "said something of a line of {}",
    "run.given_back": "gave the work on {} back to the agents",
    "run.landed": "landed the approved work on {}",
    "run.nudge_heard": "told the agent at work on {} what a person says",
    "run.nudged": "said something to the agent at work on {}",
    "run.pause_requested": "asked the run of {} to pause",
    "run.paused": "paused the run of {}",
    "run.resumed": "had the run of {} go on",
    "run.revert_asked": "asked to take back the work on {}",
    "run.revert_refused": "could not take back the work on {}",
    "run.reverted": "took back the work on {}",
    "run.sent_back": "sent the work on {} back to its agent",
    "run.rejected": "rejected the work on {}",
    "run.replied": "answered in the run of {}",
    "run.take_over_requested": "took over the work on {}",
    "run.started": "began the run of {}",
    "secret.rotated": "changed the master key",
    "session.ended": "signed out",
    "session.key_rotated": "changed the key that sessions are signed with",
    "budget.alert": "saw most of a budget used",
    "budget.created": "set a budget",
    "budget.deleted": "removed a budget",
    "budget.reached": "saw a budget used up",
    "budget.updated": "changed a budget",
    "temporal.executed": "had an instruction carried out for {}",
    "temporal.fired": "had work begun for {} that was due",
    "temporal.instructed": "gave instructions while on {}",
    "temporal.scheduled": "set up a schedule of {}",
    "temporal.unscheduled": "ended a schedule of {}",
    "webhook.endpoint_changed": "changed where webhooks go: {}",
    "webhook.endpoint_deleted": "has webhooks go no more to {}",
    "webhook.endpoint_made": "has webhooks go to {}",
    "webhook.secret_changed": "changed the secret of webhooks to {}",
    "webhook.switched_off": "switched off webhooks to {}, which are not taken",
    "user.activated": "let {} come in again",
    "user.created": "made the account {}",
    "user.deactivated": "deactivated {}",
    "user.deleted": "deleted the account {}",
    "user.email_changed": "changed the e-mail address of {}",
    "user.password_changed": "changed the password of {}",
    "user.permission_refused": "was refused something they may not do",
    "user.recovery_code_used": "used a recovery code",
    "user.recovery_codes_renewed": "made new recovery codes",
    "user.reset_link_made": "made a link by which {} chooses a new password",
    "user.second_factor_off": "turned the second factor of {} off",
    "user.second_factor_on": "turned the second factor of {} on",
    "user.second_factor_refused": "gave a wrong second factor",
    "user.sign_in_refused": "was not let in as {}",
    "user.signed_in": "signed in",
}


def _moved(data: dict[str, Any]) -> str:
    to = STATUS_WORDS.get(str(data.get("to")), str(data.get("to", "")))
    return f"moved {{}} to {to}" if to else "changed the status of {}"


def _provider(data: dict[str, Any]) -> str:
    if data.get("status") in ("active", "healthy"):
        return "found {} working"
    if data.get("status") in ("error", "failed"):
        return "found {} not answering"
    return "changed the provider {}"


def _fired(data: dict[str, Any]) -> str:
    did = {"skipped": "found its work under way", "no_target": "found nobody for it", "error": "could not act"}
    return "had the motivation {} fire" + (f" and {did[said]}" if (said := str(data.get("result"))) in did else "")


def _ended(data: dict[str, Any]) -> str:
    words = {"waiting": "set {} aside until a person answers", "cancelled": "stopped the run of {}"}
    reason = str(data.get("reason", "")).replace("_", " ")
    return words.get(str(data.get("status")), f"saw a run of {{}} end: {reason}")


def _resolved(data: dict[str, Any]) -> str:
    words = {"expired": "let the default hold for {}", "cancelled": "took back the question {}"}
    return words.get(str(data.get("status")), "answered {}")


def _given(data: dict[str, Any]) -> str:
    return f"gave {{}} to {data.get('agent') or 'an agent'}"


def _fixed(text: str) -> Callable[[dict[str, Any]], str]:
    return lambda _: text


def _persona(data: dict[str, Any]) -> str:
    words = {"changed_on_disk": "found the persona {} changed on disk", "restored": "took the persona {} back"}
    broken = ", and cannot read it any more" if data.get("problem") else ""
    return words.get(str(data.get("cause")), "changed the persona {}") + broken


WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "bead.status_change": _moved,
    "motivation.fired": _fired,
    "run.claimed": _given,
    "run.ended": _ended,
    "decision.resolved": _resolved,
    "persona.updated": _persona,
    "provider.updated": _provider,
    "bootstrap.step_changed": lambda data: (
        f"saw the step {data.get('step', '')} of {{}} come to {data.get('step_status', '')}"
    ),
    "user.role_changed": lambda data: f"made {{}} {data.get('role', '')} instead of {data.get('previous', '')}",
    "project.member_added": lambda data: (
        f"let {data.get('username', '')} see the project {{}} as {data.get('role', '')}"
    ),
    "project.readiness_changed": lambda data: (
        "found {} in order for work"
        if data.get("state") == "ready"
        else f"found {{}} not in order: {', '.join(data.get('messages', []))}"
    ),
    "project.host_met": lambda data: f"met {data.get('host', '')} for the first time for {{}}",
    "project.host_pinned": lambda data: f"pinned the key of {data.get('host', '')} for {{}}",
    "project.host_forgotten": lambda data: f"forgot the key of {data.get('host', '')} for {{}}",
    "project.member_removed": lambda data: f"let {data.get('username', '')} see the project {{}} no more",
    **{type_: _fixed(text) for type_, text in PLAIN.items()},
}
"""How each type of event is told; {} is where its subject stands."""
