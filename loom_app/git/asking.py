"""What git runs to ask Loom for a login: carries the question to a socket and the answer back.

Run as `python -I -S asking.py SOCKET get|store|erase`. It stands alone, so that it starts at once, and holds no secret.
"""

import socket
import sys


def main(path: str, verb: str) -> None:
    """Passes git's question on standard input to Loom and prints what Loom says."""
    with socket.socket(socket.AF_UNIX) as loom:
        loom.connect(path)
        loom.sendall(f"{verb}\n{sys.stdin.read()}".encode())
        loom.shutdown(socket.SHUT_WR)
        while piece := loom.recv(4096):
            sys.stdout.buffer.write(piece)


if __name__ == "__main__":
    main(*sys.argv[1:3])
