"""What a person does with a project's public key, for the sites people have their repositories on."""

from dataclasses import dataclass

from loom_app.git.places import Place


@dataclass(frozen=True)
class Instruction:
    """The steps for one site and the page they begin at, where that can be told."""

    site: str
    url: str
    steps: tuple[str, ...]


def instructions(place: Place, name: str) -> list[Instruction]:
    """For the site the repository is on; for both GitHub and GitLab where that cannot be told.

    `name` is what the key is to be called there.
    """
    path = place.path.removesuffix(".git")
    github = Instruction("GitHub", f"https://{place.host}/{path}/settings/keys/new", _github(name))
    gitlab = Instruction("GitLab", f"https://{place.host}/{path}/-/settings/repository", _gitlab(name))
    if "github" in place.host:
        return [github]
    if "gitlab" in place.host:
        return [gitlab]
    return [Instruction(one.site, "", one.steps) for one in (github, gitlab)]


def _github(name: str) -> tuple[str, ...]:
    return (
        "Open the repository's Settings, Deploy keys, Add deploy key.",
        f"Call it “{name}” and paste the public key.",
        "Tick “Allow write access” and add the key.",
        "Check the connection here.",
    )


def _gitlab(name: str) -> tuple[str, ...]:
    return (
        "Open the project's Settings, Repository, Deploy keys, Add new key.",
        f"Call it “{name}” and paste the public key.",
        "Tick “Grant write permissions to this key” and add the key.",
        "Check the connection here.",
    )
