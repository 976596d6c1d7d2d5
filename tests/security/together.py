"""Many fields in one request, as long as none of them is refused."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from httpx import Response

Field = tuple[str, str]
"""A name, and how text is put there: a shape in a body, path or query in an address."""
Asking = Callable[[Sequence[Field]], Awaitable[Response]]


async def each_sees(fields: Sequence[Field], texts: Iterable[str], asking: Callable[[str], Asking]) -> None:
    """Has every one of `fields` meet every one of `texts`, as many at once as are not refused.

    A field that was refused by itself is asked by itself with the next text too.
    """
    alone: set[Field] = set()
    for text in texts:
        rest = [field for field in fields if field not in alone]
        asked = [await _at_once(part, asking(text)) for part in (rest, *([field] for field in alone))]
        alone = set().union(*asked)


async def _at_once(fields: Sequence[Field], ask: Asking) -> set[Field]:
    """Asks with all the fields, and again with those that have not met the text yet; which were refused alone.

    Fields that a refusal names have met it. Of a refusal that names none, any of the fields may be the cause: either
    half is asked by itself.
    """
    if not fields:
        return set()
    answer = await ask(fields)
    if answer.is_success:
        return set()
    rest = [field for field in fields if field[0] not in refused(answer)]
    if len(rest) < len(fields):
        return await _at_once(rest, ask)
    if len(fields) == 1:
        return set(fields)
    half = len(fields) // 2
    return await _at_once(fields[:half], ask) | await _at_once(fields[half:], ask)


def refused(answer: Response) -> set[str]:
    """The fields and parameters that a refusal finds fault with."""
    return {fault["where"].split(".")[1] for fault in answer.json().get("faults", []) if "." in fault["where"]}
