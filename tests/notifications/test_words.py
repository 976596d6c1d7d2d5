"""The pages know every kind of notification that a rule tells, and hear of every event that tells or ends one."""

import re
from pathlib import Path

from loom_app.notifications.rules import BY_EVENT, ENDINGS_OF, GONE

COMPONENTS = Path(__file__).parents[2] / "loom_app/ui/components"


def test_every_event_that_tells_belongs_to_one_kind() -> None:
    words = (COMPONENTS / "inbox_words.jsx").read_text()
    kinds = re.findall(r'^  \["[^"]+", "([a-z_.,]+)"\],$', words, re.MULTILINE)
    types = [one for kind in kinds for one in kind.split(",")]
    assert sorted(types) == sorted(BY_EVENT)


def test_the_pages_look_again_after_whatever_tells_or_ends() -> None:
    data = (COMPONENTS / "inbox_data.js").read_text()
    found = re.search(r"^export const NEWS = /(.+)/;$", data, re.MULTILINE)
    assert found is not None
    hears = re.compile(found[1])
    assert [one for one in {*BY_EVENT, *ENDINGS_OF, GONE} if not hears.match(one)] == []
