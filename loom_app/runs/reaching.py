"""The network as far as the commands of a project's runs may have it."""

from loom_app.config import Settings
from loom_app.egress.proxy import Policy, Proxy
from loom_app.projects.models import Project
from loom_app.sandbox.confinement import confinement

MOST_NAMED = 20


def proxy_for(settings: Settings, project: Project, run_id: str = "") -> Proxy | None:
    """The proxy of one command; None where the project lists no hosts or the installation lets none be reached."""
    wanted = settings.sandbox
    if not (wanted.network and project.network_hosts):
        return None
    return Proxy(Policy(tuple(project.network_hosts), wanted.private_hosts, wanted.network_mb * 2**20, run_id))


def commands_told(settings: Settings, project: Project) -> str:
    """What a model is told of how its commands are held, and of the network that they have."""
    held = confinement()
    if held.kind == "plain" or not (settings.sandbox.network and project.network_hosts):
        return held.detail
    hosts = ", ".join(project.network_hosts[:MOST_NAMED])
    more = " and others" if len(project.network_hosts) > MOST_NAMED else ""
    return f"{held.detail} Through the proxy in HTTP_PROXY and HTTPS_PROXY they reach {hosts}{more}, and nothing else."
