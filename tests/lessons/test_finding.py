"""What runs teach, found in what they did."""

from loom_app.context.gist import Fact, Gist, Step
from loom_app.lessons.finding import MOST_A_RUN, answered, circling, found_in, sent_back
from loom_app.lessons.models import Category


def turn(number: int, *facts: Fact, notes: str = "") -> Step:
    return Step(number, "", "", Gist(notes=notes, facts=facts))


def change(path: str) -> Fact:
    return Fact("change", path, f"edited {path} (match: exact)")


def failed(check: str = "run_tests", said: str = "tests failed. Failed: test_crust.\nassert 1 == 2") -> Fact:
    return Fact("check", check, said, ok=False)


PASSED = Fact("check", "run_tests", "tests passed")


def test_a_failure_and_the_change_that_mended_it_is_a_lesson() -> None:
    steps = [turn(1, failed()), turn(2, change("bread.py"), notes="The crust was cut twice."), turn(3, PASSED)]
    (found,) = found_in(steps)
    assert found.category == Category.TEST_FAILURE
    assert found.title == "run_tests: test_crust."
    assert "It passed after 2 more turns, with changes to bread.py." in found.detail
    assert "The crust was cut twice." in found.detail
    assert found.files == ("bread.py",)


def test_what_nothing_was_changed_for_or_never_passed_teaches_nothing() -> None:
    assert found_in([turn(1, failed()), turn(2, PASSED)]) == []
    assert found_in([turn(1, failed()), turn(2, change("a.py")), turn(3, failed())]) == []
    search = Fact("check", "run_command grep x", "exit code 1", ok=False)
    assert found_in([turn(1, search), turn(2, change("a")), turn(3, Fact("check", "run_command grep x"))]) == []


def test_builds_and_types_are_compiler_errors() -> None:
    check = "run_command mypy src"
    steps = [turn(1, failed(check, "exit code 1\nsrc/a.py:3: error: missing return")), turn(2, change("src/a.py"))]
    (found,) = found_in([*steps, turn(3, Fact("check", check))])
    assert (found.category, found.title) == (Category.COMPILER_ERROR, f"{check}: src/a.py:3: error: missing return")


def test_an_edit_that_went_through_at_last_is_a_lesson() -> None:
    refused = Fact("error", "edit_code", "a.py: old_text was not found", ok=False)
    (found,) = found_in([turn(1, refused), turn(2, refused), turn(3, change("a.py"), notes="Tabs, not spaces.")])
    assert found.category == Category.EDIT_FAILURE
    assert "old_text was not found" in found.title
    assert "Tabs, not spaces." in found.detail


def test_the_same_failure_again_has_the_same_signature_and_a_run_teaches_a_few_things_only() -> None:
    steps = [turn(1, failed()), turn(2, change("a.py"), PASSED)] * 2
    assert len({found.signature for found in found_in(steps)}) == 1
    many = [turn(n, failed(f"run_tests t{n}"), change("a.py"), Fact("check", f"run_tests t{n}")) for n in range(50)]
    assert len(found_in(many)) == MOST_A_RUN


def test_circles_reviews_and_answers_of_people() -> None:
    round_ = circling("It did the same 10 times.", [turn(1, notes="Once more.")])
    assert (round_.category, "Once more." in round_.detail) == (Category.LOOP_PATTERN, True)
    assert sent_back("Say why it is rounded.").category == Category.REVIEW
    answer = answered({"question": "Cents or mills?", "decision": "cents", "rationale": "The law asks for cents."})
    assert answer is not None
    assert answer.title == "People decided: Cents or mills?"
    assert answered({"question": "Go on?", "decision": "approve"}) is None
    assert answered({"decision": 7, "question": None}) is None
