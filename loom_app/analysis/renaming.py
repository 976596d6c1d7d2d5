"""Renaming by name, where scope alone shows that it is right; everything else is refused with the places."""

import posixpath
import re
from collections.abc import Sequence

from ast_grep_py import Range, SgNode

from loom_app.analysis.answers import Answer, Place, listed, some
from loom_app.analysis.asked import Asked
from loom_app.analysis.languages import LANGUAGES, Language, suffixes
from loom_app.analysis.sources import Refused, Source, Sources, Splice, collect, word_pattern
from loom_app.analysis.syntax import Name, broken, hidden, names, scope

_RESERVED = re.compile(
    r"^(if|else|for|while|do|return|class|struct|enum|switch|case|default|break|continue|new|this|self|super|null|nil"
    r"|true|false|function|func|fn|def|end|let|var|const|static|public|private|import|package|use|type|interface|impl"
    r"|int|char|void|float|double|bool|in|of|try|catch|throw|match|mut|pub|mod|range|go|defer|select|chan|map)$"
)
_IMPORT = re.compile(r"^(import|use|using|export_statement|namespace_use)")


def rename(asked: Asked, language: Language) -> Answer:
    """The changes that give a name another one, in every file that surely means the same."""
    _check_new(asked)
    sources = collect(asked.path, suffixes(language))
    source = sources.files[asked.path]
    found = names(source, language, asked.word)
    defined = [name for name in found if name.defines]
    if asked.line is not None:
        defined = [name for name in defined if name.place.line == asked.line] or _meant(asked, found, defined)
    if not defined:
        raise Refused(
            f"{asked.path!r} does not define {asked.word!r}; name the file and line of its definition.",
            "symbol_not_found",
        )
    around = scope(defined[0].node)
    if around is not None and all(name.local for name in defined):
        chosen, looked = _inside(language, found, defined, around.range()), [source]
    else:
        chosen, looked = _everywhere(sources, language, asked), sources.holding(asked.word)
    if covert := [place for other in looked for place in hidden(other, language, asked.word)]:
        raise Refused(
            f"{asked.word!r} is also used in text that only the compiler reads, at {some(covert)}. "
            "Rename with edit_code.",
            "symbol_ambiguous",
        )
    return _changed(sources, language, asked, chosen)


def _check_new(asked: Asked) -> None:
    if not re.fullmatch(r"[A-Za-z_$][\w$]*", asked.new_name) or _RESERVED.match(asked.new_name):
        raise Refused(f"{asked.new_name!r} cannot be a name here.", "bad_name")
    if asked.new_name == asked.word:
        raise Refused(f"It is named {asked.word!r} already.", "edit_no_change")


def _meant(asked: Asked, found: Sequence[Name], defined: Sequence[Name]) -> list[Name]:
    """The definitions in the innermost function around the asked line, or those outside of all."""
    here = next((name for name in found if name.place.line == asked.line), None)
    above = here.node.ancestors() if here else []
    for node in above:
        inside = [name for name in defined if scope(name.node) == node]
        if inside:
            return inside
    return [name for name in defined if scope(name.node) is None] if here else []


def _inside(language: Language, found: Sequence[Name], defined: Sequence[Name], around: Range) -> list[Name]:
    """Every use in the function that has the one definition."""
    scopes = {(node.range().start.index, node.range().end.index) for name in defined if (node := scope(name.node))}
    if len(scopes) > 1:
        raise _ambiguous(defined)
    start, end = around.start.index, around.end.index
    here = [name for name in found if start <= name.node.range().start.index < end]
    inner = [name for name in here if name.defines and scope(name.node) != scope(defined[0].node)]
    shadowed = len({_start(name.block) for name in here if name.defines}) > 1 and language.name != "Ruby"
    if inner or shadowed:
        raise _ambiguous([name for name in here if name.defines])
    return [name for name in here if not name.member]


def _start(node: SgNode | None) -> int:
    return node.range().start.index if node else -1


