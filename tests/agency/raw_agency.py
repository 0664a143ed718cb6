"""A loopback server that sends bytes as they are, not HTTP: for answers that no server library would send."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Speak = Callable[[socket.socket, threading.Event], None]
HOST = "www.agency.example"
URL = f"https://{HOST}/file.csv"


@contextmanager
def raw_agency(speak: Speak) -> Iterator[str]:
    """Accept connections, read one request head of each, and let `speak` answer until it is done or we stop."""
    stopping = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.05)

        def answer(connection: socket.socket) -> None:
            with connection, contextlib.suppress(OSError):
                connection.settimeout(5)
                asked = b""
                while b"\r\n\r\n" not in asked and (piece := connection.recv(4096)):
                    asked += piece
                speak(connection, stopping)

        def accept() -> None:
            while not stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    threads.append(threading.Thread(target=answer, args=(listening.accept()[0],), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            stopping.set()
            for thread in (accepting, *threads):
                thread.join(5)


def once(answer: bytes) -> Speak:
    """Say that and hang up."""
    return lambda connection, _: connection.sendall(answer)


def forever(start: bytes, again: bytes, every: float) -> Speak:
    """Say the start, then the same piece again and again."""

    def speak(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(start)
        while not stopping.wait(every):
            connection.sendall(again)

    return speak
