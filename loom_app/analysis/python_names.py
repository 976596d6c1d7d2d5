"""What names in Python code stand for, by jedi, which reads the code and never imports it.

jedi is shown a copy that holds nothing but the readable source files: no compiled modules, no links, no `.pth` files.
"""

import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import jedi
import parso.cache
from jedi.api.classes import BaseName
from jedi.api.environment import InterpreterEnvironment
from jedi.inference import InferenceState, references
from jedi.inference.context import ModuleContext

from loom_app.analysis.answers import Place, listed
from loom_app.analysis.python_scopes import corrected
from loom_app.analysis.python_tree import keywords
from loom_app.analysis.sources import MAX_FILES, Refused, Source, Sources

MOST_MEANINGS = 20


def _every_module(
    state: InferenceState, known: Sequence[ModuleContext], name: str, limit_reduction: float = 1
) -> Iterator[ModuleContext]:
    """All modules that hold a name: jedi's own way leaves out names of two letters, and what comes after 30 files."""
    yield from (module for module in known if not module.is_compiled())
    found = references._find_project_modules(state, known)  # noqa: SLF001 - jedi has no public way
    yield from references.search_in_file_ios(state, found, name, limit_reduction)


references.get_module_contexts_containing_name = _every_module
# What is parsed is written to a disk that nobody reads again.
parso.cache._save_to_file_system = lambda *_, **__: None  # noqa: SLF001
# Over this number jedi's own parser forgets files that jedi still asks it for.
parso.cache._CACHED_SIZE_TRIGGER = 100 * MAX_FILES  # noqa: SLF001
references._PARSED_FILE_LIMIT = references._OPENED_FILE_LIMIT = 10 * MAX_FILES  # noqa: SLF001
jedi.settings.auto_import_modules = []  # these would be imported, and so run


class Copy:
    """The copy that jedi reads; gone with the process."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.top = Path(tempfile.mkdtemp(prefix="analysis-")).resolve()
        self._put({path: source.text for path, source in sources.files.items()})

    def change(self, texts: Mapping[str, str]) -> None:
        """Have these files read otherwise from now on."""
        self.sources = Sources({**self.sources.files, **{path: Source(path, text, "") for path, text in texts.items()}})
        self._put(texts)

    def _put(self, texts: Mapping[str, str]) -> None:
        for path, text in texts.items():
            place = self.top / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, newline="")
        self._begin()

    def script(self, path: str) -> jedi.Script:
        """A file of the copy as jedi sees it."""
        return jedi.Script(path=self.top / path, project=self._project, environment=self._environment)

    def path(self, name: BaseName) -> str | None:
        """The project's file in which a name stands; None if that is elsewhere."""
        place = name.module_path
        if place is None or name.line is None or not place.is_relative_to(self.top):
            return None
        found = place.relative_to(self.top).as_posix()
        return found if found in self.sources.files else None

    def _begin(self) -> None:
        library = sysconfig.get_paths()["stdlib"]
        self._environment = InterpreterEnvironment()
        self._project = jedi.Project(
            self.top,
            sys_path=[library, f"{library}/lib-dynload"],
            added_sys_path=[str(self.top / root) for root in import_roots(self.sources.files)],
            load_unsafe_extensions=False,
        )


def import_roots(paths: Iterable[str]) -> list[str]:
    """The directories from which the packages among these files are imported."""
    packages = {path.rpartition("/")[0] for path in paths if path.endswith("/__init__.py")}
    return sorted({package.rpartition("/")[0] for package in packages} - packages)[:100]


def starts(copy: Copy, path: str, symbol: str, line: int | None, column: int | None) -> list[BaseName]:
    """Where in a file a symbol stands, one place for each thing it may mean. Raises Refused if it stands nowhere."""
    names = copy.script(path).get_names(all_scopes=True, definitions=True, references=True)
    if line is not None:
        return [_at(names, copy.sources.files[path], symbol, line, column)]
    parts = symbol.split(".")
    fitting = [name for name in names if name.name == parts[-1] and (len(parts) == 1 or _chain(name, parts))]
    if not fitting:
        raise Refused(_nowhere(copy, path, symbol), "symbol_not_found")
    return [name for name in fitting if name.is_definition()] or fitting[:1]


