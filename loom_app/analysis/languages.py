"""The languages that are read by their syntax alone, and what is particular to each."""

from collections.abc import Mapping
from dataclasses import dataclass

from loom_app.analysis.sources import Refused


@dataclass(frozen=True)
class Language:
    """How a language is written.

    `grammar` is the parser's name for it, `family` the languages whose files use each other's names. `log` holds the
    statement that writes a message, by what must stand in the file for it (`{text}` is a string, `{level}` a word).
    """

    name: str
    grammar: str
    family: str
    log: tuple[tuple[str, str], ...] = ()
    include: str = ""
    """A line at the top without which the last of `log` does not compile."""
    levels: Mapping[str, str] | None = None
    pause: str = ""
    """The statement at which a debugger stops; empty where the language has none."""
    pause_if: str = ""
    free: bool = False
    """Whether statements stand outside of functions too."""


_CONSOLE = {"debug": "debug", "info": "info", "warning": "warn", "error": "error", "critical": "error"}
_RUST = {"debug": "debug", "info": "info", "warning": "warn", "error": "error", "critical": "error"}


def _script(name: str, grammar: str) -> Language:
    log = (("", "console.{level}({text});"),)
    return Language(
        name,
        grammar,
        "JavaScript and TypeScript",
        log,
        "",
        _CONSOLE,
        "debugger;",
        "if ({condition}) debugger;",
        free=True,
    )


_C_LOG = (("", 'fprintf(stderr, "%s\\n", {text});'),)
_CPP_LOG = (("", "std::cerr << {text} << std::endl;"),)
_GO_LOG = (('"log"', "log.Println({text})"), ('"fmt"', "fmt.Println({text})"), ("", "println({text})"))
_RUST_LOG = (
    ("log::", 'log::{level}!("{{}}", {text});'),
    ("tracing::", 'tracing::{level}!("{{}}", {text});'),
    ("", 'eprintln!("{{}}", {text});'),
)
_JAVASCRIPT, _TYPESCRIPT = _script("JavaScript", "javascript"), _script("TypeScript", "typescript")
_C = Language("C", "c", "C and C++", _C_LOG, "#include <stdio.h>")
_CPP = Language("C++", "cpp", "C and C++", _CPP_LOG, "#include <iostream>")
_RUBY = Language(
    "Ruby", "ruby", "Ruby", (("", "warn {text}"),), "", None, "binding.irb", "binding.irb if {condition}", free=True
)

LANGUAGES: Mapping[str, Language] = {
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx"), _JAVASCRIPT),
    **dict.fromkeys((".ts", ".mts", ".cts"), _TYPESCRIPT),
    ".tsx": _script("TypeScript", "tsx"),
    ".go": Language("Go", "go", "Go", _GO_LOG),
    ".rs": Language("Rust", "rust", "Rust", _RUST_LOG, "", _RUST),
    ".java": Language("Java", "java", "Java", (("", "System.err.println({text});"),)),
    ".c": _C,
    ".h": _CPP,
    **dict.fromkeys((".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx"), _CPP),
    ".rb": _RUBY,
    ".cs": Language(
        "C#", "csharp", "C#", (("", "System.Console.Error.WriteLine({text});"),), "", None,
        "System.Diagnostics.Debugger.Break();", "if ({condition}) System.Diagnostics.Debugger.Break();",
    ),
}  # fmt: skip
"""By the end of a file's name."""

PYTHON = ("python", "py", "python3")
_NAMES = {
    **{language.name.lower(): language for language in LANGUAGES.values()},
    "js": _JAVASCRIPT,
    "ts": _TYPESCRIPT,
    "golang": LANGUAGES[".go"],
    "rs": LANGUAGES[".rs"],
    "rb": _RUBY,
    "cpp": _CPP,
    "csharp": LANGUAGES[".cs"],
}


def language_of(path: str, asked: str) -> Language | None:
    """The language of a file, by its name or as it was asked for; None for Python. Raises Refused for others."""
    suffix = path[path.rfind(".") :].lower() if "." in path.rpartition("/")[2] else ""
    if suffix in (".py", ".pyi") or (suffix not in LANGUAGES and asked.lower() in PYTHON):
        return None
    found = LANGUAGES.get(suffix) or _NAMES.get(asked.lower())
    if found is None:
        known = ", ".join(sorted({"Python", *(language.name for language in LANGUAGES.values())}))
        raise Refused(
            f"The language of {path!r} is not known here. Known are {known}. Use search_text and edit_code.",
            "no_language",
        )
    return found


def suffixes(language: Language) -> tuple[str, ...]:
    """The ends of the names of all files that may use a name of this language."""
    return tuple(end for end, other in LANGUAGES.items() if other.family == language.family)
