"""Every tool for reading, and looking with one."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from loom_app.kernel.actor import Actor
from loom_app.kernel.errors import Invalid
from loom_app.repl.found import Found
from loom_app.repl.reading import beads, money, places, state, team
from loom_app.repl.reading.tool import Asking, Tool

TOOLS: Mapping[str, Tool] = {tool.name: tool for room in (state, beads, team, money, places) for tool in room.TOOLS}


def offered(actor: Actor) -> dict[str, Tool]:
    """The tools whose permission `actor` has."""
    return {name: tool for name, tool in TOOLS.items() if actor.may(tool.permission)}


async def look(asking: Asking, name: str, given: Mapping[str, Any]) -> Found:
    """What the tool finds. Raises Invalid for one that is not offered or arguments that do not fit; see the rooms."""
    tool = offered(asking.actor).get(name)
    if tool is None:
        raise Invalid(f"There is no tool {name[:80]!r} for you.", code="no_such_tool")
    return await tool.look(asking, read(tool.takes, given))


def read(takes: type[Any], given: Mapping[str, Any]) -> Any:
    """The arguments, checked. Raises Invalid that says what is wrong."""
    try:
        return takes.model_validate({name: value for name, value in given.items() if value not in (None, "")})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "arguments"
        raise Invalid(f"{where}: {first['msg'][:200]}.", code="bad_arguments") from error
