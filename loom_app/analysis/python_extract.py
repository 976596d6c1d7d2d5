"""Making a function of some lines of Python."""

import ast
import io
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass

from loom_app.analysis.answers import Answer
from loom_app.analysis.asked import Asked
from loom_app.analysis.python_flow import LOOPS, SCOPES, before, bound, loaded, needed, parameters
from loom_app.analysis.python_rename import check_new_name
from loom_app.analysis.python_tree import Function, blocks, first_line, parsed
from loom_app.analysis.sources import PYTHON, Refused, Source, collect, word_pattern

_DECLARED = (ast.Global, ast.Nonlocal)
_SEEING = {"locals", "exec", "eval", "vars", "dir"}


@dataclass(frozen=True)
class Piece:
    """Whole statements of one block, with what is around them."""

    source: Source
    statements: Sequence[ast.stmt]
    way: Sequence[ast.AST]
    """The nodes around them, from the module down."""

    @property
    def function(self) -> Function | None:
        """The innermost function around them."""
        return next((node for node in reversed(self.way) if isinstance(node, Function)), None)

    @property
    def owner(self) -> ast.ClassDef | None:
        """The class whose method that function is."""
        above = self.way[self.way.index(self.function) - 1] if self.function else None
        return above if isinstance(above, ast.ClassDef) else None


def extract(asked: Asked) -> Answer:
    """The change that makes a function of whole lines and calls it in their place."""
    check_new_name("", asked.new_name)
    source = collect(asked.path, PYTHON).files[asked.path]
    tree = parsed(source)
    if found := word_pattern(asked.new_name).search(source.text):
        line, _ = source.place(found.start())
        raise Refused(
            f"{asked.new_name!r} stands in {asked.path!r} already, in line {line}. Choose another name.", "name_taken"
        )
    piece = _piece(source, tree, asked.line or 0, asked.end_line)
    _check(piece)
    takes, gives = _variables(piece, tree)
    before = piece.function or piece.statements[0]
    start = source.offset(first_line(before), 1)
    first, last = first_line(piece.statements[0]), piece.statements[-1].end_lineno or 0
    splices = [
        (start, start, _definition(piece, asked.new_name, takes, gives)),
        (
            source.offset(first, 1),
            source.offset(last, len(source.lines[last - 1]) + 1),
            _call(piece, asked.new_name, takes, gives),
        ),
    ]
    if start == splices[1][0]:
        splices = [(start, splices[1][1], splices[0][2] + splices[1][2])]
    _prove(piece, parsed(source, source.changed(splices)), asked.new_name)
    told = f"It takes {', '.join(takes) or 'nothing'} and gives back {', '.join(gives) or 'nothing'}."
    return Answer("meaning", changes=[source.change(splices)], notes=[told])


def _piece(source: Source, tree: ast.Module, first: int, last: int) -> Piece:
    """The statements that make up the lines; blank lines and comments at the edges do not matter."""
    way: list[ast.AST] = [tree]
    while True:
        for block in blocks(way[-1]):
            inside = [child for child in block if first <= first_line(child) and (child.end_lineno or 0) <= last]
            touched = [child for child in block if first_line(child) <= last and first <= (child.end_lineno or 0)]
            if inside and inside == touched:
                return _whole(source, block, Piece(source, inside, way))
            if touched and (len(touched) > 1 or not blocks(touched[0])):
                raise _not_whole(source, first_line(touched[0]), touched[-1].end_lineno or 0)
            if touched:
                way = [*way, touched[0]]
                break
        else:
            raise _not_whole(source, first_line(way[-1]) if isinstance(way[-1], ast.stmt) else 0, 0)


def _whole(source: Source, block: Sequence[ast.stmt], piece: Piece) -> Piece:
    """Refuses lines that other statements stand on too."""
    first, last = first_line(piece.statements[0]), piece.statements[-1].end_lineno or 0
    lead = source.lines[first - 1][: piece.statements[0].col_offset] if first == piece.statements[0].lineno else ""
    others = [child for child in block if child not in piece.statements]
    if lead.strip() or any(first_line(child) <= last and first <= (child.end_lineno or 0) for child in others):
        raise Refused(
            f"Lines {first} to {last} hold other statements as well; put each on lines of its own.", "bad_lines"
        )
    return piece