def meanings(copy: Copy, path: str, found: Iterable[BaseName]) -> list[list[BaseName]]:
    """All places of each thing that the names stand for."""
    seen: set[tuple[int, int]] = set()
    groups = []
    for name in list(found)[:MOST_MEANINGS]:
        if (name.line, name.column) in seen:
            continue
        group = used(copy, path, name.line, name.column)
        seen |= {(other.line, other.column) for other in group if copy.path(other) == path}
        groups.append(group or [name])
    return groups


def used(copy: Copy, path: str, line: int, column: int) -> list[BaseName]:
    """All names that mean what stands at a place; the column counts from 0."""
    found: list[BaseName] = copy.script(path).get_references(line, column, include_builtins=False, scope="project")
    if any(name.type == "param" for name in found):
        found += _keywords(copy, found)
    return found


def _keywords(copy: Copy, known: Sequence[BaseName]) -> Iterator[BaseName]:
    """The calls in other files that give a parameter by its name."""
    spots = {(copy.path(name), name.line, name.column) for name in known}
    for source in copy.sources.holding(known[0].name):
        script = copy.script(source.path)
        for line, column in keywords(source, known[0].name):
            meant = {(copy.path(name), name.line, name.column) for name in script.goto(line, column)}
            if meant & spots and (source.path, line, column) not in spots:
                yield from (
                    name
                    for name in script.get_names(all_scopes=True, definitions=False, references=True)
                    if (name.line, name.column) == (line, column)
                )


def place(copy: Copy, name: BaseName) -> Place | None:
    """A name's place, if that is in the project."""
    path = copy.path(name)
    if path is None:
        return None
    source = copy.sources.files[path]
    return Place(path, name.line, name.column + 1, source.shown(name.line), name.type if name.is_definition() else "")


def places(copy: Copy, names: Iterable[BaseName]) -> list[Place]:
    """The places in the project, in order, each once."""
    return listed(filter(None, (place(copy, name) for name in names)))


def meant(copy: Copy, names: Sequence[BaseName]) -> list[Place]:
    """The places of names of one meaning, where the rules of scope have the last word before any inference."""
    found = places(copy, names)
    word = names[0].name
    kept: list[Place] = []
    for path in dict.fromkeys(other.path for other in found):
        own = [other for other in found if other.path == path]
        kept += corrected(copy.sources.files[path], word, own, partial(_leaves, copy, path, word))
    return listed(kept)


def _leaves(copy: Copy, path: str, word: str) -> set[tuple[int, int]]:
    """Where a file has the word as a name."""
    names = copy.script(path).get_names(all_scopes=True, definitions=True, references=True)
    return {(name.line, name.column + 1) for name in names if name.name == word}


def _at(names: Iterable[BaseName], source: Source, symbol: str, line: int, column: int | None) -> BaseName:
    wanted = symbol.rpartition(".")[2]
    here = [name for name in names if name.line == line and (not wanted or name.name == wanted)]
    if column is not None:
        here = [name for name in here if name.column < column <= name.column + len(name.name)] or (
            here if wanted and len(here) == 1 else []
        )
    if not here:
        what = repr(wanted) if wanted else "a name"
        where = f" column {column}" if column else ""
        raise Refused(
            f"Line {line}{where} of {source.path!r} does not hold {what}. The line reads: {source.shown(line)!r}",
            "symbol_not_found",
        )
    return here[0]


def _chain(name: BaseName, parts: list[str]) -> bool:
    """Whether a name is defined below the names before it; `self.x` counts as below the class."""
    above, parent = [name.name], name.parent()
    while parent is not None and len(above) <= len(parts):
        above = [*parent.name.split("."), *above] if parent.type == "module" else [parent.name, *above]
        parent = parent.parent()
    of_self = name.get_line_code()[: name.column].endswith(".")
    ways = [above, [*above[:-2], above[-1]]] if of_self else [above]
    return name.is_definition() and any(way[-len(parts) :] == parts for way in ways)


def _nowhere(copy: Copy, path: str, symbol: str) -> str:
    word = symbol.rpartition(".")[2]
    others = [source.path for source in copy.sources.holding(word) if source.path != path][:5]
    there = f" Files that hold {word!r}: {', '.join(others)}." if others else " No other file holds it either."
    return f"{path!r} holds no name {symbol!r} (text in strings and comments does not count).{there}"
