"""Where names of other languages than Python are used, defined and implemented: by name, as their syntax shows it."""

import re

from loom_app.analysis.answers import Answer, Place, listed
from loom_app.analysis.asked import Asked
from loom_app.analysis.languages import Language, suffixes
from loom_app.analysis.sources import Refused, Source, Sources, collect
from loom_app.analysis.syntax import Name, every_name, names

_TYPES = re.compile(r"class|interface|struct|trait|type|enum|module")
_BELOW = re.compile(
    r"^(superclass|super_interfaces|extends_|class_heritage|implements_clause|base_class_clause|base_list|base_clause"
    r"|class_interface_clause|extends_interfaces|extends_type_clause|type_list|impl_item)"
)


def references(asked: Asked, language: Language) -> Answer:
    """Every place where the name stands."""
    sources = collect(asked.path, suffixes(language))
    word = word_at(sources.files[asked.path], language, asked)
    found = [name for source in sources.holding(word) for name in names(source, language, word)]
    return Answer("name", listed(name.place for name in found), notes=_notes(sources, language, word))


def definitions(asked: Asked, language: Language) -> Answer:
    """Every place where the name is given a meaning: what is not local to a function first."""
    sources = collect(asked.path, suffixes(language))
    word = word_at(sources.files[asked.path], language, asked)
    found = [name for source in sources.holding(word) for name in names(source, language, word) if name.defines]
    wide = [name for name in found if not name.local and name.place.kind != "prototype"]
    near = [name for name in found if name.local and name.place.path == asked.path]
    answer = Answer("name", listed(name.place for name in wide or near or found))
    answer.notes = _notes(sources, language, word)
    if not answer.places:
        answer.notes.append("No definition of that name is in the project; it may come from a library.")
    return answer


def implementations(asked: Asked, language: Language) -> Answer:
    """The types that name this one as what they extend or implement, or the definitions of that name with a body."""
    sources = collect(asked.path, suffixes(language))
    word = word_at(sources.files[asked.path], language, asked)
    found = [name for source in sources.holding(word) for name in names(source, language, word)]
    types = [place for name in found if (place := _extending(sources.files[name.place.path], name)) is not None]
    if not types and any(name.place.kind == "type_spec" for name in found):
        types = _satisfying(sources, language, word)
    bodies = [name.place for name in found if _has_body(name)]
    return Answer("name", listed(types or bodies), notes=_notes(sources, language, word))


def word_at(source: Source, language: Language, asked: Asked) -> str:
    """The name that is asked about. Raises Refused where none stands."""
    if asked.line is None:
        if not names(source, language, asked.word):
            raise Refused(
                f"{asked.path!r} holds no name {asked.word!r} (text in strings and comments does not count).",
                "symbol_not_found",
            )
        return asked.word
    here = [name for name in every_name(source, language) if name.place.line == asked.line]
    for name in here:
        word = name.node.text()
        covered = asked.column is None or name.place.column <= asked.column < name.place.column + len(word)
        if covered and asked.word in ("", word):
            return word
    raise Refused(
        f"Line {asked.line} of {asked.path!r} holds no such name. The line reads: {source.shown(asked.line)!r}",
        "symbol_not_found",
    )


def _notes(sources: Sources, language: Language, word: str) -> list[str]:
    told = [f"Found by name in {language.family} files: other things of the same name are among them."]
    if unread := sources.unread_with(word):
        told.append(f"Not analysed (no UTF-8 text, or too large), but holding the word: {', '.join(unread[:5])}.")
    if sources.cut:
        told.append(f"The project has too many files; only the first {len(sources.files):,} were looked at.")
    return told


def _extending(source: Source, name: Name) -> Place | None:
    """The type that names this one as its base."""
    above = name.node.ancestors()[:5]
    if not any(_BELOW.search(node.kind()) for node in above):
        return None
    for node in above:
        own = node.field("type") if node.kind() == "impl_item" else node.field("name")
        if node.kind() == "impl_item" and node.field("trait") != name.node:
            return None
        if own is not None and own != name.node and _TYPES.search(node.kind() + "type"):
            line, column = source.place(own.range().start.index)
            return Place(source.path, line, column, source.shown(line), node.kind())
    return None


def _satisfying(sources: Sources, language: Language, word: str) -> list[Place]:
    """Go's types implement an interface by having its methods."""
    wanted: set[str] = set()
    having: dict[str, set[str]] = {}
    defined: dict[str, Place] = {}
    for source in sources.files.values():
        for name in every_name(source, language):
            above, kind = name.node.parent(), name.place.kind
            if above is None:
                continue
            if kind in ("method_spec", "method_elem") and _interface_of(name) == word:
                wanted.add(name.node.text())
            elif kind == "method_declaration" and (receiver := above.field("receiver")) is not None:
                for owner in receiver.find_all(kind="type_identifier"):
                    having.setdefault(owner.text(), set()).add(name.node.text())
            elif kind == "type_spec":
                defined[name.node.text()] = name.place
    return [defined[owner] for owner, methods in having.items() if wanted and wanted <= methods and owner in defined]


def _interface_of(name: Name) -> str:
    spec = next((node for node in name.node.ancestors() if node.kind() == "type_spec"), None)
    own = spec.field("name") if spec else None
    return own.text() if own else ""


def _has_body(name: Name) -> bool:
    """Whether what is defined there is written out, and not only announced."""
    at = name.node.range().start.index
    bodies = [body.range() for node in name.node.ancestors()[:4] if (body := node.field("body")) is not None]
    return name.defines and any(not body.start.index <= at < body.end.index for body in bodies)