def _not_whole(source: Source, first: int, last: int) -> Refused:
    near = f" The nearest whole ones are lines {first} to {last}." if first and last else ""
    return Refused(f"The lines do not make up whole statements of one block of {source.path!r}.{near}", "bad_lines")


def _check(piece: Piece) -> None:
    for node, reason in _obstacles(piece):
        raise Refused(
            f"Lines with {reason} (line {getattr(node, 'lineno', '?')}) cannot be made a function. "
            "Choose other lines, or use edit_code.",
            "not_extractable",
        )
    if isinstance(piece.way[-1], ast.ClassDef):
        raise Refused("Lines of a class body cannot be made a method.", "not_extractable")


def _obstacles(piece: Piece) -> list[tuple[ast.AST, str]]:
    found: list[tuple[ast.AST, str]] = []
    ahead: list[tuple[ast.AST, bool]] = [(statement, False) for statement in piece.statements]
    while ahead:
        node, in_loop = ahead.pop()
        last = node is piece.statements[-1] and piece.function is not None
        if isinstance(node, ast.Return) and not last:
            found.append((node, "a return that is not the last of them"))
        if isinstance(node, ast.Break | ast.Continue) and not in_loop:
            found.append((node, "a break or continue of a loop around them"))
        if isinstance(node, ast.Yield | ast.YieldFrom):
            found.append((node, "yield"))
        if isinstance(node, ast.Global | ast.Nonlocal):
            found.append((node, "global or nonlocal"))
        if isinstance(node, ast.Delete):
            found.append((node, "del"))
        if isinstance(node, ast.ImportFrom) and (node.module == "__future__" or node.names[0].name == "*"):
            found.append((node, "such an import"))
        if isinstance(node, ast.Name) and node.id in _SEEING:
            found.append((node, f"{node.id}()"))
        if isinstance(node, SCOPES):
            continue
        loops = in_loop or isinstance(node, LOOPS)
        ahead += [(child, loops) for child in ast.iter_child_nodes(node)]
    return found


def _variables(piece: Piece, tree: ast.Module) -> tuple[list[str], list[str]]:
    """What the function takes and gives back, each in the order of the alphabet."""
    inside, scope = list(piece.statements), piece.function or tree
    sets = bound(inside)
    needs, sure_after = needed(inside)
    start = piece.way.index(scope)
    sure, maybe = before([*piece.way[start:], inside[0]])
    local = bound(scope.body) | parameters(scope) if piece.function else sets
    gives = _read_later(piece, scope, sets) if piece.function else sets
    takes = (needs & local) | (gives - sure_after)
    if unsure := {name for name in takes - sure if name in maybe or name in gives - sure_after or name not in sets}:
        raise Refused(
            f"{', '.join(sorted(unsure))} is set only on some ways to or through these lines; choose other lines, or "
            "set it before.",
            "not_extractable",
        )
    if declared := sets & {name for node in ast.walk(scope) if isinstance(node, _DECLARED) for name in node.names}:
        raise Refused(f"{', '.join(sorted(declared))} is global or nonlocal here.", "not_extractable")
    return sorted(takes & sure), sorted(gives)


def _read_later(piece: Piece, scope: Function | ast.Module, sets: set[str]) -> set[str]:
    """Of what the statements set, that which is read after them: below, in the next round of a loop, by a closure."""
    around = _without(scope.body, piece.statements)
    loop = next((node for node in piece.way if isinstance(node, LOOPS) and _within(piece, node)), None)
    last = piece.statements[-1].end_lineno or 0
    below = {node.id for node in around if isinstance(node, ast.Name) and node.lineno > last}
    return sets & (below | loaded(node for node in around if isinstance(node, SCOPES)) | loaded([loop] if loop else []))


def _without(whole: Sequence[ast.AST], inside: Sequence[ast.stmt]) -> list[ast.AST]:
    """Every node around the statements."""
    found, ahead = [], list(whole)
    while ahead:
        node = ahead.pop()
        if node in inside:
            continue
        found.append(node)
        ahead += ast.iter_child_nodes(node)
    return found


def _within(piece: Piece, node: ast.AST) -> bool:
    """Whether a node around the statements is in the same function."""
    return piece.function is None or piece.way.index(node) > piece.way.index(piece.function)


