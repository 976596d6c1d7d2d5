"""Renaming in Python: every place that means the same, or nothing."""

import ast
import keyword
from collections import Counter

from jedi.api.classes import BaseName

from loom_app.analysis.answers import Answer, Place, listed, some
from loom_app.analysis.asked import Asked
from loom_app.analysis.python_classes import above, overriding
from loom_app.analysis.python_find import left_over
from loom_app.analysis.python_flow import bound, loaded
from loom_app.analysis.python_names import Copy, meanings, meant, places, starts, used
from loom_app.analysis.python_tree import Block, Function, Scope, parsed, path_to
from loom_app.analysis.sources import PYTHON, Refused, Splice, collect


def rename(asked: Asked) -> Answer:
    """The changes that give a name another one. Afterwards the new name means exactly what the old one did."""
    check_new_name(asked.word, asked.new_name)
    copy = Copy(collect(asked.path, PYTHON))
    parsed(copy.sources.files[asked.path])
    found = meanings(copy, asked.path, starts(copy, asked.path, asked.symbol, asked.line, asked.column))
    if len(found) > 1:
        where = some(place for group in found for place in places(copy, group) if place.kind)
        raise Refused(
            f"{asked.symbol!r} means {len(found)} things in {asked.path!r}, defined at {where}. Say which by line, "
            "or as Class.name.",
            "symbol_ambiguous",
        )
    _check_definitions(copy, asked, found[0])
    groups = [meant(copy, found[0])]
    _check_asked(copy, asked, groups[0])
    groups += _standing_in(copy, asked, groups[0])
    known = listed(place for group in groups for place in group)
    answer = Answer("meaning", known, others=left_over(copy.sources, asked.word, known))
    _check_known(copy, asked)
    _check_free(copy, asked, answer)
    _change(copy, asked, answer, [group[0] for group in groups])
    return answer


def check_new_name(old: str, new: str) -> None:
    """Raises Refused for what is no name in Python."""
    if not new.isidentifier() or keyword.iskeyword(new):
        raise Refused(f"{new!r} cannot be a name in Python.", "bad_name")
    if old == new:
        raise Refused(f"It is named {old!r} already.", "edit_no_change")


def _check_asked(copy: Copy, asked: Asked, known: list[Place]) -> None:
    """What was pointed at must be among what was found."""
    (first, *_) = starts(copy, asked.path, asked.symbol, asked.line, asked.column)
    if (asked.path, first.line, first.column + 1) not in {_spot(place) for place in known}:
        raise Refused(
            f"What {asked.word!r} means in line {first.line} cannot be told. Name the line that sets it.",
            "symbol_ambiguous",
        )


def _standing_in(copy: Copy, asked: Asked, known: list[Place]) -> list[list[Place]]:
    """The uses of methods that stand in for this one in classes below. Raises Refused if it stands in itself."""
    target = next((place for place in known if place.kind == "function"), None)
    if target is None:
        return []
    if higher := above(copy, target):
        raise Refused(
            f"{asked.symbol!r} stands in for a method of {higher} and must be named as that is. Rename it there.",
            "symbol_ambiguous",
        )
    groups = []
    for place in overriding(copy, target):
        groups.append(meant(copy, used(copy, place.path, place.line, place.column - 1)))
    return groups


def _check_known(copy: Copy, asked: Asked) -> None:
    if copy.sources.cut:
        raise Refused("The project has too many files to find every use. Rename with edit_code.", "too_many_files")
    if unread := copy.sources.unread_with(asked.word):
        raise Refused(
            f"{', '.join(unread[:5])} hold {asked.word!r} and cannot be analysed (no UTF-8 text, or too large), so "
            "uses in them would be missed. Rename with edit_code.",
            "not_text",
        )


def _check_free(copy: Copy, asked: Asked, answer: Answer) -> None:
    """Refuses a name that the functions, classes and modules in which the old one is set know already."""
    for place in answer.places:
        if not place.kind:
            continue
        way = path_to(parsed(copy.sources.files[place.path]), place.line)
        if place.kind in ("function", "class") and isinstance(way[-1], Scope) and way[-1].name == asked.word:
            way.pop()
        around = next(node for node in reversed(way) if isinstance(node, Block))
        known = bound(around.body)
        if isinstance(around, Function):
            known |= loaded(around.body) | {node.arg for node in ast.walk(around.args) if isinstance(node, ast.arg)}
        if asked.new_name in known:
            raise Refused(
                f"{asked.new_name!r} means something already where {asked.word!r} is set ({place}). "
                "Choose another name.",
                "name_taken",
            )


