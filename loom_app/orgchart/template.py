"""The team every project starts from unless another template is the default: fifteen seats, top down."""

from loom_app.orgchart.checking import Seat

STANDARD = "standard"
"""The id of this template."""
SEATS = (
    Seat("pos-ceo", "ceo", most=1, required=True),
    Seat("pos-cfo", "cfo", "pos-ceo", most=1),
    Seat("pos-cto", "cto", "pos-ceo", most=1),
    Seat("pos-pm", "product-manager", "pos-ceo", required=True),
    Seat("pos-docs", "documentation-manager", "pos-pm", most=1),
    Seat("pos-web", "web-designer", "pos-pm"),
    Seat("pos-em", "engineering-manager", "pos-ceo", required=True),
    Seat("pos-projm", "project-manager", "pos-em"),
    Seat("pos-qa", "qa-engineer", "pos-em"),
    Seat("pos-devops", "devops-engineer", "pos-em"),
    Seat("pos-reviewer", "code-reviewer", "pos-em"),
    Seat("pos-webeng", "web-designer-engineer", "pos-em"),
    Seat("pos-pr", "public-relations-manager", "pos-ceo", most=1),
    Seat("pos-dm", "decision-maker", "pos-ceo", most=1),
    Seat("pos-hk", "housekeeping-bot", most=1),
)
"""Whoever others report to stands before them, so that the order is the hierarchy's."""
