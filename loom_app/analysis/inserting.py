"""Putting a statement before another, in other languages than Python."""

import json

from ast_grep_py import SgNode

from loom_app.analysis.answers import Answer
from loom_app.analysis.asked import Asked
from loom_app.analysis.languages import Language
from loom_app.analysis.sources import Refused, Source, Splice, collect
from loom_app.analysis.syntax import BLOCK, broken, tree

_TOP = ("program", "source_file", "translation_unit", "compilation_unit")
_SILENT = ("comment", "line_comment", "block_comment")


def log(asked: Asked, language: Language) -> Answer:
    """The change that writes a message before a statement, as is usual in the language."""
    source = collect(asked.path, ()).files[asked.path]
    marker, form = next(pair for pair in language.log if pair[0] in source.text)
    levels = language.levels or {}
    named = "{level}" in form
    text = asked.text if named else f"[{asked.level}] {asked.text}"
    call = (
        form.replace("{{}}", "{}")
        .replace("{level}", levels.get(asked.level, ""))
        .replace("{text}", _quoted(text, language))
    )
    splices = [_before_node(source, language, asked, call)]
    if language.include and not marker and language.include not in source.text:
        splices.append(_include(source, language.include))
    return _checked(source, language, splices, call)


def pause(asked: Asked, language: Language) -> Answer:
    """The change that stops in the debugger before a statement, where the language has a statement for it."""
    if not language.pause:
        raise Refused(
            f"{language.name} has no statement at which a debugger stops. Use add_log to see what happens there.",
            "no_language",
        )
    source = collect(asked.path, ()).files[asked.path]
    if "\n" in asked.text:
        raise Refused("The condition must be one expression on one line.", "bad_condition")
    call = language.pause_if.replace("{condition}", asked.text) if asked.text else language.pause
    return _checked(source, language, [_before_node(source, language, asked, call)], call)


def _checked(source: Source, language: Language, splices: list[Splice], call: str) -> Answer:
    if broken(source, language, source.changed(splices)) > broken(source, language):
        raise Refused(
            f"{source.path!r} would no longer parse with {call!r} there; nothing was changed.", "would_not_parse"
        )
    return Answer("name", changes=[source.change(splices)], facts={"statement": call})


def _before_node(source: Source, language: Language, asked: Asked, statement: str) -> Splice:
    node = _statement(source, language, asked.line or 0)
    line, column = source.place(node.range().start.index)
    text = source.lines[line - 1]
    if text[: column - 1].strip():
        raise Refused(
            f"The statement in line {line} of {source.path!r} shares its line with others; put it on a line of its own "
            "with edit_code first.",
            "bad_lines",
        )
    at = source.offset(line, 1)
    return at, at, f"{text[: column - 1]}{statement}\n"


def _statement(source: Source, language: Language, line: int) -> SgNode:
    """The innermost statement to which a line belongs, or the next one of its block."""
    ahead, found = [tree(source, language)], None
    while ahead:
        node = ahead.pop()
        if not _covers(node, line):
            continue
        if BLOCK.search(node.kind()) or (language.free and node.kind() in _TOP):
            found = _in_block(node, line) or found
        ahead += node.children()
    if found is None:
        raise Refused(
            f"Line {line} of {source.path!r} (of {len(source.lines)}) is in no statement of a function. "
            "Name the line of a statement.",
            "bad_lines",
        )
    return found


def _covers(node: SgNode, line: int) -> bool:
    span = node.range()
    return span.start.line < line <= span.end.line + 1


def _in_block(block: SgNode, line: int) -> SgNode | None:
    inside = [child for child in block.named_children() if child.kind() not in _SILENT]
    if block.kind() in ("switch_case", "case_statement", "expression_case"):
        inside = [child for child in inside if child != block.field("value")]
    if block.text().startswith("{") and block.range().start.line + 1 == line < block.range().end.line + 1:
        return None  # the line is the head of what has the block
    return next(
        (child for child in inside if child.range().end.line + 1 >= line and child.kind() not in ("statement_list",)),
        None,
    )


def _include(source: Source, line: str) -> Splice:
    includes = [number for number, text in enumerate(source.lines, 1) if text.startswith("#include")]
    at = source.offset(includes[-1] + 1, 1) if includes else 0
    return at, at, f"{line}\n"


def _quoted(text: str, language: Language) -> str:
    """A string of the language that holds just this text."""
    quoted = json.dumps(text, ensure_ascii=False)
    if language.name == "Ruby":
        quoted = quoted.replace("#", "\\#")
    return quoted
