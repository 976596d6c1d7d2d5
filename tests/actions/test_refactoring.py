"""Changes to code by its structure: all of it or nothing, and nothing of the project is ever run."""

import asyncio
import hashlib
import os
from functools import partial
from pathlib import Path

import pytest

from loom_app.actions import rewriting
from loom_app.actions.analysing import Change
from loom_app.actions.context import ActionLimits
from loom_app.actions.feedback import feedback
from loom_app.actions.progress import progress_of
from loom_app.actions.rewriting import rewrite
from loom_app.kernel.errors import Conflict, Forbidden
from loom_app.sandbox import commands
from loom_app.sandbox.commands import CommandLimits
from loom_app.sandbox.confinement import plain
from loom_app.sandbox.workspace import Workspace
from tests.actions.stage import Stage, stage

TRACE = "open('{trace}', 'a').write(__name__ + '\\n')\n"


@pytest.fixture
def here(tmp_path: Path) -> Stage:
    return stage(tmp_path)


async def test_a_rename_over_several_files(here: Stage) -> None:
    here.write("a.py", "def total(x):\n    return x\n")
    here.write("b.py", "import a\nprint(a.total(1), 'total')\n")
    result = await here.act("rename_symbol", path="a.py", symbol="total", new_name="net")
    assert (result.status, result.message) == ("executed", "Renamed total to net in 2 places")
    assert result.metadata["files"] == ["a.py", "b.py"]
    assert here.read("b.py") == "import a\nprint(a.net(1), 'total')\n"
    assert "-def total(x):\n+def net(x):" in result.metadata["diff"]
    assert "b.py:2:20: print(a.total(1), 'total')" in feedback([result], 1, 9)
    assert progress_of([result]).changed == ("a.py", "b.py")
    again = await here.act("rename_symbol", path="a.py", symbol="total", new_name="net")
    assert again.metadata["code"] == "symbol_not_found"


async def test_each_refactoring_is_carried_out(here: Stage) -> None:
    here.write("a.py", "def f(x):\n    y = x + 1\n    print(y)\n    return 2\n")
    extracted = await here.act("extract_method", path="a.py", method_name="show", start_line=2, end_line=3)
    assert extracted.status == "executed", extracted.message
    assert here.read("a.py").startswith("def show(x):\n    y = x + 1\n    print(y)\n\n\ndef f(x):\n    show(x)\n")
    inlined = await here.act("inline_variable", path="a.py", variable_name="y")
    assert inlined.message == "Inlined y in 1 places"
    logged = await here.act("add_log", path="a.py", line=2, log_message="here", log_level="WARN")
    assert logged.metadata["statement"] == 'logging.warning("here")'
    stopped = await here.act("add_breakpoint", path="a.py", line=4, condition="x")
    assert "remove it before you finish" in feedback([stopped], 1, 9)
    assert here.read("a.py").startswith(
        'import logging\ndef show(x):\n    logging.warning("here")\n    if x:\n        breakpoint()\n'
        "    print((x + 1))\n"
    )


