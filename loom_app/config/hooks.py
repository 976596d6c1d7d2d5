"""Where webhooks may go."""

import re

from pydantic import Field, field_validator

from loom_app.config.addresses import ORIGIN
from loom_app.kernel.settings import Section


class Webhooks(Section):
    """What webhooks that Loom sends may reach besides https addresses of the world."""

    allowed_targets: list[str] = Field(default_factory=list, max_length=100)
    """Origins such as http://127.0.0.1:9000: on any port, plain http and in private networks as well."""

    @field_validator("allowed_targets")
    @classmethod
    def _origins(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            if not re.fullmatch(ORIGIN, origin, re.IGNORECASE):
                raise ValueError(f"{origin!r} is not one origin such as https://hooks.lan:8443")
        return [origin.lower() for origin in origins]
