"""``roxham serve``: the site and the files of the published builds over HTTP on this machine, read-only.

Every request is answered from the build that ``current`` points at in that moment, or from the one that it names, and
from nowhere else. Headers say that a page may run only its own scripts, and may be framed by nobody.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import gzip
import html
import ipaddress
import json
import mimetypes
import os
import re
from collections.abc import Iterator
from email.utils import format_datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from ingest.core.foreign_text import count_of, http_moment
from ingest.core.home import Home
from roxham_web.served_files import BUILDS, SERVED, Found, Refused, find, kept_builds, path_of

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
    ".parquet": "application/vnd.apache.parquet", ".gz": "application/gzip", ".zip": "application/zip",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
PACKED = (".csv", ".sql", ".html", ".js", ".css", ".json", ".svg", ".xml")
# Below, packing saves nothing; above, it costs a reader seconds and this process its memory.
PACKED_FROM, PACKED_TO = 1 << 10, 8 << 20
# What a page of another origin (duckdb-wasm) may read of an answer, and ask with; only with `cors`.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag, Last-Modified",
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Range, If-None-Match, If-Range",
    "Access-Control-Allow-Private-Network": "true",
}
IMMUTABLE = "public, max-age=31536000, immutable"
MISSING_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Not found</title></head><body><h1>Not found</h1>
<p>{said}.</p>
<ul><li><a href="/site/index.html">The published figures</a></li>
<li><a href="/datapackage.json">The data files, described</a></li>
<li><a href="/builds/">The builds that are kept, each at an address of its own</a></li></ul></body></html>
"""
BUILDS_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Builds</title></head><body><h1>Builds that are kept</h1>
<p>An address below a build's name always gives the same bytes, for as long as the build is kept.</p>
<ul>{items}</ul><p><a href="/builds/index.json">The same as JSON</a></p></body></html>
"""


class Handler(BaseHTTPRequestHandler):
    """GET and HEAD of files; every other method is refused."""

    protocol_version = "HTTP/1.1"
    server_version = "roxham"
    sys_version = ""
    timeout = 30

    def __init__(self, home: Home, *arguments: object, quiet: bool = False, cors: bool = False) -> None:
        self.home, self.quiet, self.cors = home, quiet, cors
        self._found: Found | None = None
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer with the file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the file's headers."""
        self._answer(with_body=False)

    def do_OPTIONS(self) -> None:
        """What a page of another origin may ask, where that was wished for; else as any method that there is not."""
        if not self.cors:
            self.send_error(HTTPStatus.NOT_IMPLEMENTED)
            return
        self.send_response(HTTPStatus.NO_CONTENT)
        self.end_headers()

    def end_headers(self) -> None:
        """The headers that every answer carries."""
        found = self._found
        self.send_header("Content-Security-Policy", CSP_DBT_DOCS if found and found.part == "dbt_docs" else CSP)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Resource-Policy", "cross-origin" if self.cors else "same-origin")
        self.send_header("Cache-Control", IMMUTABLE if found and found.immutable else "no-cache")
        for name, value in CORS.items() if self.cors else ():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """One line a request, unless told to be quiet."""
        if not self.quiet:
            super().log_message(format, *args)

    def _answer(self, *, with_body: bool) -> None:
        try:
            self._refuse_foreign_hosts()
            try:
                self._answer_path(path_of(self.path), with_body=with_body)
            except UnicodeDecodeError:  # bytes that are no text
                raise Refused(HTTPStatus.NOT_FOUND, "no such file in this build") from None
        except Refused as refused:
            self._found = None
            self._refuse(refused, with_body=with_body)
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        finally:
            self._found = None

    def _answer_path(self, path: str, *, with_body: bool) -> None:
        if path in ("/", "/site"):
            raise Refused(HTTPStatus.FOUND, "/site/index.html")
        if path == f"/{BUILDS}":
            raise Refused(HTTPStatus.FOUND, f"/{BUILDS}/")
        if path in (f"/{BUILDS}/", f"/{BUILDS}/index.html"):
            self._say(HTTPStatus.OK, _builds_page(kept_builds(self.home)), "text/html", with_body=with_body)
        elif path == f"/{BUILDS}/index.json":
            listed = json.dumps(kept_builds(self.home), indent=1) + "\n"
            self._say(HTTPStatus.OK, listed, "application/json", with_body=with_body)
        else:
            found = find(self.home, self.path)
            with found.path.open("rb") as stream:
                self._found = found
                self._send(stream, found, with_body=with_body)

    def _refuse_foreign_hosts(self) -> None:
        """A page elsewhere whose name is made to point at this machine cannot read the build through it."""
        try:
            host = urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""
        except ValueError:
            raise Refused(HTTPStatus.BAD_REQUEST, "the Host header names no host") from None
        bound = self.connection.getsockname()[0]
        if _is_loopback(str(bound)) and not _is_loopback(host):
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "this address serves localhost only")

    def _send(self, stream: BinaryIO, found: Found, *, with_body: bool) -> None:
        facts = os.fstat(stream.fileno())
        tag = f"{found.build_id}-{facts.st_size:x}-{facts.st_mtime_ns:x}"
        changed = dt.datetime.fromtimestamp(int(facts.st_mtime), dt.UTC)
        packed = self._packed(found.path, facts)
        shown = {"ETag": f'"{tag}-gz"' if packed is not None else f'"{tag}"', "Accept-Ranges": "bytes",
                 "Last-Modified": format_datetime(changed, usegmt=True)}  # fmt: skip
        if _may_be_packed(found.path, facts.st_size):
            shown["Vary"] = "Accept-Encoding"
        if self._is_known(tag, changed):
            self._head(HTTPStatus.NOT_MODIFIED, shown)
            return
        shown["Content-Type"] = (
            TYPES.get(found.path.suffix) or mimetypes.guess_type(found.path.name)[0] or "application/octet-stream"
        )
        if packed is not None:
            self._head(HTTPStatus.OK, {**shown, "Content-Encoding": "gzip", "Content-Length": str(len(packed))})
            self.wfile.write(packed if with_body else b"")
            return
        self._send_plain(stream, facts.st_size, shown, with_body=with_body)

    def _send_plain(self, stream: BinaryIO, size: int, shown: dict[str, str], *, with_body: bool) -> None:
        piece = self._range(size, shown["ETag"], shown["Last-Modified"])
        first, last = piece or (0, size - 1)
        shown["Content-Length"] = str(last - first + 1)
        if piece:
            shown["Content-Range"] = f"bytes {first}-{last}/{size}"
        self._head(HTTPStatus.PARTIAL_CONTENT if piece else HTTPStatus.OK, shown)
        if with_body:
            stream.seek(first)
            _copy(stream, self.wfile, last - first + 1)

    def _packed(self, path: Path, facts: os.stat_result) -> bytes | None:
        """The file in gzip, where the reader takes it and asks for the whole of it."""
        offered = self.headers.get("Accept-Encoding", "").lower()
        takes = re.search(r"(?:^|[\s,])gzip\s*(?:;\s*q=(0\.[0-9]*[1-9]|1))?\s*(?:,|$)", offered[:1000])
        if not takes or self.headers.get("Range") or not _may_be_packed(path, facts.st_size):
            return None
        return _gzipped(path, facts.st_mtime_ns, facts.st_size)

    def _is_known(self, tag: str, changed: dt.datetime) -> bool:
        """Whether the reader holds these bytes already; packed or not they are the same file."""
        known = self.headers.get("If-None-Match")
        if known is not None:
            told = {each.strip().removeprefix("W/") for each in known.split(",")}
            return "*" in told or bool(told & {f'"{tag}"', f'"{tag}-gz"'})
        try:
            return changed <= http_moment(self.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False

    def _range(self, size: int, tag: str, changed: str) -> tuple[int, int] | None:
        """First and last byte asked for; None for the whole file. DuckDB and polars read a Parquet file in pieces."""
        asked = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", self.headers.get("Range", ""))
        if not asked or asked[1] == asked[2] == "" or self.headers.get("If-Range", tag) not in (tag, changed):
            return None
        if asked[1] == "":
            first, last = max(0, size - _position(asked[2])), size - 1
        else:
            first, last = _position(asked[1]), min(_position(asked[2]) if asked[2] else size - 1, size - 1)
        if first > last:
            raise _Unsatisfiable(size)
        return first, last

    def _refuse(self, refused: Refused, *, with_body: bool) -> None:
        if refused.status == HTTPStatus.FOUND:
            self._head(HTTPStatus.FOUND, {"Location": str(refused), "Content-Length": "0"})
        elif refused.status == HTTPStatus.NOT_FOUND:
            page = MISSING_PAGE.format(said=html.escape(str(refused).capitalize()))
            self._say(refused.status, page, "text/html", with_body=with_body)
        else:
            more = {"Content-Range": f"bytes */{refused.size}"} if isinstance(refused, _Unsatisfiable) else {}
            said = f"{refused.status.value} {refused}\n"
            self._say(refused.status, said, "text/plain", with_body=with_body, more=more)

    def _say(
        self, status: HTTPStatus, said: str, kind: str, *, with_body: bool, more: dict[str, str] | None = None
    ) -> None:
        body = said.encode()
        length = {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body))}
        self._head(status, length | (more or {}))
        if with_body:
            self.wfile.write(body)

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


