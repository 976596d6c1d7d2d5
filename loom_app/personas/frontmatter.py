"""The head of a SKILL.md file: YAML between two `---` lines, every scalar read as the text that is written."""

from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from loom_app.kernel.errors import Invalid

FENCE = "---"


class _PlainLoader(yaml.BaseLoader):
    """YAML without types, tags, aliases or repeated keys, so that a file can only say what a reader sees in it."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not used here; write the value out")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise yaml.YAMLError(f"the key {twice[0]!r} stands there twice")
        return super().construct_mapping(node, deep)


class _IndentingDumper(yaml.SafeDumper):
    """Lists stand further in than their key, as people write them, so that a change of one line is one line."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's signature
        super().increase_indent(flow, indentless=False)


def split(text: str, where: str) -> tuple[dict[str, Any], str]:
    """The front matter and the body of `text`; `where` names the file in errors.

    Values are strings, lists and dictionaries. Raises Invalid when the fences are missing or the YAML is wrong.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != FENCE:
        raise _refused(f"{where} must begin with a line '---' and its front matter.")
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise _refused(f"{where}: the front matter is not closed; add a line '---' after it.")
    return _mapping("\n".join(lines[1:end]), where), "\n".join(lines[end + 1 :]).strip()


def joined(head: Mapping[str, Any], body: str) -> str:
    """A file of the front matter `head`, without what is empty in it, and the instructions `body`."""
    kept = {key: value for key, value in head.items() if value not in ("", None, [], {})}
    written = yaml.dump(kept, Dumper=_IndentingDumper, sort_keys=False, allow_unicode=True, width=10_000)
    return f"{FENCE}\n{written}{FENCE}\n\n{body.strip()}\n"


def _mapping(source: str, where: str) -> dict[str, Any]:
    try:
        head = yaml.load(source, Loader=_PlainLoader)  # noqa: S506 - a BaseLoader builds nothing but text
    except yaml.YAMLError as error:
        raise _refused(f"{where}: the front matter is not valid YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise _refused(f"{where}: the front matter is nested too deeply.") from error
    if not isinstance(head, dict):
        raise _refused(f"{where}: the front matter must be keys with values, such as `name: qa-engineer`.")
    return head


def _refused(message: str) -> Invalid:
    return Invalid(message, code="persona_malformed")