def _comes_from_outside(copy: Copy, word: str, place: Place) -> bool:
    """Whether an import by that name leads to no definition in the project."""
    if not _imported(copy, word, place):
        return False
    found = copy.script(place.path).goto(place.line, place.column - 1, follow_imports=True)
    return not any(not _imported(copy, word, target) for target in places(copy, found))


def _imported(copy: Copy, word: str, place: Place) -> bool:
    statement = path_to(parsed(copy.sources.files[place.path]), place.line)[-1]
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return False
    return not any(alias.asname == word for alias in statement.names)


def _check_definitions(copy: Copy, asked: Asked, group: list[BaseName]) -> None:
    defined = [name for name in group if name.is_definition()]
    outside = [name for name in group if copy.path(name) is None]
    # A module has no name of its own in any file; jedi tells that in no other way.
    if any(name._name.tree_name is None for name in group) or not defined:  # noqa: SLF001
        raise Refused(
            f"{asked.symbol!r} is a module, or is not defined in the project. To rename a module, move its file with "
            "run_command (git mv) and correct the imports.",
            "symbol_not_found",
        )
    if foreign := [place for place in places(copy, group) if _comes_from_outside(copy, asked.word, place)]:
        raise Refused(
            f"{asked.symbol!r} is imported from outside of the project, or from what cannot be found, at "
            f"{some(foreign)}, and must keep its name there.",
            "bad_name",
        )
    if outside or (asked.word.startswith("__") and asked.word.endswith("__")):
        raise Refused(f"{asked.symbol!r} gets its meaning outside of the project and must keep its name.", "bad_name")


def _change(copy: Copy, asked: Asked, answer: Answer, firsts: list[Place]) -> None:
    size = len(asked.word)
    splices: dict[str, list[Splice]] = {}
    for place in answer.places:
        start = copy.sources.files[place.path].offset(place.line, place.column)
        if copy.sources.files[place.path].text[start : start + size] != asked.word:
            raise Refused(f"{place} is a use of it by another name. Rename with edit_code.", "symbol_ambiguous")
        splices.setdefault(place.path, []).append((start, start + size, asked.new_name))
    texts = {path: copy.sources.files[path].changed(made) for path, made in splices.items()}
    for path, text in texts.items():
        source = copy.sources.files[path]
        parsed(source)
        parsed(source, text)
        answer.changes.append(source.change(splices[path]))
    _prove(copy, asked, texts, answer.places, firsts)


def _moved(known: list[Place], shift: int) -> dict[Place, Place]:
    """Where each place is when every one before it on its line has grown by `shift`."""
    seen: Counter[tuple[str, int]] = Counter()
    moved = {}
    for place in known:
        moved[place] = Place(place.path, place.line, place.column + seen[place.path, place.line] * shift, "")
        seen[place.path, place.line] += 1
    return moved


def _prove(copy: Copy, asked: Asked, texts: dict[str, str], known: list[Place], firsts: list[Place]) -> None:
    """Ask once more after the change: the new name must mean the same places and no others."""
    copy.change(texts)
    moved = _moved(known, len(asked.new_name) - len(asked.word))
    again = set()
    for first in firsts:
        start = next(moved[place] for place in known if (place.path, place.line, place.column) == _spot(first))
        again |= {_spot(place) for place in meant(copy, used(copy, start.path, start.line, start.column - 1))}
    if again != (expected := {_spot(place) for place in moved.values()}):
        where = some(Place(*spot, "") for spot in sorted(again ^ expected))
        raise Refused(
            f"{asked.new_name!r} is used already where {asked.word!r} is, and would mean something else at {where}. "
            "Choose another name.",
            "name_taken",
        )


def _spot(place: Place) -> tuple[str, int, int]:
    return place.path, place.line, place.column
