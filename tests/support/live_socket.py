"""The socket of the pages, spoken to by hand, as somebody who means ill would."""

import json
import socket
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
