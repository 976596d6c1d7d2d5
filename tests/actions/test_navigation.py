"""Finding what names mean, in real small projects and in the sandbox."""

from pathlib import Path

import pytest

from loom_app.actions.feedback import feedback
from loom_app.actions.results import ActionResult
from tests.actions.stage import Stage, stage

SHOP = {
    "shop/__init__.py": "",
    "shop/prices.py": (
        '"""Prices."""\n\nclass Price:\n    def total(self, amount=1):\n        return amount\n\n'
        "def total(x):\n    # total of x\n    return x\n"
    ),
    "main.py": (
        "import json\nfrom shop.prices import Price, total\n\nclass Net(Price):\n    def total(self, amount=2):\n"
        "        return total(x=amount)\n\nprint(Net().total(amount=3), total(4), json.loads)\n"
    ),
}


@pytest.fixture
def here(tmp_path: Path) -> Stage:
    made = stage(tmp_path)
    for path, text in SHOP.items():
        made.write(path, text)
    return made


def spots(result: ActionResult, key: str) -> list[str]:
    assert result.status == "executed", result.message
    return [f"{place['path']}:{place['line']}:{place['column']}" for place in result.metadata[key]]


async def test_uses_of_python_names_are_those_that_mean_the_same(here: Stage) -> None:
    result = await here.act("find_references", path="shop/prices.py", symbol="total", line=7)
    assert result.message == "Found 4 references"
    assert spots(result, "references") == ["main.py:2:32", "main.py:6:16", "main.py:8:30", "shop/prices.py:7:5"]
    assert result.metadata["references"][0]["text"] == "from shop.prices import Price, total"
    assert spots(result, "others") == ["shop/prices.py:4:9", "shop/prices.py:8:7", "main.py:5:9", "main.py:8:13"]
    told = feedback([result], 1, 10)
    assert "main.py:6:16: return total(x=amount)" in told
    assert "nothing ties it to this" in told


async def test_the_outline_says_what_lacks_documentation(here: Stage) -> None:
    result = await here.act("generate_docs", path="shop/prices.py", doc_format="numpy")
    assert result.message.startswith("3 of 4 public names of shop/prices.py lack documentation; ")
    assert [entry["name"] for entry in result.metadata["missing"]] == ["Price", "Price.total", "total"]
    assert "  - `def total(self, amount=1)` (line 4)" in result.metadata["outline"]
    assert here.read("shop/prices.py") == SHOP["shop/prices.py"]
