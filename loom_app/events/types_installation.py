"""The types of events about accounts, providers, budgets and Loom itself."""

from loom_app.events.event_type import CRITICAL, HIGH, NORMAL, of

BUDGET = "scope scope_id window limit_micros private_to"
ENDPOINT = "name endpoint_id events private_to"
PROVIDER = "name status private_to"
USER = "username"

TYPES = (
    of("audit.exported", "took a copy of the audit log", "format wanted"),
    of("audit.restarted", "began a new chain in the audit log", "head_before"),
    of("backup.checked", "looked into a copy of the database", "file problem"),
    of("backup.failed", "could not copy the database", "why", feed=True, priority=CRITICAL),
    of("backup.made", "copied the database", "file bytes"),
    of("budget.alert", "saw most of a budget used", f"{BUDGET} percent used_micros", feed=True, priority=HIGH),
    of("budget.created", "set a budget", BUDGET),
    of("budget.deleted", "removed a budget", BUDGET),
    of("budget.reached", "saw a budget used up", f"{BUDGET} wanted_micros used_micros", feed=True, priority=CRITICAL),
    of("budget.updated", "changed a budget", f"{BUDGET} fields previous_micros"),
    of("key.created", "made the API key {}", "username key_id name permissions"),
    of("key.revoked", "revoked the API key {}", "key_id name"),
    of("notification.told", "told somebody what is new", "letter_id count notifications private_to"),
    of("notification.undelivered", "could not deliver a letter", "letter_id problem private_to"),
    of("provider.deleted", "removed the provider {}", PROVIDER, feed=True, priority=CRITICAL),
    of("provider.priced", "set a price of a model of {}", "name model valid_from source prices private_to"),
    of("provider.registered", "registered the provider {}", f"{PROVIDER} endpoint model", feed=True, priority=NORMAL),
    of("provider.updated", "changed the provider {}", f"{PROVIDER} previous error fields", feed=True, priority=NORMAL),
    of("retention.done", "forgot what was old enough", "conversations activities notifications days"),
    of("secret.rotated", "changed the master key", "key_id counts unreadable"),
    of("session.ended", "signed out", USER),
    of("session.key_rotated", "changed the key that sessions are signed with", "overlap_seconds why"),
    of("settings.webhook_secret_dropped", "dropped a webhook secret for all projects", "secret_id"),
    of("settings.webhook_secret_made", "made a webhook secret for all projects", "secret_id"),
    of("user.activated", "let {} come in again", USER),
    of("user.created", "made the account {}", "username role"),
    of("user.deactivated", "deactivated {}", USER),
    of("user.deleted", "deleted the account {}", "username role"),
    of("user.email_changed", "changed the e-mail address of {}", USER),
    of("user.password_changed", "changed the password of {}", USER),
    of("user.permission_refused", "was refused something they may not do", "permission where"),
    of("user.recovery_code_used", "used a recovery code", "username left"),
    of("user.recovery_codes_renewed", "made new recovery codes", USER),
    of("user.reset_link_made", "made a link by which {} chooses a new password", "username ends_second_factor"),
    of("user.role_changed", "changed the role of {}", "username previous role"),
    of("user.second_factor_off", "turned the second factor of {} off", USER),
    of("user.second_factor_on", "turned the second factor of {} on", USER),
    of("user.second_factor_refused", "gave a wrong second factor", USER),
    of("user.sign_in_refused", "was not let in as {}", USER),
    of("user.signed_in", "signed in", USER),
    of("webhook.endpoint_changed", "changed where webhooks go: {}", ENDPOINT),
    of("webhook.endpoint_deleted", "has webhooks go no more to {}", ENDPOINT),
    of("webhook.endpoint_made", "has webhooks go to {}", ENDPOINT),
    of("webhook.secret_changed", "changed the secret of webhooks to {}", ENDPOINT),
    of(
        "webhook.switched_off",
        "switched off webhooks to {}, which are not taken",
        "name endpoint_id problem private_to",
        feed=True,
        priority=HIGH,
    ),
)
