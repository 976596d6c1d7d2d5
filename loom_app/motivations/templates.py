"""The work that firings file, as data. `{project}` and `{what}` are filled in: the project's name and what held."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Template:
    """A bead to be filed. `priority` is a bead's: 0 is the most urgent."""

    title: str
    description: str
    type: str = "task"
    priority: int = 2
    tags: tuple[str, ...] = ()


TEMPLATES: dict[str, Template] = {
    "strategic-review": Template(
        "Strategic review of {project}",
        "Nothing is being worked on. Look at what was finished and what is open, and say what is worth doing next: "
        "which beads matter most, which can go, and what is missing. File what is missing.",
        "review", 3, ("planning",),
    ),
    "quarterly-review": Template(
        "Quarterly business review of {project}: {what}",
        "Look back on the quarter: what was promised, what was reached, what it cost, what went wrong and why. "
        "Write down what changes in the next one.",
        "review", 2, ("planning",),
    ),
    "cost-analysis": Template(
        "Find out what {project} spends its money on: {what}",
        "Look at the cost of the period by model, agent and bead. Name the largest parts, what of them was wasted on "
        "repeated or failed runs, and what would make them smaller.",
        "review", 1, ("cost",),
    ),
    "financial-review": Template(
        "Monthly financial review of {project}: {what}",
        "Compare what the month cost with its budgets and with the month before. Explain what changed, and say what "
        "the next month will cost if nothing else does.",
        "review", 2, ("cost",),
    ),
    "overdue-review": Template(
        "Overdue: {what}",
        "The date has gone by. Find out what is left, what holds it up, and settle with whoever is concerned: a new "
        "date, less to do, or more hands. Put the milestone right.",
        "task", 1, ("deadline",),
    ),
    "qa-sweep": Template(
        "QA sweep before {what}",
        "Go through what the milestone is to bring: are its beads done as their acceptance criteria say, do the tests "
        "pass, which cases are not tested? File a bug for each fault found.",
        "test", 1, ("deadline", "qa"),
    ),
    "release-announcement": Template(
        "Announce the release: {what}",
        "Write the announcement of the release: what is new for whom, what to look out for when upgrading, and thanks "
        "to whoever helped.",
        "docs", 2, ("release",),
    ),
    "product-roadmap": Template(
        "Plan the next quarter of {project}: {what}",
        "Say which problems of its users the project takes on this quarter and which not, in an order, with a reason "
        "each. Set milestones and file the first beads.",
        "task", 2, ("planning",),
    ),
    "docs-review": Template(
        "Review the documentation before {what}",
        "Check that the documentation tells of everything the milestone brings, that its examples run and that nothing "
        "in it is out of date. Mend what is small, file what is not.",
        "docs", 2, ("deadline", "docs"),
    ),
    "system-cleanup": Template(
        "Tidy up {project}",
        "While nothing else is to be done: remove what is dead, update what is out of date and safe to update, close "
        "beads that are done or duplicates. Change nothing about what the program does.",
        "chore", 4, ("maintenance",),
    ),
    "daily-budget-review": Template(
        "Daily budget review of {project}: {what}",
        "Compare what was spent since the last review with the budgets. Say what stands out and whether any budget "
        "will be used up early.",
        "review", 3, ("cost",),
    ),
    "weekly-cost-report": Template(
        "Weekly cost report of {project}: {what}",
        "Report what the week cost by model, agent and kind of work, and name the three changes that would save most.",
        "review", 3, ("cost",),
    ),
    "daily-test-run": Template(
        "Run all tests of {project}: {what}",
        "Run the whole test suite. File a bug for each failure that has none, with how to see it fail.",
        "test", 2, ("qa",),
    ),
    "weekly-integration-tests": Template(
        "Review the integration tests of {project}: {what}",
        "Run the integration tests and look at what they leave out: seams between parts that changed this week and "
        "that nothing tests. Add or file what is missing.",
        "test", 2, ("qa",),
    ),
    "weekly-regression-tests": Template(
        "Regression sweep of {project}: {what}",
        "For each bug that was closed this week, see that a test would catch it if it came back. Add those missing.",
        "test", 2, ("qa",),
    ),
    "github-activity-check": Template(
        "Look at what is new on GitHub for {project}",
        "Look at issues, pull requests and comments that nobody has answered yet. Answer what you can and file what "
        "needs work.",
        "task", 3, ("community",),
    ),
    "daily-community-report": Template(
        "Community report of {project}: {what}",
        "Sum up who asked for what and what was answered since the last report, and what still waits.",
        "docs", 3, ("community",),
    ),
    "daily-docs-audit": Template(
        "Documentation audit of {project}: {what}",
        "Check what changed since the last audit against the documentation: links, names, commands, options. Mend it.",
        "docs", 3, ("docs",),
    ),
    "weekly-docs-consistency": Template(
        "Documentation consistency of {project}: {what}",
        "Read the documentation as a whole: does it say one thing in one way, and does every page still hold?",
        "docs", 3, ("docs",),
    ),
    "daily-infra-health": Template(
        "Infrastructure health of {project}: {what}",
        "Check that the build, the pipelines and what the project runs on are well. File what is not.",
        "chore", 2, ("infrastructure",),
    ),
    "weekly-security-audit": Template(
        "Security audit of {project}: {what}",
        "Look for known faults in dependencies, for secrets in the repository and for what changed this week near "
        "anything that checks who may do what. File each finding, the worst first.",
        "review", 1, ("security",),
    ),
    "daily-standup": Template(
        "Standup review of {project}: {what}",
        "Say what was finished, what is under way and what is stuck. Free what is stuck, or ask whoever can.",
        "task", 2, ("planning",),
    ),
    "weekly-sprint-planning": Template(
        "Sprint planning of {project}: {what}",
        "Choose what the coming week is for: put the beads in order, size them, and set what depends on what.",
        "task", 2, ("planning",),
    ),
    "hourly-cleanup": Template(
        "Clean up {project}",
        "Remove leftovers of finished work: merged branches, temporary files, beads that are duplicates.",
        "chore", 4, ("maintenance",),
    ),
    "weekly-archival": Template(
        "Archive old data of {project}: {what}",
        "Put away what is no longer needed at hand, such as old logs and reports, by the project's own rules.",
        "chore", 4, ("maintenance",),
    ),
}  # fmt: skip
"""What firings file, by name."""
