"""Runs that go in circles are found, honest work is let be."""

import string
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loom_app.runs.loops import Level, Stall, look
from loom_app.runs.loopwords import told_model, told_people
from loom_app.runs.traces import Done, plain
from tests.runs.trajectories import Trajectory, Turns, trajectories

WORDS = st.text(string.ascii_lowercase, min_size=3, max_size=9)
CORPUS = list(trajectories())


def read(path: str, content: str) -> Done:
    """A file that was read."""
    return Done("read_file", {"path": path}, "executed", "file read", {"path": path, "content": content})


def command(text: str, code: int = 0, stdout: str = "", stderr: str = "") -> Done:
    """A command that was run."""
    facts = {"exit_code": code, "stdout": stdout, "stderr": stderr}
    return Done("run_command", {"command": text}, "executed", f"exit code {code}", facts)


def run_tests(failed: int, output: str = "") -> Done:
    """A run of the tests."""
    facts: dict[str, Any] = {"success": not failed, "exit_code": int(bool(failed)), "passed": 9, "failed": failed}
    return Done("run_tests", {}, "executed", "tests ran", {**facts, "output": output})


def edit(path: str, old: str, new: str, digest: str) -> Done:
    """An edit that was made; `digest` is what the file holds afterwards."""
    asked = {"path": path, "old_text": old, "new_text": new}
    return Done("edit_code", asked, "executed", "edited", {"path": path}, {path: digest})


def alone(*actions: Done) -> Turns:
    """A turn for each of these actions."""
    return [[action] for action in actions]


def test_the_corpus_is_a_hundred_of_each() -> None:
    assert sum(each.stuck for each in CORPUS) == sum(not each.stuck for each in CORPUS) == 100
    assert len({each.name for each in CORPUS}) == 200


