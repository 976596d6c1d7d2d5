"""Moments as clients write them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator

from loom_app.kernel.clock import parse_rfc3339
from loom_app.kernel.errors import Invalid


def _moment(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return parse_rfc3339(value)
        except Invalid as error:
            raise ValueError(error.message) from error
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a time needs a zone")
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]
