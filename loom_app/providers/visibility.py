"""Who sees which provider: administrators every one, others those that are shared and their own."""

from sqlalchemy import ColumnElement, or_, true
from sqlmodel import col

from loom_app.kernel.actor import Actor
from loom_app.providers.models import Provider


def sees(actor: Actor, provider: Provider) -> bool:
    """Whether `actor` may know of the provider."""
    return provider.is_shared or provider.owner_id == actor.id or actor.may("providers:admin")


def shown_to(actor: Actor) -> ColumnElement[bool]:
    """The same as a condition of queries."""
    if actor.may("providers:admin"):
        return true()
    return or_(col(Provider.is_shared), col(Provider.owner_id) == actor.id)
