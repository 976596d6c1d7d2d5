"""The socket of the pages, spoken to by hand, as somebody who means ill would."""

import json
import socket
import threading
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from simple_websocket import Client, ConnectionClosed  # type: ignore[import-untyped]

NAMESPACE = "/_event"


def handshake_status(url: str, origin: str) -> int:
    """The HTTP status that a page of `origin` gets when it opens the socket; 101 is welcome."""
    at = urlsplit(url)
    request = (
        f"GET /_event/?EIO=4&transport=websocket&token={uuid4()} HTTP/1.1\r\nHost: {at.netloc}\r\nOrigin: {origin}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection((at.hostname, at.port), timeout=10) as connection:
        connection.sendall(request.encode())
        return int(connection.recv(4096).split(b" ", 2)[1])


class Watcher:
    """An open tab without a browser: of somebody signed in by `cookie`, at `route`, for which `event` was sent."""

    def __init__(self, url: str, cookie: str, event: str, route: str) -> None:
        token, at = str(uuid4()), urlsplit(url)
        address = f"ws://{at.netloc}/_event/?EIO=4&transport=websocket&token={token}"
        self._client = Client.connect(address, headers={"Origin": url, "Cookie": cookie})
        self._client.send(f"40{NAMESPACE},")
        self._told: list[str] = []
        page = {"pathname": route, "asPath": route, "query": {}}
        wanted = {"name": event, "payload": {}, "token": token, "router_data": page}
        self._client.send(f"42{NAMESPACE},{json.dumps(['event', wanted])}")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def heard(self, text: str) -> bool:
        """Whether one of the newest frames has `text` in it."""
        return any(text in frame for frame in self._told[-3:])

    def close(self) -> None:
        """Closes the tab."""
        self._client.close()
        self._thread.join(5)

    def _listen(self) -> None:
        try:
            while (frame := self._client.receive()) is not None:
                if frame == "2":
                    self._client.send("3")
                elif frame.startswith("42"):
                    self._told.append(frame)
        except ConnectionClosed:
            return


def send_event(url: str, name: str, *, seconds: float = 10) -> list[Any]:
    """Sends the event `name` without being signed in; what was answered until an answer named a next event."""
    at = urlsplit(url)
    token = str(uuid4())
    address = f"ws://{at.netloc}/_event/?EIO=4&transport=websocket&token={token}"
    client = Client.connect(address, headers={"Origin": url})
    answers: list[Any] = []
    try:
        client.send(f"40{NAMESPACE},")  # this client hands out what came with the handshake only after a further frame
        while not (client.receive(seconds) or f"40{NAMESPACE}").startswith(f"40{NAMESPACE}"):
            pass
        event = {
            "name": name,
            "payload": {},
            "token": token,
            "router_data": {"pathname": "/", "asPath": "/", "query": {}},
        }
        client.send(f"42{NAMESPACE},{json.dumps(['event', event])}")
        while (frame := client.receive(seconds)) is not None:
            if frame == "2":
                client.send("3")
            elif frame.startswith("42"):
                answers.append(json.loads(frame[frame.index("[") :]))
                if "_redirect" in frame or '"final":true' in frame.replace(" ", ""):
                    break
    except ConnectionClosed:
        pass
    finally:
        client.close()
    return answers
