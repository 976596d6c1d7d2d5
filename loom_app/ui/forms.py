"""Forms: fields with labels, and what a person typed as the value a service takes."""

from typing import Any, TypeVar

import reflex as rx
from pydantic import BaseModel, ValidationError

from loom_app.kernel.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], given: dict[str, Any], words: dict[str, str] | None = None) -> Model:
    """`given` as a `model`; `words` are the labels of its fields. Raises Invalid with a sentence for each fault."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Invalid(" ".join(_sentence(dict(fault), words or {}) for fault in error.errors()[:5])) from error


def text(form: dict[str, Any], name: str) -> str:
    """A field as text without the blanks around it; empty when the form does not have it."""
    return str(form.get(name) or "").strip()


def whole(form: dict[str, Any], name: str, otherwise: int) -> int | str:
    """A field as a whole number where it is one, `otherwise` where it is empty, else as it is, to be refused."""
    given = text(form, name)
    return int(given) if given.isdecimal() and len(given) < 10 else (given or otherwise)


def field(label: str, control: rx.Component, hint: str = "", wide: bool = False) -> rx.Component:
    """A control under its label."""
    below = [rx.el.span(hint, class_name="loom-quiet")] if hint else []
    return rx.el.label(rx.el.span(label), control, *below, class_name="loom-field is-wide" if wide else "loom-field")


def entry(label: str, name: str, hint: str = "", wide: bool = False, **props: Any) -> rx.Component:
    """A one-line text field called `name`."""
    return field(label, rx.el.input(name=name, auto_complete="off", **props), hint, wide)


def choice(label: str, name: str, options: list[tuple[str, str]], **props: Any) -> rx.Component:
    """A choice among fixed options, pairs of value and word."""
    return field(label, rx.el.select(*[rx.el.option(word, value=value) for value, word in options], name=name, **props))


def fault(message: rx.Var[str] | str) -> rx.Component:
    """Why a form was not taken; nothing while `message` is empty."""
    shown: rx.Component = rx.cond(message, rx.el.p(message, class_name="loom-fault-line", role="alert"))
    return shown


def submit(word: str, busy: rx.Var[bool] | bool = False, busy_word: str = "Working…") -> rx.Component:
    """The button that sends a form; it cannot be pressed while the form is being worked on."""
    return rx.el.button(rx.cond(busy, busy_word, word), type="submit", disabled=busy, class_name="loom-button is-main")


def _sentence(found: dict[str, Any], words: dict[str, str]) -> str:
    place = str(found["loc"][0]) if found["loc"] else ""
    label = words.get(place, place.replace("_", " ").capitalize())
    what = str(found["msg"]).removeprefix("Value error, ")
    kind = str(found["type"])
    if kind == "string_too_short":
        return f"{label} is missing."
    if kind == "string_pattern_mismatch":
        return f"{label} has characters or a form that is not allowed."
    return f"{label}: {what}{'' if what.endswith('.') else '.'}"
