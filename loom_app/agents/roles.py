"""Which role is meant by what somebody calls it."""

from collections.abc import Iterable


def plain(name: str) -> str:
    """A name as names are compared: small letters, words joined by hyphens."""
    return "-".join(name.casefold().replace("_", " ").replace("-", " ").split())


def meant(said: str, roles: Iterable[str]) -> str:
    """The one of `roles` that is called so, in full or, where that fits one alone, in part; "" for none."""
    known, wanted = sorted(set(roles)), plain(said)
    exact = next((role for role in known if plain(role) == wanted), "")
    partly = [role for role in known if wanted and f"-{wanted}-" in f"-{plain(role)}-"]
    return exact or (partly[0] if len(partly) == 1 else "")
