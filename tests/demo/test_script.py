"""The script: every play works from the moment its bead is ready, in whatever order the others are done."""

import itertools
import random
from pathlib import Path

import pytest

from loom_app.actions.parsing import parse_reply
from loom_app.demo.completions import tokens_of
from loom_app.demo.provider import FIRST_TOKEN_SECONDS, PACE
from loom_app.demo.script import bead_ids, play
from tests.demo.workspace import ALL, Outcome, Workspace, ancestors, blockers, in_order, touched

OWN_TESTS = {
    "demo-k3wa": "tests.test_amounts.ParseAmount",
    "demo-t5sp": "tests.test_units",
    "demo-h7ml": "tests.test_cards",
    "demo-f2rc": "tests.test_amounts",
    "demo-n9gl": "tests.test_ingredients",
    "demo-s4cl": "tests.test_recipes",
    "demo-b6sk": "tests.test_shopping",
    "demo-c8li": None,
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Outcome]]:
    """Each bead played with nothing done but what it depends on, its own tests run before and after."""
    return {bead_id: _played(bead_id, tmp_path_factory.mktemp(bead_id) / "potluck") for bead_id in sorted(ALL)}


def _played(bead_id: str, folder: Path) -> list[Outcome]:
    workspace = Workspace.fresh(folder)
    workspace.change(*in_order(ancestors(bead_id)))
    before = workspace.tests(OWN_TESTS[bead_id])
    return [before, *workspace.play(bead_id), workspace.tests(OWN_TESTS[bead_id])]


@pytest.mark.parametrize("bead_id", sorted(ALL))
def test_a_bead_turns_its_own_tests_green(outcomes: dict[str, list[Outcome]], bead_id: str) -> None:
    before, *played, after = outcomes[bead_id]
    assert not before.ok, "nothing to do"
    assert after.ok, after.output
    tested = [outcome for outcome in played if outcome.kind == "run_tests"]
    assert tested[-1].ok, tested[-1].output
    commands = [outcome for outcome in played if outcome.kind == "run_command"]
    assert all(outcome.ok for outcome in commands), commands


@pytest.mark.parametrize("bead_id", sorted(ALL))
def test_a_play_looks_changes_tests_commits_and_ends(outcomes: dict[str, list[Outcome]], bead_id: str) -> None:
    kinds = [outcome.kind for outcome in outcomes[bead_id][1:-1]]
    changes = [place for place, kind in enumerate(kinds) if kind in ("edit_code", "write_file")]
    assert kinds[0].startswith("read_")
    assert kinds.index("git_commit") > max(changes)
    assert kinds.count("git_commit") == 1
    assert kinds.count("done") == 1
    assert kinds[-1] == "done"
    assert "run_tests" in kinds[changes[0] :]
    assert 4 <= len(play(bead_id)) <= 6


def test_some_first_edits_do_not_suffice(outcomes: dict[str, list[Outcome]]) -> None:
    mended = []
    for bead_id, (_, *played, _) in outcomes.items():
        first_change = next(
            place for place, outcome in enumerate(played) if outcome.kind in ("edit_code", "write_file")
        )
        if any(outcome.kind == "run_tests" and not outcome.ok for outcome in played[first_change:]):
            mended.append(bead_id)
    assert mended == ["demo-h7ml", "demo-n9gl", "demo-s4cl"]


def test_beads_that_may_run_together_share_no_file() -> None:
    for first, second in itertools.combinations(sorted(ALL), 2):
        if first not in ancestors(second) and second not in ancestors(first):
            assert not touched(first) & touched(second), (first, second)


@pytest.mark.parametrize("seed", range(4))
def test_three_agents_at_once_end_green_whatever_the_timing(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    repository = Workspace.fresh(tmp_path / "potluck")
    done: set[str] = set()
    under_way: dict[str, Workspace] = {}
    while done < ALL:
        ready = [bead_id for bead_id in in_order(ALL - done - set(under_way)) if blockers(bead_id) <= done]
        if ready and len(under_way) < 3 and (not under_way or chance.random() < 0.6):
            bead_id = chance.choice(ready)
            under_way[bead_id] = repository.worktree(tmp_path / bead_id, f"agent/{bead_id}")
            under_way[bead_id].change(bead_id)
        else:
            bead_id = chance.choice(sorted(under_way))
            workspace = under_way.pop(bead_id)
            workspace.git("rebase", "-q", "main")
            assert workspace.tests(OWN_TESTS[bead_id]).ok
            repository.git("merge", "-q", "--ff-only", f"agent/{bead_id}")
            done.add(bead_id)
    suite = repository.tests()
    assert suite.ok, suite.output
    assert repository.git("rev-list", "--count", "main").strip() == "9"


def test_replies_and_commit_messages_are_well_formed() -> None:
    for turn in itertools.chain.from_iterable(map(play, sorted(ALL))):
        assert len(turn.notes) > 10
        assert turn.actions
        assert tokens_of(turn.reply()) < 2000
        read = parse_reply(turn.reply())
        assert [action.name for action in read.actions] == [action["type"] for action in turn.actions]
        assert (read.notes, read.remarks) == (turn.notes, [])
        for action in turn.actions:
            if action["type"] == "git_commit":
                subject, empty, *body = action["commit_message"].splitlines()
                assert (len(subject) <= 60, empty, bool(body)) == (True, "", True)
                assert all(len(line) <= 76 for line in body)


def test_the_model_itself_takes_less_than_half_a_minute() -> None:
    def seconds(bead_id: str) -> float:
        return sum(FIRST_TOKEN_SECONDS + len(turn.reply()) / PACE for turn in play(bead_id))

    finished: dict[str, float] = {}
    for bead_id in in_order(ALL):
        finished[bead_id] = seconds(bead_id) + max((finished[blocker] for blocker in blockers(bead_id)), default=0)
    assert max(finished.values()) < 20


def test_a_bead_that_is_not_ours_has_no_play() -> None:
    assert play("demo-zzzz") == ()
    assert play("../../../etc/passwd") == ()
    assert len(bead_ids()) == 8
