"""Reading typed settings from a YAML file and LOOM_SECTION__KEY variables, with a clear word about each mistake."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from loom_app.kernel.errors import Invalid
from loom_app.kernel.redaction import redacted, scrub

PREFIX = "LOOM_"
FILE = "LOOM_CONFIG"
PLAIN = (FILE, "LOOM_ADMIN_PASSWORD", "LOOM_PROJECT", "LOOM_SECRET_KEY", "LOOM_SECRET_KEY_OLD")
"""Variables that stand for themselves rather than for a setting of the file."""
FOR_TESTS = "LOOM_TEST_"


class Section(BaseModel):
    """A part of the settings; refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


S = TypeVar("S", bound=Section)


def read(model: type[S], environ: Mapping[str, str]) -> S:
    """The settings of `model` from the file LOOM_CONFIG names (config.yaml where present) and variables, which win.

    Raises Invalid with every fault named: where it stands, what is wrong, what was probably meant.
    """
    named = environ.get(FILE)
    tree = _read_file(Path(named or "config.yaml"), required=bool(named))
    for name, value in sorted(environ.items()):
        if name.startswith(PREFIX) and name not in PLAIN and not name.startswith(FOR_TESTS):
            _place(tree, model, name, value)
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        raise _bad("; ".join(_fault(model, dict(fault)) for fault in error.errors())) from error


def variables(of: type[Section], prefix: str = PREFIX) -> Iterator[str]:
    """The names of every variable that sets something."""
    for key, field in of.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from variables(field.annotation, f"{prefix}{key.upper()}__")
        else:
            yield f"{prefix}{key.upper()}"


def _read_file(path: Path, *, required: bool) -> dict[str, Any]:
    """The file's tree; sections that hold nothing but comments are left out."""
    if not path.exists():
        if required:
            raise _bad(f"{FILE} names {path}, which does not exist.")
        return {}
    try:
        tree = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise _bad(f"{path} cannot be read as YAML: {scrub(str(error))}") from error
    if tree is None:
        return {}
    if not isinstance(tree, dict):
        raise _bad(f"{path} must hold sections such as `api:`, not a {type(tree).__name__}.")
    return {section: value for section, value in tree.items() if value is not None}


def _place(tree: dict[str, Any], model: type[Section], name: str, value: str) -> None:
    """Puts the variable `name` where it belongs in `tree`."""
    *sections, key = name.removeprefix(PREFIX).lower().split("__")
    at, known = tree, _annotation(model, name, [*sections, key])
    for section in sections:
        at = at.setdefault(section, {})
        if not isinstance(at, dict):
            raise _bad(f"{name}: {section!r} is not a section.")
    at[key] = _list(name, value) if str(known).startswith("list") else value


def _annotation(model: type[Section], name: str, path: Iterable[str]) -> Any:
    known: Any = model
    for part in path:
        fields = getattr(known, "model_fields", {})
        if part not in fields:
            raise _bad(f"{name} is not a setting{_nearest(name, [*variables(model), *PLAIN])}")
        known = fields[part].annotation
    return known


def _list(name: str, value: str) -> Any:
    """A list in one variable: as YAML when it begins with a bracket, else separated by commas."""
    if not value.strip().startswith("["):
        return [part.strip() for part in value.split(",") if part.strip()]
    try:
        return yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise _bad(f"{name} begins like a YAML list and is none: {scrub(str(error))}") from error


def _nearest(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else "."


def _fault(model: type[Section], fault: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        owner: Any = model
        for part in fault["loc"][:-1]:
            owner = owner.model_fields[part].annotation
        return f"{where} is not a setting{_nearest(str(fault['loc'][-1]), owner.model_fields)}"
    if fault["type"] == "value_error":
        return f"{where}: {str(fault['msg']).removeprefix('Value error, ')}."
    if fault["type"] == "model_type":
        return f"{where}: this is a section and takes keys of its own"
    return f"{where}: {fault['msg']} (given {redacted(fault['input'], where)!r})"


def _bad(message: str) -> Invalid:
    return Invalid(message, code="bad_settings")