@pytest.mark.parametrize("part", ["all", "held out"])
def test_recall_and_false_alarms(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Found means ended; a false alarm is any warning at all."""
    chosen = [each for each in CORPUS if part == "all" or each.held_out]
    levels = {each.name: each.levels() for each in chosen}
    stuck, honest = [each for each in chosen if each.stuck], [each for each in chosen if not each.stuck]
    missed = [each.name for each in stuck if levels[each.name][-1] != Level.ENDED]
    alarms = [each.name for each in honest if max(levels[each.name]) > Level.FINE]
    recall, false = 1 - len(missed) / len(stuck), len(alarms) / len(honest)
    with capsys.disabled():
        print(f"\nloops, {part}: recall {recall:.3f} (missed {missed}), false alarms {false:.3f} ({alarms})")
    assert recall >= 0.95
    assert false <= 0.02


def test_nobody_is_ended_unwarned() -> None:
    for each in CORPUS:
        levels = each.levels()
        if levels[-1] == Level.ENDED:
            assert {Level.WARNED, Level.CHANGED} <= set(levels), each.name
            assert levels.index(Level.WARNED) + 3 <= len(levels), each.name


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=40, unique=True))
def test_every_turn_with_something_new_is_let_be(told: Sequence[tuple[str, str]]) -> None:
    history = [
        [
            command(f"show {name}", number % 2, f"{number} {text} {name}-{number}"),
            edit(f"{name}.txt", text, f"{text} {name} {number}", f"{number:08x}"),
            read(f"{name}-{number}.txt", f"{text}\n{name} is {number}\n"),
        ]
        for number, (name, text) in enumerate(told)
    ]
    assert all(look(history[:end]).level == Level.FINE for end in range(1, len(history) + 1))


NOISE = (
    "run-{hex32}", "{year}-0{digit}-1{digit}T1{digit}:2{digit}:3{digit}.{number}Z", "took {number} ms", "0x{hex32}",
    "/tmp/pytest-of-agent/pytest-{number}/x", "in {digit}.{number}s", "pid {number}", "localhost:{number}",
    "src/app.py:{number}: bad", "File \"app.py\", line {number}", "attempt {number}", "{hex32}", "seed={number}",
)  # fmt: skip


@given(st.sampled_from(NOISE), st.randoms(use_true_random=False))
def test_other_ids_moments_and_places_do_not_hide_a_repetition(form: str, random: Any) -> None:
    def noise() -> str:
        return form.format(
            hex32=f"a{random.getrandbits(112):028x}1b", number=random.randint(100, 65_000),
            year=random.randint(2000, 2099), digit=random.randint(0, 9),
        )  # fmt: skip

    history = alone(*(command("make", 2, f"{noise()}\nIt failed.", f"cannot link {noise()}") for _ in range(10)))
    assert look(history).level == Level.ENDED


@given(st.text(max_size=200))
def test_what_differs_between_tellings_is_taken_out_once_and_for_all(text: str) -> None:
    once = plain(text)
    assert plain(once) == plain(plain(once))


FORTH, BACK = edit("a.py", "x = 1", "x = 2", "2"), edit("a.py", "x = 2", "x = 1", "1")
MISSED = [
    Done("edit_code", {"path": "a.py", "old_text": f"y{n}"}, "error", f"old_text is not in the file, see line {n}.")
    for n in range(14)
]
PLANS = [
    Done("write_file", {"path": "P.md", "content": f"plan {n}"}, "executed", "", {}, {"P.md": str(n)}) for n in range(7)
]
KINDS: dict[Stall, tuple[Turns, str]] = {
    Stall.REPEATED: (alone(*[command("ls", 0, "a.py")] * 6), "`run_command ls`"),
    Stall.ERROR: (alone(*MISSED), "old_text is not in the file"),
    Stall.REREAD: (alone(*[read("a.py", "x = 1"), read("b.py", "y = 2")] * 4), "`read_file a.py`, `read_file b.py`"),
    Stall.RETEST: (alone(*[run_tests(1, "FAILED test_x")] * 6), "`run_tests"),
    Stall.BACK_AND_FORTH: (alone(*[FORTH, BACK] * 4), "`a.py` has been changed back and forth"),
    Stall.UNMOVED: (
        [[edit("a.py", f"x = {n}", f"x = {n + 1}", str(n)), run_tests(1, "FAILED test_x")] for n in range(8)],
        "exactly as it was: “FAILED test_x”",
    ),
    Stall.REWRITTEN: (alone(*PLANS), "`P.md` has been written anew"),
    Stall.FAULT: ([[command("ls", 0, "a.py")], *[None] * 5], "replies could not be read"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_names_what_repeats(kind: Stall) -> None:
    history, quoted = KINDS[kind]
    found = look(history)
    assert found.level >= Level.WARNED
    said = told_model(found, "the results", firmly=False)
    assert quoted in said
    assert "the results" in said
    firm = told_model(found, "the results", firmly=True)
    assert "escalate_ceo" in firm
    assert "ask_followup" in firm
    assert quoted[1:] in told_people(found)


def test_a_round_is_told_in_its_order() -> None:
    found = look(alone(*[read("a.py", "x"), read("b.py", "y"), command("ls", 0, "a")] * 4))
    assert "`read_file a.py` → `read_file b.py` → `run_command ls`" in told_people(found)


def test_something_new_in_between_makes_up_for_a_while() -> None:
    same = [command("ls", 0, "a.py")] * 6
    assert look(alone(*same)).level == Level.WARNED
    fresh = [read("new.py", "fresh"), read("newer.py", "fresher")]
    assert look(alone(*same, *fresh)).level == Level.FINE


def test_a_long_history_is_looked_at_from_its_end() -> None:
    fresh = [read(f"f{n}.py", f"line {n} of it") for n in range(80)]
    assert look(alone(*fresh, *[command("ls", 0, "a")] * 10)).level == Level.ENDED
    assert look([]).level == Level.FINE


def longest(kind: bool) -> Trajectory:
    """The longest trajectory that was stuck, or honest."""
    return max((each for each in CORPUS if each.stuck is kind), key=lambda each: len(each.turns))


@pytest.mark.parametrize("stuck", [True, False])
def test_it_is_a_pure_function_of_the_history(stuck: bool) -> None:
    turns = longest(stuck).turns
    assert look(turns) == look(list(turns))