class _Unsatisfiable(Refused):
    """A piece that lies beyond the file's end."""

    def __init__(self, size: int) -> None:
        super().__init__(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"the file has {size} bytes")
        self.size = size


def _position(digits: str) -> int:
    """A byte's number; more digits than any file has bytes are beyond its end."""
    return 10**15 if (found := count_of(digits)) is None else found


def _may_be_packed(path: Path, size: int) -> bool:
    return path.suffix in PACKED and PACKED_FROM <= size <= PACKED_TO


@functools.lru_cache(maxsize=32)
def _gzipped(path: Path, _changed: int, _size: int) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)


def _builds_page(builds: list[dict[str, object]]) -> str:
    def item(build: dict[str, object]) -> str:
        name = html.escape(str(build["build_id"]))
        stamp = " [SAMPLE]" if build["sample"] else ""
        served = ", served at / now" if build["served"] else ""
        files = " ".join(f'<a href="/{BUILDS}/{name}/{part}">{part}</a>' for part in SERVED if "." in part)
        told = f"as of {html.escape(str(build['as_of']))}{served}"
        return f'<li><a href="/{BUILDS}/{name}/site/index.html">{name}</a>{stamp}, {told}: {files}</li>\n'

    return BUILDS_PAGE.format(items="".join(item(build) for build in builds))


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
def server(
    home: Home, host: str = "127.0.0.1", port: int = 0, *, quiet: bool = True, cors: bool = False
) -> Iterator[ThreadingHTTPServer]:
    """A listening server, not yet serving; port 0 takes a free one.

    Args:
        home: whose builds.
        host: the address to listen on.
        port: the port.
        quiet: no line per request.
        cors: pages of other origins may read what is served, as duckdb-wasm in a browser must.

    Raises:
        OSError: when the address is taken.
    """
    with ThreadingHTTPServer((host, port), partial(Handler, home, quiet=quiet, cors=cors)) as listening:
        listening.daemon_threads = True
        yield listening


def url_of(listening: ThreadingHTTPServer) -> str:
    """Where a browser finds the site."""
    host, port = listening.server_address[:2]
    return f"http://{host!s}:{port}/"