def _definition(piece: Piece, name: str, takes: list[str], gives: list[str]) -> str:
    outer = _indentation(piece.source, piece.function or piece.statements[0])
    inner = outer + _unit(piece)
    waits = "async " if _waits(piece) else ""
    me = _me(piece)
    lines = [f"{outer}{waits}def {name}({', '.join([*me[:1], *(take for take in takes if take not in me)])}):"]
    if _kind(piece):
        lines.insert(0, f"{outer}@{_kind(piece)}")
    lines += _reindented(piece, inner)
    if gives and not isinstance(piece.statements[-1], ast.Return):
        lines.append(f"{inner}return {', '.join(gives)}")
    gap = 2 if not outer else 1
    return "\n".join(lines) + "\n" * (gap + 1)


def _call(piece: Piece, name: str, takes: list[str], gives: list[str]) -> str:
    me = _me(piece)
    owner = f"{me[0]}." if me else f"{piece.owner.name}." if piece.owner else ""
    call = f"{owner}{name}({', '.join(take for take in takes if take not in me)})"
    call = f"await {call}" if _waits(piece) else call
    indentation = _indentation(piece.source, piece.statements[0])
    if isinstance(piece.statements[-1], ast.Return):
        return f"{indentation}return {call}"
    return f"{indentation}{', '.join(gives)} = {call}" if gives else f"{indentation}{call}"


def _kind(piece: Piece) -> str:
    """`staticmethod` or `classmethod` if the function around is one."""
    marks = piece.function.decorator_list if piece.owner and piece.function else []
    return next(
        (mark.id for mark in marks if isinstance(mark, ast.Name) and mark.id in ("staticmethod", "classmethod")), ""
    )


def _me(piece: Piece) -> list[str]:
    """The name of the method's own first parameter, if it has one."""
    if piece.owner is None or piece.function is None or _kind(piece) == "staticmethod":
        return []
    first = [*piece.function.args.posonlyargs, *piece.function.args.args][:1]
    if not first or first[0].arg in bound(piece.function.body):
        raise Refused("The method has no first parameter of its own to call another by.", "not_extractable")
    return [first[0].arg]


def _waits(piece: Piece) -> bool:
    """Whether the statements wait for something themselves."""
    ahead: list[ast.AST] = list(piece.statements)
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith) or (
            isinstance(node, ast.comprehension) and node.is_async
        ):
            return True
        if not isinstance(node, SCOPES):
            ahead += ast.iter_child_nodes(node)
    return False


def _indentation(source: Source, node: ast.stmt) -> str:
    line = source.lines[first_line(node) - 1]
    return line[: len(line) - len(line.lstrip())]


def _unit(piece: Piece) -> str:
    outer = _indentation(piece.source, piece.function or piece.statements[0])
    if piece.function:
        return _indentation(piece.source, piece.function.body[0]).removeprefix(outer) or "    "
    return "\t" if any(line.startswith("\t") for line in piece.source.lines) else "    "


def _reindented(piece: Piece, inner: str) -> list[str]:
    """The lines with another indentation, but for those that begin inside a string."""
    first, last = first_line(piece.statements[0]), piece.statements[-1].end_lineno or 0
    old, inside = _indentation(piece.source, piece.statements[0]), _string_lines(piece.source.text)
    lines = []
    for number in range(first, last + 1):
        line = piece.source.lines[number - 1]
        if number in inside or not line.strip():
            lines.append(line)
        else:
            lines.append(inner + line.removeprefix(old) if line.startswith(old) else inner + line.lstrip())
    return lines


def _string_lines(text: str) -> set[int]:
    """The lines that begin inside a string."""
    found: set[int] = set()
    begun: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "STRING":
            found |= set(range(token.start[0] + 1, token.end[0] + 1))
        elif kind == "FSTRING_START":
            begun.append(token.start[0])
        elif kind == "FSTRING_END":
            found |= set(range(begun.pop() + 1, token.end[0] + 1))
    return found


def _prove(piece: Piece, tree: ast.Module, name: str) -> None:
    """The new function must hold the very statements that stood there."""
    made = next(node for node in ast.walk(tree) if isinstance(node, Function) and node.name == name)
    kept = made.body[: len(piece.statements)]
    if [ast.dump(node) for node in kept] != [ast.dump(node) for node in piece.statements]:
        raise Refused("The lines cannot be moved without changing what they say; use edit_code.", "not_extractable")
