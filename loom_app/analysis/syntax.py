"""Names in other languages than Python, as their syntax shows them: no types, no imports are followed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode, SgRoot

from loom_app.analysis.answers import Place
from loom_app.analysis.languages import LANGUAGES, Language
from loom_app.analysis.sources import Source, word_pattern

_NAME = re.compile(r"identifier|^(constant|name|instance_variable|global_variable|class_variable)$")
_DEFINING = re.compile(
    r"(_declaration|_definition|_declarator|_item|_spec|_signature|_parameter|_variant|_constant|_member_declaration|method_elem)$"
    r"|^(class|module|method|singleton_method|enum_assignment|parameter|type_alias|public_field_definition|class_specifier"
    r"|struct_specifier|enum_specifier|union_specifier|enumerator|preproc_def|preproc_function_def|trait_item|property_element)$"
)
_NEVER = re.compile(r"^(import|use|using|package|namespace_use|scoped)|_invocation$|_expression$")
_LISTS = re.compile(r"parameters$|parameter_list$")
_ASSIGNING = ("short_var_declaration", "range_clause", "assignment", "assignment_expression")
_LOCAL = re.compile(
    r"parameter|let_declaration|short_var|range_clause|variable_declarator|init_declarator|var_spec|assignment|pattern"
)
_SCOPE = re.compile(
    r"^(function|method|constructor|arrow_function|generator_function|closure|lambda|func_literal|singleton_method|block_argument)"
)
BLOCK = re.compile(
    r"^(block|statement_block|compound_statement|body_statement|constructor_body|class_static_block|then|else|do|begin"
    r"|ensure|rescue|do_block|statement_list|switch_case|switch_default|case_statement|expression_case|default_case)$"
)
_METHOD = re.compile(r"^(method|singleton_method|constructor|property|public_field|enum_constant|field)")
_PROPERTY = re.compile(r"property|field_identifier|^instance_variable$")


@dataclass(frozen=True)
class Name:
    """A name where it stands, with its node."""

    place: Place
    node: SgNode

    @property
    def defines(self) -> bool:
        """Whether it is given its meaning there."""
        return bool(self.place.kind)

    @property
    def local(self) -> bool:
        """Whether what is defined is a variable or parameter of a function."""
        return self.defines and bool(_LOCAL.search(self.place.kind)) and scope(self.node) is not None

    @property
    def member(self) -> bool:
        """Whether it belongs to something: a field, property or method, or a use of one."""
        kind, above = self.node.kind(), self.node.parent()
        if kind.startswith("shorthand_property_identifier") or above is None:
            return False
        if _PROPERTY.search(kind) or _METHOD.search(self.place.kind):
            return True
        if self.place.kind == "function_item":
            return any(node.kind() in ("impl_item", "trait_item") for node in self.node.ancestors())
        owners = (above.field(name) for name in ("object", "receiver", "scope", "path"))
        return any(owner is not None and owner != self.node for owner in owners)

    @property
    def block(self) -> SgNode | None:
        """The innermost block of statements around it."""
        return next((node for node in self.node.ancestors() if BLOCK.search(node.kind())), None)


def tree(source: Source, language: Language) -> SgNode:
    """The syntax tree of a file."""
    own = LANGUAGES.get(source.path[source.path.rfind(".") :].lower(), language)
    return SgRoot(source.text, own.grammar).root()


def names(source: Source, language: Language, word: str) -> list[Name]:
    """Every place in a file where the word stands as a name, and not in a comment or string."""
    found = tree(source, language).find_all(regex=f"^{re.escape(word)}$")
    return [Name(_place(source, node), node) for node in found if node.is_named_leaf() and _NAME.search(node.kind())]


def hidden(source: Source, language: Language, word: str) -> list[Place]:
    """Places where the word is a name to the compiler, though the syntax shows but text: macros, formats of Rust."""
    root, found = tree(source, language), []
    for match in word_pattern(word).finditer(source.text):
        around = source.text[match.start() - 1 : match.end() + 1]
        formats = language.name == "Rust" and around[:1] == "{" and around[-1:] in ("}", ":")
        kind = _leaf(root, match.start()).kind()
        if kind == "preproc_arg" or (formats and "string" in kind):
            line, column = source.place(match.start())
            found.append(Place(source.path, line, column, source.shown(line)))
    return found


def _leaf(node: SgNode, at: int) -> SgNode:
    inner: SgNode | None = node
    while inner is not None:
        node = inner
        spans = ((child, child.range()) for child in node.children())
        inner = next((child for child, span in spans if span.start.index <= at < span.end.index), None)
    return node


def every_name(source: Source, language: Language) -> Iterator[Name]:
    """Every definition of a file."""
    ahead = [tree(source, language)]
    while ahead:
        node = ahead.pop()
        if node.is_named_leaf() and _NAME.search(node.kind()):
            yield Name(_place(source, node), node)
        ahead += reversed(node.children())


def scope(node: SgNode) -> SgNode | None:
    """The function around a node, not counting one whose name the node is."""
    for above in node.ancestors():
        if _SCOPE.search(above.kind()) and above.field("name") != node and above.field("declarator") is None:
            return above
        if (
            above.kind() == "function_definition"
            and (body := above.field("body")) is not None
            and _inside(node, above, body)
        ):
            return above
    return None


def broken(source: Source, language: Language, text: str | None = None) -> int:
    """How many places of a file, or of what is to become of it, the parser cannot make sense of."""
    node = (
        tree(source, language)
        if text is None
        else SgRoot(text, LANGUAGES.get(source.path[source.path.rfind(".") :].lower(), language).grammar).root()
    )
    # What the parser made up to go on has no width.
    return len(node.find_all(kind="ERROR")) + len(node.find_all(regex="^$"))


def _inside(node: SgNode, function: SgNode, body: SgNode) -> bool:
    at = node.range().start.index
    return body.range().start.index <= at < body.range().end.index or any(
        _LISTS.search(above.kind()) for above in node.ancestors() if above != function
    )


def _place(source: Source, node: SgNode) -> Place:
    line, column = source.place(node.range().start.index)
    return Place(source.path, line, column, source.shown(line), _defined(node))


def _defined(node: SgNode) -> str:
    """What kind of thing is defined by the name at a node; empty if none is."""
    above = node.parent()
    if above is None or (_NEVER.search(above.kind()) and above.kind() != "assignment_expression"):
        return ""
    kind = above.kind()
    if node.kind() == "shorthand_property_identifier_pattern" or _LISTS.search(kind):
        return "parameter" if _LISTS.search(kind) else "pattern"
    if _DEFINING.search(kind) and node in (above.field("name"), above.field("pattern")):
        return kind
    if above.field("pattern") == node or (kind == "arrow_function" and above.field("parameter") == node):
        return "pattern"
    return _assigned(node) or _declared(node)


def _assigned(node: SgNode) -> str:
    """Go and Ruby set new variables by assignment."""
    child = node
    for above in node.ancestors()[:2]:
        if above.kind() in _ASSIGNING and above.kind() != "assignment_expression":
            return above.kind() if above.field("left") == child else ""
        if not above.kind().endswith("_list"):
            return ""
        child = above
    return ""


def _declared(node: SgNode) -> str:
    """C and C++ wrap a name in what its type is built of."""
    child, function = node, False
    for above in node.ancestors():
        if above.kind() in ("qualified_identifier", "template_function") and above.field("name") == child:
            child = above
            continue
        if child not in above.field_children("declarator"):
            return ""
        function = function or above.kind() == "function_declarator"
        if above.kind() == "declaration" and function:
            return "prototype"
        if _DEFINING.search(above.kind()) and not above.kind().endswith("_declarator"):
            return above.kind()
        if above.kind() == "init_declarator":
            return above.kind()
        child = above
    return ""
