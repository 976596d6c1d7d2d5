"""Runs in the environment of beads-mcp: calls its tools as an agent would and prints what they answered.

Standard input: a JSON list of [tool, arguments]. Standard output: a JSON list of {"answer"} or {"error"}.
"""

import asyncio
import json
import sys
from typing import Any

from beads_mcp.server import mcp  # type: ignore[import-not-found]
from fastmcp import Client  # type: ignore[import-not-found]
from fastmcp.exceptions import ToolError  # type: ignore[import-not-found]


async def main() -> None:
    """Calls each tool in turn."""
    answers: list[dict[str, Any]] = []
    async with Client(mcp) as client:
        for name, arguments in json.load(sys.stdin):
            try:
                done = await client.call_tool(name, arguments)
            except ToolError as error:
                answers.append({"error": str(error)})
            else:
                found = done.structured_content
                answers.append({"answer": found["result"] if isinstance(found, dict) and "result" in found else found})
    sys.stdout.write(json.dumps(answers))


asyncio.run(main())
