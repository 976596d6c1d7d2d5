"""A name with a token or password, given to git for one site alone."""

from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field
from ipaddress import ip_address

from loom_app.git.places import Place

MOST_BYTES = 64 << 10


@dataclass(frozen=True)
class Login:
    """Who comes, and where to: `site` is the host, with its port if it has one of its own."""

    site: str
    username: str
    secret: str = field(repr=False)

    def is_for(self, place: Place) -> bool:
        """Whether it may be told there: on that site, encrypted or without leaving this machine."""
        return place.site == self.site and (place.protocol == "https" or _stays_here(place))


class Clerk:
    """Answers git's questions for a login. `refused` says that the site did not take it."""

    def __init__(self, login: Login) -> None:
        self._login, self.refused = login, False

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Answers one question."""
        try:
            verb, *lines = (await reader.read(MOST_BYTES)).decode(errors="replace").splitlines()
            asked = dict(line.partition("=")[::2] for line in lines)
            writer.write(self._answer(verb, asked).encode())
            await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    def _answer(self, verb: str, asked: dict[str, str]) -> str:
        if asked.get("host", "").lower() != self._login.site:
            return ""
        if verb == "erase":
            self.refused = True
        return f"username={self._login.username}\npassword={self._login.secret}\n" if verb == "get" else ""


def _stays_here(place: Place) -> bool:
    try:
        return place.protocol == "http" and (place.host == "localhost" or ip_address(place.host).is_loopback)
    except ValueError:
        return False
