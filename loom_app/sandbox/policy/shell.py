"""Reading a shell command line: every program it would start, with what can be known of the words.

The line is parsed by bash's own grammar and never run. Nothing is guessed: a word that is only known when the shell
has worked it out is None, and a line that does not parse is told to be unclear.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

LANGUAGE = Language(tree_sitter_bash.language())
MOST_NODES = 20_000
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_QUOTED_ESCAPE = re.compile(r"\\([$`\"\\\n])")
_OPERATORS = re.compile(r"[&|;()<>\n]")
_COMMANDS = frozenset({"command", "declaration_command", "unset_command", "test_command"})
_ASSIGNMENTS = frozenset({"variable_assignment", "variable_assignments"})

Word = str | None


@dataclass(frozen=True)
class Target:
    """A file that a redirection opens; `written` says for what."""

    path: Word
    written: bool


@dataclass(frozen=True)
class Call:
    """One program with its words, the variables it is given, and the files its output or input is tied to.

    `stdin` is the text that is written into it, where the line holds it; None when there is none or it is not known.
    """

    words: tuple[Word, ...]
    variables: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    stdin: str | None = None


@dataclass(frozen=True)
class Line:
    """What a command line does: its calls, the functions it defines, and the variables it sets for all of them.

    `unclear` is why it cannot be told; the calls are not all of them then.
    """

    calls: tuple[Call, ...] = ()
    functions: frozenset[str] = frozenset()
    unclear: str = ""


def read(text: str) -> Line:
    """What the command line `text` would start."""
    top = Parser(LANGUAGE).parse(text.encode(errors="replace")).root_node
    if top.has_error:
        return Line(unclear="it cannot be read as a shell command")
    calls: list[Call] = []
    functions: set[str] = set()
    for count, node in enumerate(_nodes(top)):
        if count > MOST_NODES:
            return Line(unclear="it is too long to be looked through")
        if _reads_in_two_ways(node):
            return Line(unclear=f"{_text(node)[:40]!r} means one thing to bash and another to a plain shell")
        if node.type in _COMMANDS:
            calls.append(_call(node))
        elif node.type in _ASSIGNMENTS and node.parent is not None and node.parent.type not in _COMMANDS:
            calls.append(Call((), tuple(_assigned(node))))
        elif node.type == "redirected_statement" and not _is_command(node.child_by_field_name("body")):
            calls.append(Call((), (), tuple(_targets(_redirects(node)))))
        elif node.type == "function_definition":
            functions.add(_text(node.child_by_field_name("name")))
    return Line(tuple(calls), frozenset(functions))


def _nodes(top: Node) -> Iterator[Node]:
    ahead = [top]
    while ahead:
        node = ahead.pop()
        yield node
        ahead += reversed(node.named_children)


def _reads_in_two_ways(node: Node) -> bool:
    """Whether a plain shell would take for commands what bash takes for arithmetic or a test."""
    first = _text(node.children[0]) if node.children else ""
    return first == "((" or (first == "[[" and bool(_OPERATORS.search(_text(node)[2:-2])))


def _is_command(node: Node | None) -> bool:
    return node is not None and node.type in _COMMANDS


def _call(node: Node) -> Call:
    redirects = _redirects(node)
    parent = node.parent
    if parent is not None and parent.type == "redirected_statement":
        redirects += _redirects(parent)
    words = (*_words(node), *(word for redirect in redirects for word in _further(redirect)))
    stdin = next((said for redirect in redirects if (said := _written_in(redirect)) is not None), None)
    return Call(words, tuple(_assigned(node)), tuple(_targets(redirects)), stdin)


def _words(node: Node) -> list[Word]:
    if node.type != "command":
        return [_text(node.children[0])]
    name = node.child_by_field_name("name")
    first = [_program(name)] if name is not None else []
    return [*first, *(_value(argument) for argument in node.children_by_field_name("argument"))]


def _program(name: Node) -> Word:
    inner = name.named_children[0] if name.named_children else name
    value = _value(inner)
    # The shell may make other words of these before it looks for the program.
    return None if value is None or (inner.type in {"word", "concatenation"} and set(value) & set("*?[{")) else value


def _redirects(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type.endswith("_redirect")]


def _further(redirect: Node) -> list[Word]:
    """Words of the command that stand behind a redirection."""
    if redirect.type == "file_redirect":
        return [_value(word) for word in redirect.children_by_field_name("destination")[1:]]
    return [_value(word) for word in redirect.children_by_field_name("argument")]


def _targets(redirects: list[Node]) -> Iterator[Target]:
    for redirect in redirects:
        inner = [child for child in redirect.named_children if child.type == "file_redirect"]
        yield from _targets(inner)
        places = redirect.children_by_field_name("destination") if redirect.type == "file_redirect" else []
        sign = next((_text(child) for child in redirect.children if not child.is_named), "")
        if places and not (sign in {">&", "<&", ">&-", "<&-"} and _text(places[0]).strip("-").isdigit()):
            yield Target(_value(places[0]), ">" in sign)


def _written_in(redirect: Node) -> str | None:
    if redirect.type == "herestring_redirect":
        return _value(redirect.named_children[-1]) if redirect.named_children else None
    if redirect.type != "heredoc_redirect":
        return None
    body = next((child for child in redirect.named_children if child.type == "heredoc_body"), None)
    return _text(body) if body is not None else None


def _assigned(node: Node) -> Iterator[str]:
    found = [node] if node.type == "variable_assignment" else node.named_children
    for each in found:
        if each.type == "variable_assignment":
            yield _text(each.child_by_field_name("name"))


def _value(node: Node) -> Word:
    """What the shell makes of a word; None when that takes a run of it."""
    text = _text(node)
    match node.type:
        case "word" | "number" | "variable_name" | "test_operator" | "brace_expression":
            return _ESCAPED.sub(lambda found: "" if found[1] == "\n" else found[1], text)
        case "raw_string":
            return text[1:-1]
        case "string" if all(child.type == "string_content" for child in node.named_children):
            return _QUOTED_ESCAPE.sub(lambda found: "" if found[1] == "\n" else found[1], text[1:-1])
        case "concatenation":
            parts = [_value(child) for child in node.named_children]
            return None if None in parts else "".join(part for part in parts if part is not None)
    return None


def _text(node: Node | None) -> str:
    return (node.text or b"").decode(errors="replace") if node is not None else ""
