"""The public names of a file of another language than Python, with what the comments above them say."""

import re

from loom_app.analysis.answers import Answer
from loom_app.analysis.asked import Asked
from loom_app.analysis.languages import Language
from loom_app.analysis.outlined import MAX_SIGNATURE, told
from loom_app.analysis.sources import Source, collect
from loom_app.analysis.syntax import Name, every_name

_SHOWN = re.compile(
    r"class|interface|struct|trait|enum|function|method|type_spec|type_alias|_item$|const_spec|union|module"
)
_HIDDEN = re.compile(
    r"parameter|let_|enumerator|enum_variant|enum_constant|method_spec|use_|mod_item|impl_item|preproc"
)


def outline(asked: Asked, language: Language) -> Answer:
    """The outline of a file of another language, by the comments right above what is defined."""
    source = collect(asked.path, ()).files[asked.path]
    entries = []
    for name in every_name(source, language):
        kind = name.place.kind
        if kind and not name.local and _SHOWN.search(kind) and not _HIDDEN.search(kind):
            depth = sum(bool(_SHOWN.search(node.kind())) for node in name.node.ancestors()[1:])
            entries.append((name.node.text(), _head(source, name), name.place.line, _comment(source, name), depth))
    return told(asked, entries)


def _head(source: Source, name: Name) -> str:
    return re.sub(r"\s*[{;]?\s*$", "", source.lines[name.place.line - 1].strip())[:MAX_SIGNATURE]


def _comment(source: Source, name: Name) -> str:
    """The comment that ends on the line above; what marks it as one is left out."""
    line = name.place.line - 1
    while line > 0 and re.match(r"\s*(@|#\[|\[|export\b)", source.lines[line - 1]):
        line -= 1
    said: list[str] = []
    while line > 0 and re.match(r"\s*(//|/\*|\*|#(?!include|define|if|endif|\[|!))", source.lines[line - 1]):
        said.insert(0, re.sub(r"^\s*(///?!?|/\*+!?|\*+/?|#+)\s?|\s*\*+/\s*$", "", source.lines[line - 1]).strip())
        line -= 1
    return " ".join(part for part in said if part)[:MAX_SIGNATURE]
