"""`make bench`: measures the real program, prints a table and writes build/bench.json. Never a timed test."""

import sys
from collections.abc import Callable

from tests.bench import (
    analysing,
    authentication,
    beside_bd,
    board,
    budgets,
    deciding,
    editing,
    feeding,
    graph,
    hundred_thousand,
    inboxes,
    long_run,
    loops,
    model_calls,
    motivating,
    pairing,
    replies,
    repositories,
    scenes,
    searching,
    streaming,
    team,
    throughput,
    webhooks,
)
from tests.bench.table import Figure, save, show

SCENES: dict[str, Callable[[], list[Figure]]] = {
    "authentication": authentication.scene,
    "budgets": budgets.scene,
    "calls to a model": model_calls.scene,
    "pair programming": pairing.scene,
    "replies of models": replies.scene,
    "edits of a large file": editing.scene,
    "dispatch with events": lambda: [scenes.ready_to_claimed(events=True)],
    "dispatch by the clock alone": lambda: [scenes.ready_to_claimed(events=False)],
    "dispatch beside bare workflows": throughput.scene,
    "the demo": scenes.demo,
    "100,000 beads": hundred_thousand.scene,
    "500 motivations": motivating.scene,
    "10,000 webhooks": webhooks.scene,
    "10,000 inboxes": inboxes.scene,
    "the board of 5,000 beads": board.scene,
    "the feed of a million": feeding.scene,
    "figures of a million calls": analysing.scene,
    "the search": searching.scene,
    "streams and open pages": streaming.scene,
    "decisions": deciding.scene,
    "runs that go in circles": loops.scene,
    "a repository of 20,000 files": repositories.scene,
    "100 beads beside bd": beside_bd.scene,
    "a team of fifty": team.scene,
    "a run of 200 turns": long_run.scene,
    "500 beads": scenes.with_many_beads,
    "the graph of 500 beads": graph.scene,
}


def main() -> int:
    """Measures everything; 0 also when a target is missed, for this reports and does not judge."""
    print(f"measuring on {scenes.machine()}", flush=True)
    figures: list[Figure] = []
    for name, scene in SCENES.items():
        print(f"… {name}", flush=True)
        figures += scene()
    print(show(figures))
    save(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
