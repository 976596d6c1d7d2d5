"""Connecting a model provider: the form on the first page and on System, and what came of it."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from loom_app.kernel.errors import Invalid, LoomError
from loom_app.providers import health, service
from loom_app.providers.models import WORKING, ActionFormat, Provider, ProviderType
from loom_app.providers.schemas import MICROS, Prices, ProviderChange, ProviderDraft
from loom_app.ui import forms, notices
from loom_app.ui.components.wrapped import Dialog
from loom_app.ui.gate import actor, handler
from loom_app.ui.runtime import runtime

LABELS = {
    "endpoint": "Address",
    "api_key": "API key",
    "type": "Kind",
    "max_calls": "Calls at once",
    "action_format": "Actions",
}
TYPES = [
    (ProviderType.CUSTOM, "OpenAI-compatible"), (ProviderType.OPENAI, "OpenAI"), (ProviderType.TOKENHUB, "TokenHub"),
    (ProviderType.ANTHROPIC, "Anthropic"), (ProviderType.VLLM, "vLLM"), (ProviderType.LLAMACPP, "llama.cpp"),
    (ProviderType.LOCAL, "Other local server"),
]  # fmt: skip


FORMATS = [
    (ActionFormat.AUTO, "What suits the model"), (ActionFormat.TOOLS, "Function calls"),
    (ActionFormat.ENVELOPE, "JSON, several at once"),
    (ActionFormat.SIMPLE, "JSON, one at a time"),
]  # fmt: skip


@dataclass
class Edited:
    """The provider a form shows; never its key. Prices are dollars per million tokens, empty when unknown."""

    id: str = ""
    name: str = ""
    type: str = ProviderType.CUSTOM
    endpoint: str = ""
    model: str = ""
    has_key: bool = False
    price_input: str = ""
    price_output: str = ""
    max_calls: str = ""
    action_format: str = ActionFormat.AUTO


class ProviderDesk(rx.State):
    """The form. `outcome` says how the check after saving went."""

    asking: bool = False
    busy: bool = False
    checking: str = ""
    """The id of the provider that is being checked."""
    fault: str = ""
    outcome: str = ""
    works: bool = False
    edited: Edited = Edited()

    @handler("providers:write")
    async def ask(self) -> None:
        """Opens the form for a new provider."""
        self.asking, self.fault, self.outcome, self.edited = True, "", "", Edited()

    @handler("providers:write")
    async def edit(self, provider_id: str) -> None:
        """Opens the form for a provider there is."""
        async with runtime().db.read() as tx:
            self.edited = _edited(await service.get(tx, provider_id, actor=actor()))
        self.asking, self.fault, self.outcome = True, "", ""

    @handler("providers:read")
    async def close(self) -> None:
        """Closes the form and forgets what it showed."""
        self.asking, self.fault, self.outcome, self.edited = False, "", "", Edited()

    @handler("providers:write", background=True)
    async def save(self, form: dict[str, Any]) -> None:
        """Registers or changes the provider and asks it at once for an answer; a refusal stays in the form."""
        async with self:
            self.busy, self.fault, self.outcome = True, "", ""
            provider_id = self.edited.id
        fault, outcome, works, edited = "", "", False, None
        try:
            saved = await _saved(provider_id, form)
            outcome, works = told(saved)
            edited = _edited(saved)
        except LoomError as refusal:
            fault = refusal.message
        async with self:
            self.busy, self.fault, self.outcome, self.works = False, fault, outcome, works
            self.edited = edited or self.edited  # so that a second try mends this one instead of adding another
            self.asking = self.asking and not works

    @handler("providers:write", background=True)
    async def check(self, provider_id: str) -> Any:
        """Asks a provider for its models and a tiny completion, and says what became of it."""
        async with self:
            self.checking = provider_id
        try:
            found = await _checked(provider_id)
        except LoomError as refusal:
            yield notices.error(refusal.message)
        else:
            words, works = told(found)
            yield notices.success(words) if works else notices.error(words)
        async with self:
            self.checking = ""


async def _checked(provider_id: str) -> Provider:
    using = runtime()
    async with using.db.read() as tx:
        await service.get(tx, provider_id, actor=actor())
    return await health.check(using.db, using.vault, provider_id, budgets=using.settings.budgets, actor=actor())


async def _saved(provider_id: str, form: dict[str, Any]) -> Provider:
    using = runtime()
    wanted = given(form)
    async with using.db.write() as tx:
        if provider_id:
            change = forms.read(ProviderChange, wanted, LABELS)
            provider = await service.update(tx, provider_id, change, vault=using.vault, actor=actor())
        else:
            draft = forms.read(ProviderDraft, wanted, LABELS)
            provider = await service.register(tx, draft, vault=using.vault, actor=actor())
    return await health.check(using.db, using.vault, provider.id, budgets=using.settings.budgets, actor=actor())


def given(form: dict[str, Any]) -> dict[str, Any]:
    """What the form says of a provider. An empty key keeps the stored one, an empty price is unknown."""
    wanted: dict[str, Any] = {name: forms.text(form, name) for name in ("endpoint", "model", "type", "action_format")}
    wanted |= {name: forms.text(form, name) for name in ("name", "api_key") if forms.text(form, name)}
    if form.get("clear_key"):
        wanted["clear_key"] = True
    prices = {name: _micros(forms.text(form, f"price_{name}")) for name in ("input", "output")}
    most = forms.text(form, "max_calls")
    limit = int(most) if most.isdecimal() and len(most) < 10 else (most or None)
    named = {name: value for name, value in wanted.items() if value or name == "model"}
    return named | {"prices": Prices(**prices), "max_calls": limit}


def told(provider: Provider) -> tuple[str, bool]:
    """How a check went, in a sentence, and whether work can be given to the provider."""
    if provider.status in WORKING:
        answered = provider.selected_model or provider.model
        return f"{provider.name} answers with {answered} in {provider.last_heartbeat_latency_ms} ms.", True
    return (
        f"{provider.name} is registered but does not answer: {provider.last_heartbeat_error or provider.status}",
        False,
    )


def _micros(dollars: str) -> int | None:
    """Dollars as micro-dollars; None for an empty field. Raises Invalid for anything that is no amount."""
    if not dollars:
        return None
    try:
        amount = float(dollars)
    except ValueError:
        amount = -1.0
    if not 0 <= amount <= 1_000_000:
        raise Invalid(f"{dollars!r} is no price: give dollars per million tokens, such as 0.15.")
    return round(amount * MICROS)


def _edited(row: Provider) -> Edited:
    return Edited(
        id=row.id,
        name=row.name,
        type=row.type,
        endpoint=row.endpoint,
        model=row.configured_model,
        has_key=bool(row.key_id),
        price_input=_dollars(row.price_input),
        price_output=_dollars(row.price_output),
        max_calls=str(row.max_calls or ""),
        action_format=row.action_format,
    )


def _dollars(micros: int | None) -> str:
    return "" if micros is None else f"{micros / MICROS:g}"


def form(cancel: rx.Component | None = None) -> rx.Component:
    """The form itself; `cancel` stands beside its button."""
    edited = ProviderDesk.edited
    key_hint = rx.cond(
        edited.has_key,
        "A key is stored; leave this empty to keep it.",
        "Kept encrypted; leave empty where none is needed.",
    )
    key = rx.el.input(name="api_key", type="password", auto_complete="off", placeholder="sk-…")
    return rx.el.form(
        forms.entry(
            "Address", "endpoint", "The base URL of an OpenAI-compatible API.", wide=True,
            required=True, default_value=edited.endpoint, placeholder="https://api.example/v1",
        ),
        forms.entry("Name", "name", "Empty: the host’s name.", default_value=edited.name, max_length=200),
        forms.choice("Kind", "type", [(str(kind), word) for kind, word in TYPES], default_value=edited.type),
        forms.entry("Model", "model", "Empty: the best one on offer.", default_value=edited.model, max_length=300),
        rx.el.label(rx.el.span("API key"), key, rx.el.span(key_hint, class_name="loom-quiet"), class_name="loom-field"),
        forms.entry(
            "Price of input", "price_input", "Dollars per million tokens; empty is unknown.",
            default_value=edited.price_input, input_mode="decimal",
        ),
        forms.entry(
            "Price of output", "price_output", "Dollars per million tokens; empty is unknown.",
            default_value=edited.price_output, input_mode="decimal",
        ),
        forms.entry(
            "Calls at once", "max_calls", "Of all workers together; empty is any number.",
            default_value=edited.max_calls, input_mode="numeric",
        ),
        forms.choice(
            "Actions", "action_format", [(str(kind), word) for kind, word in FORMATS],
            default_value=edited.action_format,
        ),
        rx.el.div(
            forms.fault(ProviderDesk.fault),
            rx.cond(
                ProviderDesk.outcome,
                rx.el.p(
                    ProviderDesk.outcome, role="status",
                    class_name=rx.cond(ProviderDesk.works, "loom-hint", "loom-fault-line"),
                ),
            ),
            class_name="is-wide",
        ),
        rx.el.div(
            *([cancel] if cancel else []),
            forms.submit("Connect and check", ProviderDesk.busy, "Asking it for an answer…"),
            class_name="loom-row is-wide is-end",
        ),
        on_submit=ProviderDesk.save,
        class_name="loom-form is-pairs",
    )  # fmt: skip


def dialog() -> rx.Component:
    """The form in a dialog, while it is asked for."""
    cancel = rx.el.button("Cancel", type="button", class_name="loom-button", on_click=ProviderDesk.close)
    title = rx.cond(ProviderDesk.edited.id, f"Edit {ProviderDesk.edited.name}", "Register a provider")
    return Dialog.create(form(cancel), open=ProviderDesk.asking, title=title, on_close=ProviderDesk.close)
