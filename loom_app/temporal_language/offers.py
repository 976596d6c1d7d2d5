"""What the language can start, by name: each does real work in the project of whoever asks, and no more."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from loom_app.kernel.bodies import Body
from loom_app.kernel.errors import Invalid
from loom_app.kernel.faults import in_words
from loom_app.temporal_language import looking, works
from loom_app.temporal_language.works import Site

Work = Callable[[Site, Any], Awaitable[dict[str, Any]]]
QUERIES = ("get_status", "get_result")
"""What can be asked of a workflow."""
SIGNALS = ("now", "stop")
"""What a workflow can be told: to work at once, or to end without."""


@dataclass(frozen=True)
class Offer:
    """Something that can be started. `files_beads` says that it makes work, which is bounded by depth."""

    name: str
    what: str
    input: type[Body]
    work: Work
    files_beads: bool = False
    looks_first: bool = False
    """Whether the project's repository is looked at before."""

    def read(self, given: Any) -> Any:
        """The input as it is meant. Raises Invalid naming every member that is wrong."""
        try:
            return self.input.model_validate({} if given is None else given)
        except ValidationError as error:
            raise Invalid(f"INPUT of {self.name}: {in_words(error)}.", code="temporal_input") from error


def _by_name(*offers: Offer) -> Mapping[str, Offer]:
    return MappingProxyType({offer.name: offer for offer in offers})


WORKFLOWS = _by_name(
    Offer(
        "ScheduledBead", "Files a bead; on a schedule only when the one before is done.",
        works.BeadWanted, works.file_bead, files_beads=True,
    ),
    Offer(
        "NightlyCheck", "Files a bead for a look at the whole project, for the agent that asked for it.",
        works.CheckWanted, works.file_check, files_beads=True,
    ),
    Offer(
        "ProjectTests", "Files a bead to run all tests and to mend or report what fails.",
        works.TestsWanted, works.file_tests, files_beads=True,
    ),
    Offer(
        "ReadinessCheck", "Looks at the project's repository anew and says what is amiss.",
        works.Delayed, looking.readiness, looks_first=True,
    ),
)  # fmt: skip
ACTIVITIES = _by_name(
    Offer("ProjectStatus", "How many beads stand where, and who is on the team.", looking.Nothing, looking.project),
    Offer("ReadyBeads", "The beads that can be taken up now.", looking.Some, looking.ready),
    Offer("BeadStatus", "How one bead of the project stands.", looking.OneBead, looking.bead),
    Offer("ProjectReadiness", "Whether the project is in order for work, as last seen.", looking.Nothing,
          looking.readiness),
)  # fmt: skip
EVERYTHING = MappingProxyType({**WORKFLOWS, **ACTIVITIES})
