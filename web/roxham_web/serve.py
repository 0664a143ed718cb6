"""``roxham serve``: the site and the files of the published build over HTTP on this machine, read-only.

Every request is answered from the build that ``current`` points at in that moment, and from nowhere else but the home's
``status.json``, which lives beside the builds. Headers say that a page may run only its own scripts, and may be framed by
nobody.
"""

from __future__ import annotations

import contextlib
import ipaddress
import mimetypes
import re
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import quote, unquote, urlsplit

from ingest.core.home import Home

# What of a build is for readers; anything else in its folder is not served.
SERVED = ("site", "exports", "dbt_docs", "validation", "warehouse.duckdb", "datapackage.json", "release.json", "feed.xml",
          "revisions")  # fmt: skip
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# dbt's one-page documentation carries its scripts and styles in itself; it may still ask nobody else.
CSP_DBT_DOCS = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data:; "
    "font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PIECE = 1 << 20
TYPES = {
    ".csv": "text/csv; charset=utf-8", ".sql": "text/plain; charset=utf-8", ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".json": "application/json",
    ".svg": "image/svg+xml", ".xml": "application/atom+xml; charset=utf-8", ".duckdb": "application/octet-stream",
    ".parquet": "application/vnd.apache.parquet",
}  # fmt: skip


class Refused(Exception):
    """A request that is answered with a status and a sentence; when it is FOUND, with another address."""

    def __init__(self, status: HTTPStatus, said: str) -> None:
        super().__init__(said)
        self.status = status


def find(home: Home, address: str) -> Path:
    """The file of the published build that an address names.

    Raises:
        Refused: when there is none, or the address leads anywhere else.
    """
    path = unquote(urlsplit(address).path, errors="strict")
    segments = [segment for segment in path.split("/") if segment]
    if any(segment in (".", "..") or "\\" in segment or "\0" in segment for segment in segments):
        raise Refused(HTTPStatus.NOT_FOUND, "no such file in this build")
    if segments == [home.status.name] and not path.endswith("/"):
        return _living_status(home)
    try:
        build = home.current.resolve(strict=True)
        asked = build.joinpath(*segments)
        is_folder = asked.is_dir()
        found = (asked / "index.html" if is_folder else asked).resolve(strict=True)
    except (OSError, RuntimeError):
        raise Refused(HTTPStatus.NOT_FOUND, "no such file in this build") from None
    # A symlink inside the build may lead out of it; where it really leads is what counts.
    inside = found.is_relative_to(build) and found.relative_to(build).parts
    if not inside or not segments or segments[0] not in SERVED or inside[0] not in SERVED or not found.is_file():
        raise Refused(HTTPStatus.NOT_FOUND, "no such file in this build")
    if is_folder and not path.endswith("/"):
        raise Refused(HTTPStatus.FOUND, "/" + quote("/".join(segments)) + "/")
    if path.endswith("/") and not is_folder:
        raise Refused(HTTPStatus.NOT_FOUND, "no such file in this build")
    return found


def _living_status(home: Home) -> Path:
    """How the sources stand now: the one file that is served from beside the builds."""
    if home.status.is_symlink() or not home.status.is_file():
        raise Refused(HTTPStatus.NOT_FOUND, "nothing was checked yet")
    return home.status


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of files; every other method is refused."""

    protocol_version = "HTTP/1.1"
    server_version = "roxham"
    sys_version = ""
    timeout = 30

    def __init__(self, home: Home, *arguments: object, quiet: bool = False) -> None:
        self.home, self.quiet = home, quiet
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with the file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the file's headers."""
        self._answer(with_body=False)

    def end_headers(self) -> None:
        """The headers that every answer carries."""
        is_docs = getattr(self, "path", "").startswith("/dbt_docs/")  # a malformed request has none
        self.send_header("Content-Security-Policy", CSP_DBT_DOCS if is_docs else CSP)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """One line a request, unless told to be quiet."""
        if not self.quiet:
            super().log_message(format, *args)

    def _answer(self, *, with_body: bool) -> None:
        try:
            self._refuse_foreign_hosts()
            if urlsplit(self.path).path in ("/", "/site"):
                raise Refused(HTTPStatus.FOUND, "/site/index.html")
            try:
                found = find(self.home, self.path)
            except ValueError:  # bytes that are no text, an address that is none
                raise Refused(HTTPStatus.NOT_FOUND, "no such file in this build") from None
            with found.open("rb") as stream:
                self._send(stream, found, with_body=with_body)
        except Refused as refused:
            if refused.status == HTTPStatus.FOUND:
                self._redirect(str(refused))
            else:
                self._say(refused.status, str(refused), with_body=with_body)
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _refuse_foreign_hosts(self) -> None:
        """A page elsewhere whose name is made to point at this machine cannot read the build through it."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        bound = self.connection.getsockname()[0]
        if _is_loopback(str(bound)) and not _is_loopback(host):
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "this address serves localhost only")

    def _send(self, stream: BinaryIO, found: Path, *, with_body: bool) -> None:
        size = found.stat().st_size
        first, last = self._range(size)
        partial_content = (first, last) != (0, size - 1)
        self.send_response(HTTPStatus.PARTIAL_CONTENT if partial_content else HTTPStatus.OK)
        kind = TYPES.get(found.suffix) or mimetypes.guess_type(found.name)[0] or "application/octet-stream"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(last - first + 1))
        self.send_header("Accept-Ranges", "bytes")
        if partial_content:
            self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
        self.end_headers()
        if with_body:
            stream.seek(first)
            _copy(stream, self.wfile, last - first + 1)

    def _range(self, size: int) -> tuple[int, int]:
        """First and last byte asked for: DuckDB reads a Parquet file over HTTP in pieces."""
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        if not asked or asked[1] == asked[2] == "":
            return 0, size - 1
        if asked[1] == "":
            first, last = max(0, size - int(asked[2])), size - 1
        else:
            first, last = int(asked[1]), min(int(asked[2]) if asked[2] else size - 1, size - 1)
        if first > last:
            raise Refused(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"the file has {size} bytes")
        return first, last

    def _redirect(self, address: str) -> None:
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _say(self, status: HTTPStatus, said: str, *, with_body: bool) -> None:
        body = f"{status.value} {said}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)


class _Sink(Protocol):
    """Where bytes go."""

    def write(self, piece: bytes, /) -> object:
        """Take some."""


def _copy(stream: BinaryIO, to: _Sink, length: int) -> None:
    """So many bytes, and no more should the file have grown."""
    while length > 0 and (piece := stream.read(min(length, PIECE))):
        to.write(piece)
        length -= len(piece)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def server(home: Home, host: str = "127.0.0.1", port: int = 0, *, quiet: bool = True) -> Iterator[ThreadingHTTPServer]:
    """A listening server, not yet serving; port 0 takes a free one.

    Raises:
        OSError: when the address is taken.
    """
    with ThreadingHTTPServer((host, port), partial(Handler, home, quiet=quiet)) as listening:
        listening.daemon_threads = True
        yield listening


def url_of(listening: ThreadingHTTPServer) -> str:
    """Where a browser finds the site."""
    host, port = listening.server_address[:2]
    return f"http://{host!s}:{port}/"
