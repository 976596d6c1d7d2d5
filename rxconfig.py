"""How Reflex builds and runs the user interface."""

from pathlib import Path
from typing import Any

import reflex as rx
from reflex.plugins import Plugin
from reflex.plugins.sitemap import SitemapPlugin


class SameOrigin(Plugin):
    """Lets one build serve at any host and port: the pages talk to the address they were loaded from."""

    def post_build(self, **context: Any) -> None:
        """Replaces the origin that Reflex wrote into the built bundle. Raises RuntimeError when it is not found."""
        found = sorted((Path(context["static_dir"]) / "assets").glob("reflex-env-*.js"))
        if len(found) != 1:
            raise RuntimeError(f"Expected one reflex-env-*.js in the built pages, found {len(found)}.")
        found[0].write_text(same_origin(found[0].read_text()))


def same_origin(script: str) -> str:
    """`script` with the quoted addresses of the build replaced by the page's own origin. RuntimeError without any."""
    for quote in "`\"'":
        script = script.replace(f"{quote}http://localhost:8000", f"location.origin+{quote}")
        script = script.replace(f"{quote}ws://localhost:8000", f"location.origin.replace(/^http/,`ws`)+{quote}")
    if "location.origin" not in script or "localhost" in script:
        raise RuntimeError(f"The built pages name their address in an unknown way: {script[:400]}")
    return script


config = rx.Config(
    app_name="loom_app",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    state_manager_mode="memory",  # type: ignore[arg-type]  # Reflex turns the word into its enum
    api_url="http://localhost:8000",
    plugins=[SameOrigin()],
    disable_plugins=[SitemapPlugin],
)
