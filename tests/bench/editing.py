"""How long it takes to change one place of a large file, by each of the ways in which a place is found."""

import asyncio
import random
import tempfile
import time
from pathlib import Path

from loom_app.actions.kinds.files import EditCode
from tests.actions.stage import stage
from tests.bench.table import Figure, percentile

LINES = 20_000
ROUNDS = 20


def scene() -> list[Figure]:
    """From the action to the file on the disk: quoted exactly, and with other spaces and indentation."""
    return [asyncio.run(_edits(exact=True)), asyncio.run(_edits(exact=False))]


async def _edits(*, exact: bool) -> Figure:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        lines = [f"    value_{number} = compute({number}, step={number % 7})" for number in range(LINES)]
        (root / "large.py").write_text("\n".join(lines) + "\n")
        place, waits = stage(root), []
        for number in random.Random(7).sample(range(LINES - 3), ROUNDS):
            quoted = "\n".join(lines[number : number + 3])
            old = quoted if exact else "\n".join(line.strip().replace(", ", ",  ") for line in quoted.split("\n"))
            lines[number + 1] = f"    value_{number + 1} = changed({number})"
            new = "\n".join(lines[number : number + 3])
            begun = time.perf_counter()
            result = await place.act(EditCode.model_fields["type"].default, path="large.py", old_text=old, new_text=new)
            waits.append((time.perf_counter() - begun) * 1_000)
            assert result.status == "executed", result
        name = "edit_20000_lines_exact_p95" if exact else "edit_20000_lines_inexact_p95"
        return Figure(name, percentile(waits, 0.95), "ms", 50)