async def test_nothing_of_the_project_is_run(here: Stage, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    bait = TRACE.format(trace=trace)
    for path in (
        *("sitecustomize.py", "usercustomize.py", "conftest.py", "setup.py", "gi/__init__.py", "pkg/__init__.py"),
        *("json.py", "ast.py", "inspect.py", "tokenize.py", "jedi/__init__.py", "parso.py", "ast_grep_py.py"),
        *("loom_app/__init__.py", "loom_app/analysis/main.py", "encodings/utf_8.py", "typing.py", "tempfile.py"),
    ):
        here.write(path, bait)
    here.write("evil.pth", f"import os; {bait}")
    here.write("native.so", "\x7fELF not really")
    (here.root / "native.cpython-311-x86_64-linux-gnu.so").write_bytes(b"\x7fELF")
    here.write("pyvenv.cfg", "home = /tmp\n")
    here.write(".jedi/project.json", '[1, {"load_unsafe_extensions": true, "environment_path": "./bin/python"}]')
    here.write("bin/python", f"#!/bin/sh\necho ran >> {trace}\n")
    (here.root / "bin/python").chmod(0o755)
    here.write(
        "main.py",
        "import sys\nsys.path.insert(0, '.')\nimport gi, json, pkg, native\nfrom gi.repository import Gtk\n"
        "value = json.loads(Gtk.x, native.y, pkg.z)\nother = value\n",
    )
    for kind, symbol in (("find_references", "Gtk"), ("go_to_definition", "y"), ("find_implementations", "json")):
        result = await here.act(kind, path="main.py", symbol=symbol)
        assert result.status == "executed", result.message
    renamed = await here.act("rename_symbol", path="main.py", symbol="value", new_name="parsed")
    assert renamed.status == "executed", renamed.message
    assert not trace.exists()


async def test_without_walls_nothing_is_run_either(tmp_path: Path) -> None:
    bare = partial(commands.run, root=tmp_path, how=plain("chosen by the test"))
    here, trace = stage(tmp_path, reader=bare), tmp_path / "trace"
    for path in ("sitecustomize.py", "gi.py", "jedi.py", "json.py", "loom_app/__init__.py"):
        here.write(path, TRACE.format(trace=trace))
    here.write("a.py", "import gi, json\ntotal = gi.x + json.y\n")
    result = await here.act("rename_symbol", path="a.py", symbol="total", new_name="net")
    assert (result.status, here.read("a.py").endswith("net = gi.x + json.y\n")) == ("executed", True)
    assert not trace.exists()


async def test_links_lead_nowhere(here: Stage, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.py").write_text("class Hidden:\n    pass\ntotal = 'SECRET'\n")
    here.write("a.py", "from linked import total\nfrom far.secret import Hidden\nprint(total, Hidden)\n")
    (here.root / "linked.py").symlink_to(outside / "secret.py")
    (here.root / "far").symlink_to(outside)
    (here.root / "near.py").symlink_to("a.py")
    for kind, symbol in (("go_to_definition", "Hidden"), ("find_references", "total")):
        result = await here.act(kind, path="a.py", symbol=symbol)
        assert "SECRET" not in result.model_dump_json()
        assert "class Hidden" not in result.model_dump_json()
    refused = await here.act("find_references", path="linked.py", symbol="total")
    assert refused.metadata["code"] == "path_outside"
    renamed = await here.act("rename_symbol", path="near.py", symbol="total", new_name="x")
    assert renamed.status == "error"
    assert (outside / "secret.py").read_text().startswith("class Hidden")


async def test_files_that_are_in_the_way(here: Stage) -> None:
    here.write("a.py", "total = 1\nprint(total)\n")
    (here.root / "old.py").write_bytes(b"# caf\xe9\nfrom a import total\n")
    os.mkfifo(here.root / "pipe.py")
    result = await here.act("rename_symbol", path="a.py", symbol="total", new_name="net")
    assert (result.metadata["code"], "old.py" in result.message) == ("not_text", True)
    found = await here.act("find_references", path="a.py", symbol="total")
    assert "old.py" in found.metadata["notes"][0]
    assert (await here.act("find_references", path="gone.py", symbol="total")).metadata["code"] == "path_not_found"
    assert (await here.act("find_references", path=".", symbol="total")).metadata["code"] == "is_a_directory"


async def test_an_analysis_has_an_end(tmp_path: Path) -> None:
    here = stage(tmp_path, limits=ActionLimits(CommandLimits(wall_seconds=0.001)))
    here.write("a.py", "total = 1\n")
    began = asyncio.get_running_loop().time()
    result = await here.act("find_references", path="a.py", symbol="total")
    assert result.metadata["code"] == "analysis_stopped"
    assert "search_text" in result.message
    assert asyncio.get_running_loop().time() - began < 10


def change(path: str, text: str, *edits: tuple[int, int, str]) -> Change:
    return Change(path=path, digest=hashlib.sha256(text.encode()).hexdigest(), edits=list(edits))


def test_all_files_are_changed_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "ab":
        (tmp_path / name).write_text("one")
    space = Workspace(tmp_path)
    with pytest.raises(Conflict, match="was changed while"):
        rewrite(space, [change("a", "one", (0, 1, "X")), change("b", "two", (0, 1, "X"))])
    with pytest.raises(Conflict, match="does not fit"):
        rewrite(space, [change("a", "one", (0, 1, "X")), change("b", "one", (2, 9, "X"))])
    (tmp_path / "c").symlink_to("b")
    with pytest.raises(Forbidden):
        rewrite(space, [change("a", "one", (0, 1, "X")), change("c", "one", (0, 1, "X"))])
    assert {(tmp_path / name).read_text() for name in "ab"} == {"one"}
    assert rewrite(space, [change("a", "one", (0, 1, "X"), (2, 3, ""))]).diff == "--- a\n@@ line 1 @@\n-one\n+Xn"


def test_too_many_files_are_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewriting, "MAX_FILES", 1)
    with pytest.raises(Conflict, match="2 files"):
        rewrite(Workspace(tmp_path), [change("a", "", (0, 0, "X")), change("b", "", (0, 0, "X"))])
