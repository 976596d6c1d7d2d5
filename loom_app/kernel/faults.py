"""What pydantic finds wrong, in words."""

from pydantic import ValidationError


def in_words(error: ValidationError) -> str:
    """Every fault with the field it is in, as one clause. Never what was given, which may be a secret or long."""
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
