"""The walk with many fields at once leaves none out."""

from collections.abc import Sequence
from functools import partial

import hypothesis
from httpx import Response
from hypothesis import strategies as st

from tests.security.together import Field, each_sees


@hypothesis.given(named=st.frozensets(st.sampled_from("abcdef")), silent=st.frozensets(st.sampled_from("abcdef")))
async def test_every_field_meets_every_text_whichever_are_refused(
    named: frozenset[str], silent: frozenset[str]
) -> None:
    taken: set[tuple[str, str]] = set()

    async def ask(text: str, some: Sequence[Field]) -> Response:
        names = {name for name, _ in some}
        faults = [{"where": f"body.{name}"} for name in names & named]
        if faults or names & silent:
            taken.update((name, text) for name in names if name in named or len(names) == 1)
            return Response(422, json={"faults": faults})
        taken.update((name, text) for name in names)
        return Response(200)

    await each_sees([(name, "text") for name in "abcdef"], ("one", "two"), lambda text: partial(ask, text))
    assert taken == {(name, text) for name in "abcdef" for text in ("one", "two")}
