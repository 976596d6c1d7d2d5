"""Which lessons come first: by what they share with the work, how often they were learned, and their age."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loom_app.kernel.clock import now
from loom_app.lessons.ranking import Weighed, freshness, matching, scores, weight, words

MOMENT = now()


def lesson(title: str, detail: str = "", files: tuple[str, ...] = (), days: float = 0, **more: object) -> Weighed:
    made = Weighed(title, detail, files, 1.0, 1, False, MOMENT - timedelta(days=days))
    return replace(made, **more)  # type: ignore[arg-type]


OVEN = lesson("The oven needs preheating", "OvenTooCold was raised by bake_bread", ("kitchen/oven.py",))
INVOICE = lesson("Invoices are rounded to cents", "totals differ", ("billing/invoice.py",))


@pytest.mark.parametrize("query", ["bake the bread", "OvenTooCold", "kitchen/oven.py fails", "preheating takes long"])
def test_what_shares_words_files_or_names_of_errors_comes_first(query: str) -> None:
    oven, invoice = scores([OVEN, INVOICE], query, MOMENT)
    assert oven > invoice
    assert matching([OVEN, INVOICE], query)[1] == 0


def test_a_week_halves_and_a_pin_stops_the_clock() -> None:
    old = replace(OVEN, seen_at=MOMENT - timedelta(days=7))
    assert freshness(old, MOMENT) == pytest.approx(0.5)
    assert freshness(replace(old, pinned=True), MOMENT) == 1
    assert weight(replace(OVEN, hits=4), MOMENT) == pytest.approx(2)
    pinned = replace(INVOICE, pinned=True, seen_at=MOMENT - timedelta(days=700))
    assert scores([OVEN, pinned], "oven", MOMENT)[1] > scores([OVEN, pinned], "oven", MOMENT)[0]


def test_words_of_paths_and_names_are_taken_apart() -> None:
    assert words("src/InvoiceTotal_test.py:12 the 450") == ["src", "invoice", "total", "12", "450"]


texts = st.text(alphabet=st.sampled_from("ab cdé漢_/1"), max_size=40)
lessons = st.builds(
    lesson, texts, texts, st.lists(texts, max_size=2).map(tuple), st.floats(0, 400), hits=st.integers(1, 50),
    relevance=st.floats(0, 10),
)  # fmt: skip


@settings(max_examples=60)
@given(every=st.lists(lessons, max_size=8), query=texts)
def test_scores_are_the_same_in_any_order_and_never_negative(every: list[Weighed], query: str) -> None:
    found = scores(every, query, MOMENT)
    assert len(found) == len(every)
    assert all(score >= 0 for score in found)
    assert scores(every[::-1], query, MOMENT)[::-1] == pytest.approx(found)


@settings(max_examples=60)
@given(every=st.lists(lessons, min_size=1, max_size=6), query=texts, days=st.floats(0.1, 100))
def test_what_is_older_never_counts_more(every: list[Weighed], query: str, days: float) -> None:
    older = [replace(every[0], seen_at=every[0].seen_at - timedelta(days=days)), *every[1:]]
    assert scores(older, query, MOMENT)[0] <= scores(every, query, MOMENT)[0]