def _everywhere(sources: Sources, language: Language, asked: Asked) -> list[Name]:
    """Every use in the project of what is defined once in it."""
    found = [name for source in sources.holding(asked.word) for name in names(source, language, asked.word)]
    defined = [name for name in found if name.defines and name.place.kind != "prototype"]
    if len(defined) != 1:
        raise _ambiguous(defined)
    if language.name == "Java" and posixpath.basename(defined[0].place.path) == f"{asked.word}.java":
        raise Refused("A class of Java is named as its file is; move the file too, with edit_code.", "symbol_ambiguous")
    if members := [name for name in found if name.member]:
        raise Refused(
            f"{asked.word!r} is a member of something at {some(name.place for name in members)}, and of what cannot be "
            "told without types. Rename with edit_code.",
            "symbol_ambiguous",
        )
    foreign = [name for name in found if name.place.path != defined[0].place.path]
    if strange := [name for name in foreign if not _same(sources, language, name, defined[0])]:
        raise Refused(
            f"{asked.word!r} is also used at {some(name.place for name in strange)}, and whether that is the one of "
            f"{defined[0].place} cannot be told. Rename with edit_code.",
            "symbol_ambiguous",
        )
    if unread := sources.unread_with(asked.word):
        raise Refused(f"{', '.join(unread[:5])} hold {asked.word!r} and cannot be analysed.", "not_text")
    if sources.cut:
        raise Refused("The project has too many files to find every use. Rename with edit_code.", "too_many_files")
    return found


def _same(sources: Sources, language: Language, name: Name, defined: Name) -> bool:
    """Whether a use in another file is surely that of the one definition."""
    if language.family == "C and C++":
        return "static" not in defined.place.text
    if language.family == "Go":
        return posixpath.dirname(name.place.path) == posixpath.dirname(defined.place.path)
    if language.family == "JavaScript and TypeScript":
        imports = [use for use in names(sources.files[name.place.path], language, name.node.text()) if _module(use)]
        return bool(imports) and all(_leads(use, defined.place.path) for use in imports)
    return False


def _module(name: Name) -> str:
    """The module from which a name is imported or exported where it stands."""
    statements = [node for node in name.node.ancestors() if _IMPORT.match(node.kind())]
    origin = next((origin for node in statements if (origin := node.field("source"))), None)
    return origin.text().strip("'\"`") if origin else ""


def _leads(name: Name, target: str) -> bool:
    module = _module(name)
    if not module.startswith("."):
        return False
    place = posixpath.normpath(posixpath.join(posixpath.dirname(name.place.path), module))
    stem = target[: target.rfind(".")]
    return place in (target, stem, stem.removesuffix("/index")) or place[: place.rfind(".")] == stem


def _ambiguous(defined: Sequence[Name]) -> Refused:
    where = some(sorted(name.place for name in defined))
    return Refused(
        f"The name has {len(defined)} definitions, at {where}, and which of them each use means cannot be told without "
        "types. Give line for a variable of one function, or rename with edit_code.",
        "symbol_ambiguous",
    )


def _changed(sources: Sources, language: Language, asked: Asked, chosen: Sequence[Name]) -> Answer:
    splices: dict[str, list[Splice]] = {}
    for name in chosen:
        start = name.node.range().start.index
        text = asked.new_name
        if name.node.kind() in ("shorthand_property_identifier", "shorthand_property_identifier_pattern"):
            text = f"{asked.word}: {asked.new_name}"
        splices.setdefault(name.place.path, []).append((start, start + len(asked.word), text))
    for path in splices:
        if taken := word_pattern(asked.new_name).search(sources.files[path].text):
            line, _ = sources.files[path].place(taken.start())
            raise Refused(
                f"{asked.new_name!r} stands in {path!r} already, in line {line}. Choose another name.", "name_taken"
            )
    answer = Answer("name", listed(name.place for name in chosen))
    for path, made in splices.items():
        _check_syntax(sources.files[path], language, made)
        answer.changes.append(sources.files[path].change(made))
    spots = {(name.place.path, name.place.line, name.place.column) for name in chosen}
    answer.others = _left(sources, asked.word, spots, splices)
    return answer


def _left(
    sources: Sources, word: str, spots: set[tuple[str, int, int]], touched: dict[str, list[Splice]]
) -> list[Place]:
    found = []
    for path in touched:
        source = sources.files[path]
        for match in word_pattern(word).finditer(source.text):
            line, column = source.place(match.start())
            if (path, line, column) not in spots:
                found.append(Place(path, line, column, source.shown(line)))
    return found


def _check_syntax(source: Source, language: Language, made: Sequence[Splice]) -> None:
    own = LANGUAGES.get(source.path[source.path.rfind(".") :].lower(), language)
    if broken(source, own, source.changed(made)) > broken(source, own):
        raise Refused(f"{source.path!r} would no longer parse; nothing was changed.", "would_not_parse")
