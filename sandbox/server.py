"""The HTTP side of the sandbox: a virtual-host server on 127.0.0.1, its control addresses and the class for tests.

Roxham sends the agency's path and query untouched and names the agency in the `Host` header; the sandbox answers with
what that agency served at the clock's date. Control is on `/__sandbox/`:

- `GET /__sandbox/state`: clock, dates at which something new is known, faults, number of requests
- `POST /__sandbox/clock` with `{"date": "2024-06-30"}`
- `POST /__sandbox/faults` with a list of faults (fields of `sandbox.faults.Fault`); `DELETE /__sandbox/faults`

Control listens to this machine's own tools: a page in a browser, which names its origin, is refused, and so is any name
that was made to point here.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import threading
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.answers import Answer, Asked, answer
from sandbox.catalogue import Catalogue
from sandbox.edits import NothingToEdit
from sandbox.faults import Fault, FaultBook

CONTROL = "/__sandbox/"
LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
REQUESTS_KEPT = 10_000
LONGEST_CONTROL_BODY = 1024 * 1024
IDLE_CONNECTION_SECONDS = 30


@dataclass(frozen=True)
class RequestLine:
    """One request as the sandbox saw it; `status` 0 means that it hung up."""

    method: str
    host: str
    path: str
    status: int
    conditional: bool


class Sandbox:
    """An agency stand-in over one releases folder.

    Use it as a context manager (`with Sandbox(folder, date="2024-06-30") as agency: ... agency.address`), or call
    `start()` and `stop()`. It listens on 127.0.0.1 unless told otherwise (inside a container).

    Args:
        releases: a releases folder with its releases.csv.
        date: the clock, a date or its ISO text; None puts it at the newest file.
        port: 0 takes a free one.
        host: the address to listen on.
    """

    def __init__(
        self, releases: Path | str, date: dt.date | str | None = None, port: int = 0, host: str = LOOPBACK
    ) -> None:
        self.catalogue = Catalogue(releases)
        self.faults = FaultBook()
        self.requests: deque[RequestLine] = deque(maxlen=REQUESTS_KEPT)
        self.stopping = threading.Event()
        self._date = _day(date) if date else (self.catalogue.dates or [dt.date.max])[-1]
        self._server = _Server(self, host, port)
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """`http://127.0.0.1:PORT`, the value of ROXHAM_AGENCY."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    @property
    def date(self) -> dt.date:
        """The clock."""
        return self._date

    def set_date(self, date: dt.date | str) -> None:
        """Move the clock; backwards is allowed."""
        self._date = _day(date)

    def fault(self, kind: str, *, host: str = "*", path: str = "*", times: int | None = None, **more: Any) -> Fault:  # noqa: ANN401
        """Set a fault; see `sandbox.faults.Fault` for the fields that each kind reads."""
        return self.faults.add(Fault(kind, host=host, path=path, times=times, **more), self._date)

    def clear(self) -> None:
        """Forget every fault (the request log stays)."""
        self.faults.clear()

    def state(self) -> dict[str, Any]:
        """What `GET /__sandbox/state` answers."""
        return {
            "date": self._date.isoformat(),
            "dates": [day.isoformat() for day in self.catalogue.dates],
            "origin": "sample" if self.catalogue.sample else "folder",
            "faults": self.faults.describe(),
            "requests": len(self.requests),
        }

    def start(self) -> Sandbox:
        """Serve in a thread of its own and return."""
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End the server and free its port; waiting answers end at once."""
        self.stopping.set()
        if self._thread:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> Sandbox:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _day(date: dt.date | str) -> dt.date:
    return date if isinstance(date, dt.date) else dt.date.fromisoformat(date)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A client that keeps its connection open must not keep the test from ending.
    block_on_close = False

    def __init__(self, sandbox: Sandbox, host: str, port: int) -> None:
        self.sandbox = sandbox
        super().__init__((host, port), _Handler)

    def handle_error(self, request: Any, client_address: object) -> None:  # noqa: ANN401
        """A client that hangs up is no news; anything else must not be lost."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "RoxhamSandbox/1"
    sys_version = ""
    timeout = IDLE_CONNECTION_SECONDS
    server: _Server

    def do_GET(self) -> None:
        self._serve(body=True)

    def do_HEAD(self) -> None:
        self._serve(body=False)

    def do_POST(self) -> None:
        self._control()

    def do_DELETE(self) -> None:
        self._control()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: `Sandbox.requests` is the log."""

    def _serve(self, *, body: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        if path.startswith(CONTROL):
            self._control()
            return
        sandbox = self.server.sandbox
        host = (self.headers.get("Host") or "").rsplit(":", 1)[0].lower()
        asked = Asked(host, path, self.headers.get("If-None-Match"), self.headers.get("If-Modified-Since"))
        try:
            given = answer(sandbox.catalogue, sandbox.date, asked, sandbox.faults.hit(host, path))
        except NothingToEdit as problem:  # 501 is no agency's: the fault was set on something it cannot change
            given = Answer(501, f"{problem}\n".encode(), {"Content-Type": "text/plain"})
        sandbox.requests.append(RequestLine(self.command, host, path, given.status, asked.conditional))
        if given.wait:
            sandbox.stopping.wait(given.wait)
        self._send(given, body=body)

    def _send(self, given: Answer, *, body: bool) -> None:
        if given.hang_up:
            self.close_connection = True
            return
        self.send_response(given.status)
        for name, value in given.headers.items():
            self.send_header(name, value)
        if given.status != 304:
            self.send_header("Content-Length", str(len(given.body)))
        self.end_headers()
        if body and given.status != 304:
            self.wfile.write(given.body[: given.send])
        if given.send is not None:
            self.close_connection = True

    def _control(self) -> None:
        if not self._from_this_machine():
            self.close_connection = True  # what it sends is not read
            refused = json.dumps({"error": "control is for tools on this machine"}).encode()
            self._send(Answer(403, refused, {"Content-Type": "application/json"}), body=self.command != "HEAD")
            return
        try:
            status, said = 200, self._obey(self.path.removeprefix(CONTROL))
        except (ValueError, TypeError, KeyError) as problem:
            status, said = 400, {"error": str(problem)}
        given = Answer(status, json.dumps(said).encode(), {"Content-Type": "application/json"})
        self._send(given, body=self.command != "HEAD")

    def _from_this_machine(self) -> bool:
        """Whether a tool asks, and by an address of loopback: browsers send `Origin` with whatever is no plain visit."""
        try:
            host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        except ValueError:
            return False
        return (
            host in LOOPBACK_NAMES
            and "Origin" not in self.headers
            and self.headers.get("Sec-Fetch-Site", "none") == "none"
        )

    def _obey(self, wanted: str) -> dict[str, Any]:
        sandbox = self.server.sandbox
        match self.command, wanted:
            case (("GET" | "HEAD"), ("state" | "")):
                pass
            case "POST", "clock":
                sandbox.set_date(self._json()["date"])
            case "POST", "faults":
                for fault in [Fault(**entry) for entry in self._json()]:
                    sandbox.faults.add(fault, sandbox.date)
            case "DELETE", "faults":
                sandbox.clear()
            case _:
                raise ValueError(f"no control address {self.command} {CONTROL}{wanted}")
        return sandbox.state()

    def _json(self) -> Any:  # noqa: ANN401 - JSON is what the caller sent
        told = self.headers.get("Content-Length") or "0"
        length = int(told) if re.fullmatch(r"[0-9]{1,9}", told) else LONGEST_CONTROL_BODY + 1
        if length > LONGEST_CONTROL_BODY:
            self.close_connection = True
            raise ValueError("control body too long, or of no length")
        return json.loads(self.rfile.read(length))


def serve_until(sandbox: Sandbox, ended: threading.Event, lifetime: float) -> None:
    """Wait until `ended` is set or `lifetime` seconds are over, then stop the sandbox."""
    try:
        ended.wait(lifetime)
    finally:
        sandbox.stop()
