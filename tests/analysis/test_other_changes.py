"""Changes in other languages than Python: by scope where that is right, refused with the places where not."""

from pathlib import Path

import pytest

from tests.analysis.asking import changed, laid_out, refused

FILES = {
    "rates.ts": "export function rate(n: number) {\n  const top = n;\n  return { top, n: top };\n}\n",
    "app.js": 'import { rate } from "./rates";\n\nexport function main() {\n  return rate(1); // rate\n}\n',
    "far/other.js": 'import { half } from "lodash";\nhalf(2);\n',
    "near.js": "export function half(n) {\n  return n / 2;\n}\n",
    "tool.go": (
        'package main\n\nimport "fmt"\n\nfunc twice(n int) int {\n\tm := n\n\tif m > 1 {\n\t\tm := 3\n'
        "\t\treturn m\n\t}\n"
        "\treturn m\n}\n\nfunc main() {\n\tfmt.Println(\n\t\ttwice(2),\n\t)\n}\n"
    ),
    "lib.rs": "fn twice(n: i32) -> i32 {\n    let m = n * 2;\n    m\n}\n",
    "Main.java": "class Main {\n  int side() {\n    int n = 1;\n    return n;\n  }\n  int all() { return side(); }\n}",
    "calc.h": "int twice(int n);\n",
    "calc.c": '#include "calc.h"\nint twice(int n) {\n    return 2 * n;\n}\n',
    "use.cpp": '#include "calc.h"\nint main() {\n    return twice(2);\n}\n',
    "job.rb": "class Job\n  def run(n)\n    m = n + 1\n    m\n  end\nend\n",
    "Job.cs": "class Job {\n    void Run(int n) {\n        Stop(n);\n    }\n}\n",
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out(tmp_path, monkeypatch, FILES)


def test_a_function_is_renamed_where_it_is_imported() -> None:
    after = changed("rename_symbol", path="rates.ts", symbol="rate", new_name="price")
    assert after["app.js"] == FILES["app.js"].replace("{ rate }", "{ price }").replace("rate(1)", "price(1)")
    assert after["rates.ts"].startswith("export function price(n")


def test_a_variable_of_a_function_is_renamed_in_it() -> None:
    after = changed("rename_symbol", path="rates.ts", symbol="top", new_name="best")["rates.ts"]
    assert after == FILES["rates.ts"].replace("const top", "const best").replace(
        "{ top, n: top }", "{ top: best, n: best }"
    )
    ruby = changed("rename_symbol", path="job.rb", symbol="m", new_name="more")["job.rb"]
    assert ruby == FILES["job.rb"].replace("    m", "    more")
    rust = changed("rename_symbol", path="lib.rs", symbol="n", new_name="number")["lib.rs"]
    assert rust == FILES["lib.rs"].replace("(n:", "(number:").replace("= n", "= number")


def test_c_functions_are_renamed_with_their_prototypes() -> None:
    after = changed("rename_symbol", path="calc.c", symbol="twice", new_name="two_times")
    assert set(after) == {"calc.c", "calc.h", "use.cpp"}
    assert after["calc.h"] == "int two_times(int n);\n"


@pytest.mark.parametrize(
    ("path", "symbol", "new_name", "code", "said"),
    [
        ("tool.go", "m", "k", "symbol_ambiguous", "2 definitions, at tool.go:6:2, tool.go:8:3"),
        ("near.js", "half", "part", "symbol_ambiguous", "far/other.js:1:10"),
        ("Main.java", "side", "edge", "symbol_ambiguous", "Main.java"),
        ("calc.c", "twice", "main", "name_taken", "use.cpp"),
        ("calc.c", "twice", "int", "bad_name", "int"),
        ("app.js", "rate", "x", "symbol_not_found", "does not define"),
    ],
)
def test_what_is_not_renamed(path: str, symbol: str, new_name: str, code: str, said: str) -> None:
    found = refused("rename_symbol", path=path, symbol=symbol, new_name=new_name)
    assert (found[0], said in found[1]) == (code, True), found
    assert all(Path(name).read_text() == text for name, text in FILES.items())


@pytest.mark.parametrize(
    ("path", "line", "statement"),
    [
        ("app.js", 4, '  console.warn("a \\"b\\"");'),
        ("rates.ts", 2, '  console.warn("a \\"b\\"");'),
        ("tool.go", 9, '\t\tfmt.Println("[warning] a \\"b\\"")'),
        ("tool.go", 15, '\tfmt.Println("[warning] a \\"b\\"")'),
        ("lib.rs", 3, '    eprintln!("{}", "[warning] a \\"b\\"");'),
        ("Main.java", 4, '    System.err.println("[warning] a \\"b\\"");'),
        ("calc.c", 3, '    fprintf(stderr, "%s\\n", "[warning] a \\"b\\"");'),
        ("use.cpp", 3, '    std::cerr << "[warning] a \\"b\\"" << std::endl;'),
        ("job.rb", 4, '    warn "[warning] a \\"b\\""'),
        ("Job.cs", 3, '        System.Console.Error.WriteLine("[warning] a \\"b\\"");'),
    ],
)
def test_log_statements_as_each_language_has_them(path: str, line: int, statement: str) -> None:
    before = FILES[path].split("\n")[line - 1]
    after = changed("add_log", path=path, line=line, text='a "b"', level="warning")[path].split("\n")
    assert after[after.index(statement) + 1] == before


def test_a_line_within_a_statement_counts_as_the_statement() -> None:
    after = changed("add_log", path="tool.go", line=16, text="x", level="info")["tool.go"]
    assert '\tfmt.Println("[info] x")\n\tfmt.Println(\n' in after


def test_what_a_log_statement_needs_is_included_once() -> None:
    once = changed("add_log", path="calc.c", line=3, text="x", level="info")["calc.c"]
    twice = changed("add_log", path="calc.c", line=4, text="y", level="info")["calc.c"]
    assert once.count("#include <stdio.h>") == twice.count("#include <stdio.h>") == 1
    assert twice.count("fprintf") == 2


def test_breakpoints_where_the_language_has_them() -> None:
    assert (
        "  if (1 > 0) debugger;\n  return rate"
        in changed("add_breakpoint", path="app.js", line=4, text="1 > 0")["app.js"]
    )
    assert "    binding.irb\n    m\n" in changed("add_breakpoint", path="job.rb", line=4)["job.rb"]
    assert refused("add_breakpoint", path="tool.go", line=6)[0] == "no_language"
    assert refused("add_breakpoint", path="rates.ts", line=2, text="1 >")[0] == "would_not_parse"


@pytest.mark.parametrize(
    ("path", "line"), [("tool.go", 3), ("Main.java", 1), ("lib.rs", 1), ("calc.h", 1), ("job.rb", 90)]
)
def test_lines_that_are_in_no_statement(path: str, line: int) -> None:
    assert refused("add_log", path=path, line=line, text="x", level="info")[0] == "bad_lines"


def test_only_python_is_extracted_and_inlined() -> None:
    assert refused("extract_method", path="app.js", line=4, end_line=4, new_name="x")[0] == "no_language"
    assert refused("inline_variable", path="rates.ts", symbol="top")[0] == "no_language"


@pytest.mark.parametrize(
    ("path", "text", "symbol"),
    [
        ("macro.c", "#define TWO(x) double_it(x)\nint double_it(int n) { return 2 * n; }\n", "double_it"),
        ("said.rs", 'fn main() {\n    let many = 1;\n    println!("{many} {}", 2);\n}\n', "many"),
        ("Sum.java", "class Sum {\n  int all;\n}\n", "Sum"),
        ("key.js", "const size = 1;\nconst box = { size: 2 };\nbox.size = size;\n", "size"),
    ],
)
def test_uses_that_syntax_does_not_show(tmp_path: Path, path: str, text: str, symbol: str) -> None:
    (tmp_path / path).write_text(text)
    assert refused("rename_symbol", path=path, symbol=symbol, new_name="other")[0] == "symbol_ambiguous"


def test_files_of_no_known_language(tmp_path: Path) -> None:
    (tmp_path / "a.zig").write_text("const a = 1;\n")
    code, said = refused("find_references", path="a.zig", symbol="a")
    assert (code, "Rust" in said) == ("no_language", True)
    (tmp_path / "script").write_text("total = 1\nprint(total)\n")
    assert changed("rename_symbol", path="script", symbol="total", new_name="most", language="python") == {
        "script": "most = 1\nprint(most)\n"
    }
