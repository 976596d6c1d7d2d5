"""Where Python's names are used, defined and implemented."""

from loom_app.analysis.answers import Answer, Place, listed
from loom_app.analysis.asked import Asked
from loom_app.analysis.python_classes import class_of, overriding
from loom_app.analysis.python_names import Copy, meanings, meant, places, starts
from loom_app.analysis.sources import PYTHON, Sources, collect, word_pattern


def references(asked: Asked) -> Answer:
    """Every place that means the same; `others` are the places with the same word that jedi cannot tie to it."""
    copy = Copy(collect(asked.path, PYTHON))
    groups = meanings(copy, asked.path, starts(copy, asked.path, asked.symbol, asked.line, asked.column))
    answer = Answer("meaning", listed(place for group in groups for place in meant(copy, group)))
    word = groups[0][0].name
    answer.others = left_over(copy.sources, word, answer.places)
    answer.notes = notes(copy.sources, word)
    if len(groups) > 1:
        answer.notes.append(f"{word!r} means {len(groups)} things in {asked.path}; give line to ask about one.")
    return answer


def definitions(asked: Asked) -> Answer:
    """Where what stands there is defined, through imports."""
    copy = Copy(collect(asked.path, PYTHON))
    script = copy.script(asked.path)
    found = [
        target
        for name in starts(copy, asked.path, asked.symbol, asked.line, asked.column)
        for target in script.goto(name.line, name.column, follow_imports=True, follow_builtin_imports=True)
    ]
    answer = Answer("meaning", places(copy, found))
    outside = sorted({target.full_name or target.name for target in found if copy.path(target) is None})
    if outside:
        answer.notes.append(f"Defined outside of the project: {', '.join(outside)}.")
    elif not answer.places:
        answer.notes.append("What it stands for cannot be told without running the code; find_references may help.")
    return answer


def implementations(asked: Asked) -> Answer:
    """The classes below a class, the methods that stand in for a method, or else the definition itself."""
    found = definitions(asked)
    if not found.places:
        return found
    copy = Copy(collect(asked.path, PYTHON))
    if class_of(copy, found.places[0]) is None:
        found.notes.append("It is neither a class nor a method; this is its definition.")
        return found
    answer = Answer("meaning", overriding(copy, found.places[0]))
    answer.notes = ["Classes that do not name it as a base, such as those that only fit a Protocol, are not found."]
    return answer


def left_over(sources: Sources, word: str, known: list[Place]) -> list[Place]:
    """Places with the word that are not among the known ones: other things of that name, strings, comments."""
    spots = {(place.path, place.line, place.column) for place in known}
    pattern = word_pattern(word)
    return [
        Place(source.path, line, column, source.shown(line))
        for source in sources.holding(word)
        for line, column in (source.place(match.start()) for match in pattern.finditer(source.text))
        if (source.path, line, column) not in spots
    ]


def notes(sources: Sources, word: str) -> list[str]:
    """What was not looked at, in sentences."""
    told = []
    if unread := sources.unread_with(word):
        told.append(f"Not analysed (no UTF-8 text, or too large), but holding the word: {', '.join(unread[:5])}.")
    if sources.cut:
        told.append(f"The project has too many files; only the first {len(sources.files):,} were looked at.")
    return told
