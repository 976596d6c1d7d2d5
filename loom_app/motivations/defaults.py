"""The motivations that come with Loom: 34 for 12 roles, and 15 tasks that recur, off until wanted.

Thirty-three are those of the first Loom. The thirty-fourth, the last of the decision maker, completes what that role is
for: whoever settles what holds work up has to hear of work that is held up.
"""

from dataclasses import dataclass, field
from typing import Any

from loom_app.motivations.models import Condition

HOUR, DAY = 60, 1_440


@dataclass(frozen=True)
class Default:
    """A motivation that comes with Loom. `key` never changes; the cooldown is in minutes."""

    key: str
    role: str
    name: str
    condition: Condition
    cooldown: int
    priority: int
    bead: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    enabled: bool = True
    description: str = ""


C = Condition
DEFAULTS = (
    Default("ceo-strategic-review", "ceo", "System Idle - Strategic Review", C.SYSTEM_IDLE, 4 * HOUR, 90,
            "strategic-review", {"idle_duration": "30m"}),
    Default("ceo-approval", "ceo", "Decision Pending - Executive Approval", C.DECISION_PENDING, 5, 95),
    Default("ceo-quarterly-review", "ceo", "Quarterly Business Review", C.QUARTER_BOUNDARY, 80 * DAY, 80,
            "quarterly-review"),
    Default("cfo-budget-exceeded", "cfo", "Budget Threshold Exceeded", C.COST_EXCEEDED, HOUR, 85, "cost-analysis",
            {"period": "daily"}),
    Default("cfo-monthly-review", "cfo", "Monthly Financial Review", C.MONTH_BOUNDARY, 25 * DAY, 75,
            "financial-review"),
    Default("cfo-cost-optimization", "cfo", "System Idle - Cost Optimization", C.SYSTEM_IDLE, 6 * HOUR, 50,
            parameters={"idle_duration": "45m"}),
    Default("projm-deadline-approaching", "project-manager", "Deadline Approaching", C.DEADLINE_APPROACH, 2 * HOUR, 80,
            parameters={"days_threshold": 7}),
    Default("projm-deadline-passed", "project-manager", "Deadline Passed", C.DEADLINE_PASSED, 4 * HOUR, 90,
            "overdue-review"),
    Default("projm-velocity-drop", "project-manager", "Velocity Drop Detected", C.VELOCITY_DROP, DAY, 70,
            parameters={"threshold_percent": 20}),
    Default("em-deadline-approaching", "engineering-manager", "Deadline Approaching - Technical", C.DEADLINE_APPROACH,
            4 * HOUR, 75, parameters={"days_threshold": 5}),
    Default("em-test-failure", "engineering-manager", "Test Failure Detected", C.TEST_FAILURE, 30, 85),
    Default("em-coverage-drop", "engineering-manager", "Coverage Drop Detected", C.COVERAGE_DROPPED, DAY, 60,
            parameters={"threshold_percent": 80}),
    Default("qa-bead-completed", "qa-engineer", "Bead Completed - QA Review", C.BEAD_COMPLETED, 10, 70),
    Default("qa-release-sweep", "qa-engineer", "Release Approaching - QA Sweep", C.DEADLINE_APPROACH, DAY, 80,
            "qa-sweep", {"days_threshold": 3}),
    Default("qa-test-failure", "qa-engineer", "Test Failure - Investigation", C.TEST_FAILURE, 15, 85),
    Default("pr-release-announcement", "public-relations-manager", "Release Published - Announcement",
            C.RELEASE_PUBLISHED, HOUR, 80, "release-announcement"),
    Default("pr-github-issue", "public-relations-manager", "GitHub Issue - Community Response", C.GITHUB_ISSUE_OPENED,
            30, 60),
    Default("pr-github-comment", "public-relations-manager", "GitHub Comment - Community Engagement",
            C.GITHUB_COMMENT_ADDED, 15, 50),
    Default("pm-milestone-complete", "product-manager", "Milestone Complete - Feature Review", C.BEAD_COMPLETED,
            2 * HOUR, 70, parameters={"milestone_only": True}),
    Default("pm-quarterly-planning", "product-manager", "Quarterly Planning", C.QUARTER_BOUNDARY, 80 * DAY, 75,
            "product-roadmap"),
    Default("pm-github-issue", "product-manager", "GitHub Issue - Feature Request Triage", C.GITHUB_ISSUE_OPENED, HOUR,
            65),
    Default("devops-release-prep", "devops-engineer", "Release Approaching - Infrastructure Prep", C.DEADLINE_APPROACH,
            12 * HOUR, 80, parameters={"days_threshold": 2}),
    Default("devops-test-failure", "devops-engineer", "Test Failure - Pipeline Investigation", C.TEST_FAILURE, 15, 90),
    Default("devops-idle-maintenance", "devops-engineer", "System Idle - Infrastructure Maintenance", C.SYSTEM_IDLE,
            8 * HOUR, 40, parameters={"idle_duration": "1h"}),
    Default("docs-feature-completed", "documentation-manager", "Feature Completed - Documentation Update",
            C.BEAD_COMPLETED, 30, 60),
    Default("docs-release-review", "documentation-manager", "Release Approaching - Docs Review", C.DEADLINE_APPROACH,
            DAY, 70, "docs-review", {"days_threshold": 5}),
    Default("docs-idle-improvements", "documentation-manager", "System Idle - Documentation Improvements",
            C.SYSTEM_IDLE, 4 * HOUR, 30, parameters={"idle_duration": "45m"}),
    Default("reviewer-pull-request", "code-reviewer", "Pull Request Opened - Code Review", C.GITHUB_PR_OPENED, 5, 85),
    Default("reviewer-in-progress", "code-reviewer", "Bead In Progress - Review Check", C.BEAD_STATUS_CHANGED, 30, 50,
            parameters={"target_status": "in_progress"}),
    Default("housekeeping-idle-cleanup", "housekeeping-bot", "System Idle - Cleanup", C.SYSTEM_IDLE, 2 * HOUR, 20,
            "system-cleanup", {"idle_duration": "20m"}),
    Default("housekeeping-daily", "housekeeping-bot", "Daily Maintenance", C.SCHEDULED_INTERVAL, DAY, 25,
            parameters={"interval": "24h"}),
    Default("dm-resolution", "decision-maker", "Decision Pending - Resolution", C.DECISION_PENDING, 10, 85),
    Default("dm-project-idle", "decision-maker", "Project Idle - Decision Review", C.PROJECT_IDLE, HOUR, 60),
    Default("dm-unblock", "decision-maker", "Blocked Bead - Unblock Review", C.BEAD_STATUS_CHANGED, 10, 75,
            parameters={"target_status": "blocked"}),
)  # fmt: skip


