"""A loopback server that answers exactly as told, also against all manners; asks nothing of the project's own code."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "www.agency.example"
SITE = f"https://{HOST}"


@dataclass(frozen=True)
class Say:
    """One answer: `send` bytes of the body go out, although all of it is announced (`announce` overrules that)."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    send: int | None = None
    announce: bool = True
    wait: float = 0.0
    drip: float = 0.0
    conditional: bool = False  # asked with its own ETag it answers 304, as a well-mannered server does


def page(text: str) -> Say:
    """A page as a well-mannered server gives it: with an ETag of its bytes, and 304 to whom it is known."""
    body = text.encode()
    return Say(body=body, headers={"ETag": f'"{hashlib.sha256(body).hexdigest()[:8]}"'}, conditional=True)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what many of these tests are about."""


class RudeAgency:
    """Answers by path; of several answers for one path the last one stays."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Say]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self._handler())

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def says(self, path: str, *answers: Say) -> None:
        self.answers[path] = list(answers)

    @contextmanager
    def running(self) -> Iterator[RudeAgency]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _handler(agency) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                agency.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                queue = agency.answers.get(self.path, [Say(404, b"not here")])
                answer = queue.pop(0) if len(queue) > 1 else queue[0]
                known = answer.conditional and self.headers.get("If-None-Match") == answer.headers["ETag"]
                self.say(Say(304, headers=answer.headers) if known else answer)

            def say(self, answer: Say) -> None:
                agency.stopping.wait(answer.wait)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.announce and answer.status != 304:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.close_connection = answer.send is not None or not answer.announce
                body = memoryview(answer.body)[: answer.send]
                try:
                    for byte in body if answer.drip else ():
                        self.wfile.write(bytes([byte]))
                        if agency.stopping.wait(answer.drip):
                            return
                    self.wfile.write(b"" if answer.drip else body)
                except OSError:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        return Handler
