"""Commands that never end, print without end or start programs without end: stopped, told, and the work goes on."""

import psutil
import pytest

from tests.faults.conftest import Kitchen
from tests.support.git_repository import subjects
from tests.support.waiting import until
from tests.support.workshop import acts, done

pytestmark = pytest.mark.faults
MEGABYTE = 1_000_000
WORKER_MEGABYTES = 400


@pytest.mark.parametrize(
    ("title", "command", "told"),
    [
        ("Wait for ever", "sleep 31415", "was stopped"),
        ("Print a gigabyte", "yes | head -c 1000000000", "printed more than"),
        ("Start three hundred", "for i in $(seq 300); do sleep 27182 & done; wait", ""),
    ],
    ids=["never ends", "prints 1 GB", "starts too many"],
)
def test_a_command_out_of_bounds_costs_one_action(kitchen: Kitchen, title: str, command: str, told: str) -> None:
    bead_id = kitchen.bead(title, acts({"type": "run_command", "command": command}), acts(done("It cannot be run.")))
    kitchen.desk.until_bead(bead_id)
    (run,) = kitchen.desk.runs(bead_id)
    (action,) = run["turns"][0]["actions"]
    assert action["metadata"]["exit_code"] != 0
    assert told in run["turns"][1]["prompt"]
    assert len(run["turns"][1]["prompt"]) < 200_000
    until(lambda: not _alive("31415", "27182", "1000000000"), 10, what="nothing of the command is left")
    worker = psutil.Process(kitchen.system.pid("worker"))
    assert worker.memory_info().rss < WORKER_MEGABYTES * MEGABYTE
    assert title not in subjects(kitchen.origin)


def _alive(*arguments: str) -> list[list[str]]:
    lines = [process.info["cmdline"] or [] for process in psutil.process_iter(["cmdline"])]
    return [line for line in lines if line[:1] in (["sleep"], ["head"]) and any(word in line for word in arguments)]