def _recurring(
    key: str, role: str, name: str, interval: str, cooldown: int, priority: int, bead: str, **more: Any
) -> Default:
    parameters = {"task_type": "perpetual", "interval": interval, **more}
    return Default(key, role, name, C.SCHEDULED_INTERVAL, cooldown, priority, bead, parameters, enabled=False)


PERPETUAL = (
    _recurring("task-daily-budget", "cfo", "Daily Budget Review", "24h", 22 * HOUR, 70, "daily-budget-review"),
    _recurring("task-weekly-cost", "cfo", "Weekly Cost Optimization Report", "168h", 7 * DAY, 65, "weekly-cost-report"),
    _recurring("task-daily-tests", "qa-engineer", "Daily Automated Test Suite Run", "24h", 22 * HOUR, 75,
               "daily-test-run", test_suite="full"),
    _recurring("task-weekly-integration", "qa-engineer", "Weekly Integration Test Review", "168h", 7 * DAY, 70,
               "weekly-integration-tests", test_type="integration"),
    _recurring("task-weekly-regression", "qa-engineer", "Weekly Regression Test Sweep", "168h", 7 * DAY, 72,
               "weekly-regression-tests", test_type="regression"),
    _recurring("task-hourly-github", "public-relations-manager", "Hourly GitHub Activity Check", "1h", 55, 60,
               "github-activity-check", sources=["issues", "pull_requests", "comments"]),
    _recurring("task-daily-community", "public-relations-manager", "Daily Community Engagement Report", "24h",
               22 * HOUR, 55, "daily-community-report"),
    _recurring("task-daily-docs", "documentation-manager", "Daily Documentation Audit", "24h", 22 * HOUR, 50,
               "daily-docs-audit", audit_type="automated"),
    _recurring("task-weekly-docs", "documentation-manager", "Weekly Documentation Consistency Check", "168h", 7 * DAY,
               55, "weekly-docs-consistency"),
    _recurring("task-daily-infra", "devops-engineer", "Daily Infrastructure Health Check", "24h", 22 * HOUR, 75,
               "daily-infra-health"),
    _recurring("task-weekly-security", "devops-engineer", "Weekly Security Audit", "168h", 7 * DAY, 80,
               "weekly-security-audit", audit_type="security"),
    _recurring("task-daily-standup", "project-manager", "Daily Standup Review", "24h", 22 * HOUR, 70, "daily-standup"),
    _recurring("task-weekly-planning", "project-manager", "Weekly Sprint Planning", "168h", 7 * DAY, 75,
               "weekly-sprint-planning"),
    _recurring("task-hourly-cleanup", "housekeeping-bot", "Hourly Cleanup Tasks", "1h", 55, 30, "hourly-cleanup"),
    _recurring("task-weekly-archival", "housekeeping-bot", "Weekly Data Archival", "168h", 7 * DAY, 35,
               "weekly-archival"),
)  # fmt: skip
EVERY = (*DEFAULTS, *PERPETUAL)
