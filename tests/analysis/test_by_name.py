"""Names of other languages than Python, found by their syntax."""

from pathlib import Path

import pytest

from tests.analysis.asking import ask, laid_out, spots

FILES = {
    "web/rates.ts": "export function rate(n: number) {\n  return n; // rate\n}\nexport interface Sh { a(): number }\n",
    "web/app.js": 'import { rate } from "./rates";\nlet l = "rate";\nclass Box {}\nclass Z extends Box {}\nrate(1);\n',
    "area.go": (
        "package main\n\ntype Shape interface {\n\tArea() int\n}\n\ntype Square struct{ a int }\n\n"
        "func (s Square) Area() int {\n\treturn s.a\n}\n"
    ),
    "lib.rs": "trait Shape { fn area(&self) -> i32; }\nstruct Sq;\nimpl Shape for Sq { fn area(&self) -> i32 { 1 } }\n",
    "Main.java": (
        "interface Shape {}\nclass Sq implements Shape { int area() { return side(); } int side() { return 1; } }\n"
    ),
    "calc.h": "int twice(int n);\n",
    "calc.c": '#include "calc.h"\nint twice(int n) { return 2 * n; }\n',
    "use.cpp": '#include "calc.h"\nint main() { return twice(2); }\n',
    "job.rb": "class Job\nend\nclass Night < Job\n  def run; rest; end\n  def rest; :rest; end\nend\n",
    "Job.cs": "interface IJob { void Run(); }\nclass Night : IJob { public void Run() { } }\n",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out(tmp_path, monkeypatch, FILES)


@pytest.mark.parametrize(
    ("path", "symbol", "expected"),
    [
        ("web/app.js", "rate", ["web/app.js:1:10", "web/app.js:5:1", "web/rates.ts:1:17"]),
        ("area.go", "Area", ["area.go:4:2", "area.go:9:17"]),
        ("lib.rs", "area", ["lib.rs:1:18", "lib.rs:3:24"]),
        ("Main.java", "side", ["Main.java:2:49", "Main.java:2:63"]),
        ("calc.c", "twice", ["calc.c:2:5", "calc.h:1:5", "use.cpp:2:21"]),
        ("job.rb", "rest", ["job.rb:4:12", "job.rb:5:7"]),
        ("Job.cs", "Run", ["Job.cs:1:23", "Job.cs:2:34"]),
    ],
)
def test_other_languages_are_searched_by_name(here: None, path: str, symbol: str, expected: list[str]) -> None:
    result = ask("find_references", path=path, symbol=symbol)
    assert spots(result) == expected
    assert result["by"] == "name"
    assert "by name" in result["notes"][0]


@pytest.mark.parametrize(
    ("path", "symbol", "definition", "implementation"),
    [
        ("web/app.js", "rate", "web/rates.ts:1:17", "web/rates.ts:1:17"),
        ("web/app.js", "Box", "web/app.js:3:7", "web/app.js:4:7"),
        ("area.go", "Shape", "area.go:3:6", "area.go:7:6"),
        ("lib.rs", "Shape", "lib.rs:1:7", "lib.rs:3:16"),
        ("Main.java", "Shape", "Main.java:1:11", "Main.java:2:7"),
        ("use.cpp", "twice", "calc.c:2:5", "calc.c:2:5"),
        ("job.rb", "Job", "job.rb:1:7", "job.rb:3:7"),
        ("Job.cs", "IJob", "Job.cs:1:11", "Job.cs:2:7"),
    ],
)
def test_definitions_by_name(here: None, path: str, symbol: str, definition: str, implementation: str) -> None:
    assert spots(ask("go_to_definition", path=path, symbol=symbol)) == [definition]
    found = ask("find_implementations", path=path, symbol=symbol)
    assert spots(found) == [implementation]


@pytest.mark.usefixtures("here")
def test_strings_and_comments_are_no_names() -> None:
    assert "web/app.js:2:10" not in spots(ask("find_references", path="web/app.js", symbol="rate"))
    assert ask("find_references", path="calc.c", symbol="nowhere")["code"] == "symbol_not_found"


@pytest.mark.usefixtures("here")
def test_an_outline_of_other_languages() -> None:
    found = ask("generate_docs", path="web/rates.ts")["facts"]
    assert "`export function rate(n: number)` (line 1)" in found["outline"]
