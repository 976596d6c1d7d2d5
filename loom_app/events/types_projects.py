"""The types of events about projects, their repositories, and what happens outside."""

from loom_app.events.event_type import HIGH, NORMAL, of

BOOTSTRAP = "attempt status"
EXTERNAL = "action number repository title url author delivery ref on_pull_request bead_id"
HOST = "host fingerprint"
MEMBER = "user_id username role"
PERSONA = "name revision cause problem"
RULE = "pattern allowed roles reason"
BRANCH = "name branch message"

TYPES = (
    of("bootstrap.cancelled", "called the start of {} off", BOOTSTRAP, feed=True),
    of("bootstrap.finished", "has {} ready for work", BOOTSTRAP, feed=True, priority=NORMAL),
    of("bootstrap.retried", "went on with the start of {}", BOOTSTRAP),
    of("bootstrap.started", "began {} from its PRD", BOOTSTRAP, feed=True),
    of("bootstrap.step_changed", "saw a step of {} move on", f"{BOOTSTRAP} step step_status"),
    of("external.check_suite", "told that checks have news in {}", EXTERNAL),
    of("external.github_comment", "said something on GitHub in {}", EXTERNAL, feed=True),
    of("external.github_issue", "changed an issue on GitHub of {}", EXTERNAL, feed=True),
    of("external.github_pr", "opened a pull request on GitHub in {}", EXTERNAL, feed=True),
    of("external.github_pr_update", "changed a pull request on GitHub in {}", EXTERNAL, feed=True),
    of("external.push", "pushed to the repository of {}", EXTERNAL, feed=True),
    of("external.release", "made or changed a release of {}", EXTERNAL, feed=True),
    of("external.webhook", "had GitHub try the webhook of {}", EXTERNAL),
    of("orgchart.template_deleted", "deleted the template {} of org charts", "name"),
    of("orgchart.template_saved", "saved the template {} of org charts", "name"),
    of("orgchart.updated", "changed the org chart of {}", "name revision"),
    of("persona.created", "wrote the persona {}", PERSONA),
    of("persona.updated", "changed the persona {}", PERSONA),
    of("project.branch_deleted", "removed a branch of {}", "name branch commit problem"),
    of("project.branch_green", "saw the tests pass again on the branch of {}", BRANCH, feed=True, priority=NORMAL),
    of("project.branch_red", "saw tests fail on the branch of {} itself", BRANCH, feed=True, priority=HIGH),
    of("project.closed", "closed the project {}", "name open_beads", feed=True),
    of("project.command_rule_added", "set a rule for commands in {}", RULE),
    of("project.command_rule_removed", "ended a rule for commands in {}", RULE),
    of("project.comment_created", "commented on the project {}", "comment_id comment", feed=True),
    of("project.committed", "committed to the repository of {}", "name commit branch patch_id files", feed=True),
    of("project.created", "made the project {}", "name", feed=True, priority=NORMAL),
    of("project.deleted", "removed the project {}", "name removed", feed=True, priority=NORMAL),
    of("project.finding_allowed", "let runs of {} commit what looked like a secret", "fingerprint reason"),
    of("project.finding_disallowed", "let runs of {} no longer commit what looks like a secret", "fingerprint"),
    of("project.git_key_dropped", "dropped an SSH key of {}", "fingerprint"),
    of("project.git_key_made", "made an SSH key for {}", "fingerprint"),
    of("project.git_key_worked", "delivered to the repository of {} by its SSH key for the first time", "fingerprint"),
    of("project.git_login_dropped", "dropped the sign-in to the repository of {}", "site"),
    of("project.git_login_set", "saved how {} signs in to its repository", "method site"),
    of("project.github_token_dropped", "dropped the token for GitHub of {}", "site"),
    of("project.github_token_set", "saved a token for GitHub for {}", "site"),
    of("project.host_forgotten", "forgot the key of a host for {}", "host"),
    of("project.host_met", "met a host for the first time for {}", HOST),
    of("project.host_pinned", "pinned the key of a host for {}", HOST),
    of("project.member_added", "let somebody see the project {}", MEMBER, feed=True),
    of("project.member_removed", "let somebody see the project {} no more", MEMBER, feed=True),
    of("project.patch_asked", "sent a patch for {}", "patch_id"),
    of(
        "project.patch_refused",
        "could not have a patch land in {}",
        "patch_id code reason",
        feed=True,
        priority=NORMAL,
    ),
    of(
        "project.readiness_changed",
        "found whether {} is in order for work",
        "state previous reasons messages",
        feed=True,
        priority=HIGH,
    ),
    of("project.reopened", "opened the project {} again", "name open_beads", feed=True),
    of("project.updated", "changed the project {}", "fields", feed=True),
    of("project.webhook_retried", "had a delivery of GitHub worked on again for {}", "delivery event"),
    of("project.webhook_rules_set", "said what becomes of issues of {}", "issues on_close"),
    of("project.webhook_secret_dropped", "dropped a webhook secret of {}", "secret_id"),
    of("project.webhook_secret_made", "made a webhook secret for {}", "secret_id"),
)
