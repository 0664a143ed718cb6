"""What ``roxham serve`` answers to readers that ask in pieces, again, packed, from another origin, or badly."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from roxham_web.serve import server

from ingest.core.home import REPOSITORY, Home
from pipeline.cli.questions import serve_command

TABLE = b"measure_id,month,value\n" + b"ca_rcmp_interceptions,2023-01-01,4994\n" * 100


def lay_out(home: Home, name: str, table: bytes = TABLE) -> Path:
    build = home.builds / name
    for folder in ("site", "exports", "dbt_docs"):
        (build / folder).mkdir(parents=True)
    (build / "site" / "index.html").write_text(f"<p>{name}</p>")
    (build / "dbt_docs" / "index.html").write_text("docs")
    (build / "exports" / "facts.csv").write_bytes(table)
    (build / "exports" / "empty.sql").write_bytes(b"")
    (build / "warehouse.duckdb").write_bytes(bytes(range(256)) * 10)
    (build / "release.json").write_text(json.dumps({"build_id": name, "as_of": name[:10], "sample": True}))
    return build


def point_at(home: Home, build: Path) -> None:
    swap = home.root / ".swap"
    swap.symlink_to(build.relative_to(home.root))
    swap.replace(home.current)


@contextmanager
def serving(home: Home, *, cors: bool = False) -> Iterator[int]:
    with server(home, cors=cors) as listening:
        threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield listening.server_address[1]
        listening.shutdown()


@pytest.fixture
def served(home: Home) -> Home:
    """Two builds; the first is the one that readers see."""
    first = lay_out(home, "2024-01-01-aaaa")
    lay_out(home, "2024-02-01-bbbb")
    (home.builds / "2024-03-01-half").mkdir()  # not complete: it has no release.json
    (home.builds / "linked").symlink_to(first)
    point_at(home, first)
    return home


@pytest.fixture
def port(served: Home) -> Iterator[int]:
    with serving(served) as port:
        yield port


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer, answer.read()


def said_to(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


# ---- asked badly


@pytest.mark.parametrize("host", ["[bad", "[::1", "[", "]"])
def test_a_host_that_is_none_is_a_bad_request(port: int, host: str, capfd: pytest.CaptureFixture[str]) -> None:
    """`[bad` gave a traceback and no answer."""
    assert ask(port, "/site/index.html", Host=host)[0].status in (400, 421)
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "path", ["//[bad", "http://[bad/x", "/site/\x80", "*", "?", "/%", "/" + "x" * 5000, "/builds/[x"]
)
def test_an_address_that_is_none_is_not_found(port: int, path: str, capfd: pytest.CaptureFixture[str]) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode("latin-1")
    assert said_to(port, request).startswith((b"HTTP/1.1 404", b"HTTP/1.1 302"))
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("asked", ["bytes=" + "9" * 5000 + "-", "bytes=2560-", "bytes=-0"])
def test_a_piece_beyond_the_end_is_refused_and_says_how_long_the_file_is(port: int, asked: str) -> None:
    """5,000 digits gave a traceback; no 416 told the length, which a reader needs to ask again."""
    answer, _ = ask(port, "/warehouse.duckdb", Range=asked)
    assert (answer.status, answer.getheader("Content-Range")) == (416, "bytes */2560")


@pytest.mark.parametrize("asked", ["bytes=٠-9", "bytes=0-9,20-29", "lines=0-9", "bytes=-", "bytes=+1-5"])
def test_a_piece_that_cannot_be_read_is_the_whole_file(port: int, asked: str) -> None:
    request = f"GET /warehouse.duckdb HTTP/1.1\r\nHost: 127.0.0.1\r\nRange: {asked}\r\nConnection: close\r\n\r\n"
    assert said_to(port, request.encode()).startswith(b"HTTP/1.1 200 ")


def test_an_empty_file_has_no_piece(port: int) -> None:
    assert ask(port, "/exports/empty.sql", Range="bytes=0-0")[0].status == 416
    assert (ask(port, "/exports/empty.sql")[0].status, ask(port, "/exports/empty.sql")[1]) == (200, b"")


@pytest.mark.parametrize(
    "path", ["/site/.htpasswd", "/exports/.hidden/x.csv", "/.git/config", "/builds/.x/site/index.html"]
)
def test_no_dotfile_is_served(served: Home, port: int, path: str) -> None:
    (served.current / "site" / ".htpasswd").write_text("secret")
    (served.current / "exports" / ".hidden").mkdir()
    (served.current / "exports" / ".hidden" / "x.csv").write_text("secret")
    answer, body = ask(port, path)
    assert answer.status == 404
    assert b"secret" not in body


def test_a_symlink_planted_in_the_build_is_not_followed_wherever_it_leads(served: Home, port: int) -> None:
    site = served.current / "site"
    (site / "out.html").symlink_to("/etc/passwd")
    (site / "in.html").symlink_to("index.html")
    (site / "folder").symlink_to("../exports")
    for path in ("out.html", "in.html", "folder/facts.csv"):
        assert ask(port, f"/site/{path}")[0].status == 404


def test_a_reader_who_lost_his_way_is_told_where_things_are(port: int) -> None:
    answer, body = ask(port, "/site/nothing.html")
    assert (answer.status, answer.getheader("Content-Type")) == (404, "text/html; charset=utf-8")
    assert b'href="/site/index.html"' in body
    assert b'href="/builds/"' in body
    assert b"<script>" not in ask(port, "/site/<script>")[1]


# ---- asked in pieces, again, packed


@pytest.mark.parametrize("asked", ["bytes=0-", "bytes=0-2559", "bytes=0-99999", "bytes=-99999"])
def test_the_whole_file_as_a_piece_is_a_piece(port: int, asked: str) -> None:
    """Polars asks so, and reads nothing of an answer of 200."""
    answer, body = ask(port, "/warehouse.duckdb", Range=asked)
    assert (answer.status, answer.getheader("Content-Range"), len(body)) == (206, "bytes 0-2559/2560", 2560)


def test_what_a_reader_holds_is_not_sent_again(served: Home, port: int) -> None:
    first, _ = ask(port, "/exports/facts.csv")
    tag, changed = first.getheader("ETag"), first.getheader("Last-Modified")
    assert tag and changed
    for headers in ({"If_None_Match": tag}, {"If_None_Match": f'"x", W/{tag}'}, {"If_None_Match": "*"},
                    {"If_Modified_Since": changed}):  # fmt: skip
        answer, body = ask(port, "/exports/facts.csv", **headers)
        assert (answer.status, body, answer.getheader("ETag")) == (304, b"", tag)
    old = "Fri, 01 Jan 1999 00:00:00 GMT"
    for headers in ({"If_None_Match": '"x"'}, {"If_Modified_Since": old}, {"If_Modified_Since": "9" * 5000},
                    {"If_None_Match": '"x"', "If_Modified_Since": changed}):  # fmt: skip
        assert ask(port, "/exports/facts.csv", **headers)[0].status == 200
    point_at(served, served.builds / "2024-02-01-bbbb")
    assert ask(port, "/exports/facts.csv", If_None_Match=tag)[0].status == 200


def test_a_piece_of_a_file_that_has_changed_is_the_whole_file(port: int) -> None:
    tag = ask(port, "/warehouse.duckdb")[0].getheader("ETag") or ""
    assert ask(port, "/warehouse.duckdb", Range="bytes=0-9", If_Range=tag)[0].status == 206
    assert ask(port, "/warehouse.duckdb", Range="bytes=0-9", If_Range='"older"')[0].status == 200


def test_text_is_packed_for_those_who_take_it(port: int) -> None:
    answer, body = ask(port, "/exports/facts.csv", Accept_Encoding="br, gzip;q=0.8")
    assert (answer.getheader("Content-Encoding"), answer.getheader("Vary")) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(body) == TABLE
    assert len(body) < len(TABLE) / 5
    plain, _ = ask(port, "/exports/facts.csv")
    assert answer.getheader("ETag") != plain.getheader("ETag")
    head, nothing = ask(port, "/exports/facts.csv", "HEAD", Accept_Encoding="gzip")
    assert (head.getheader("Content-Length"), nothing) == (str(len(body)), b"")
    assert (
        ask(port, "/exports/facts.csv", Accept_Encoding="gzip", If_None_Match=answer.getheader("ETag"))[0].status == 304
    )


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/exports/facts.csv", {}), ("/exports/facts.csv", {"Accept_Encoding": "gzip;q=0"}),
        ("/exports/facts.csv", {"Accept_Encoding": "gzip", "Range": "bytes=0-9"}),
        ("/warehouse.duckdb", {"Accept_Encoding": "gzip"}), ("/site/index.html", {"Accept_Encoding": "gzip"}),
    ],
)  # fmt: skip
def test_nothing_else_is_packed(port: int, path: str, headers: dict[str, str]) -> None:
    assert ask(port, path, **headers)[0].getheader("Content-Encoding") is None


# ---- builds at addresses of their own


def test_every_kept_build_has_an_address_that_never_changes(served: Home, port: int) -> None:
    answer, body = ask(port, "/builds/2024-02-01-bbbb/site/index.html")
    assert (answer.status, body) == (200, b"<p>2024-02-01-bbbb</p>")
    assert answer.getheader("Cache-Control") == "public, max-age=31536000, immutable"
    assert ask(port, "/site/index.html")[1] == b"<p>2024-01-01-aaaa</p>"
    assert ask(port, "/site/index.html")[0].getheader("Cache-Control") == "no-cache"
    point_at(served, served.builds / "2024-02-01-bbbb")
    assert ask(port, "/builds/2024-01-01-aaaa/site/index.html")[1] == b"<p>2024-01-01-aaaa</p>"
    docs, _ = ask(port, "/builds/2024-01-01-aaaa/dbt_docs/")
    assert "unsafe-inline" in (docs.getheader("Content-Security-Policy") or "")
    assert ask(port, "/builds/2024-01-01-aaaa/dbt_docs")[0].getheader("Location") == "/builds/2024-01-01-aaaa/dbt_docs/"


def test_the_builds_are_listed_and_only_complete_ones(port: int) -> None:
    listed = json.loads(ask(port, "/builds/index.json")[1])
    assert [(each["build_id"], each["served"]) for each in listed] == [
        ("2024-02-01-bbbb", False), ("2024-01-01-aaaa", True),
    ]  # fmt: skip
    page = ask(port, "/builds/")[1]
    assert b'href="/builds/2024-02-01-bbbb/warehouse.duckdb"' in page
    assert b"half" not in page
    assert ask(port, "/builds")[0].getheader("Location") == "/builds/"


@pytest.mark.parametrize(
    "path",
    ["/builds/2024-03-01-half/site/index.html", "/builds/linked/site/index.html", "/builds/2024-01-01-aaaa",
     "/builds/2024-01-01-aaaa/", "/builds/2024-01-01-aaaa/candidate.json", "/builds/../current/site/index.html",
     "/builds/%2e%2e/archive/manifest.sqlite", "/builds/nothing/site/index.html", "/builds/index.json/x"],
)  # fmt: skip
def test_nothing_else_lies_below_builds(port: int, path: str) -> None:
    assert ask(port, path)[0].status == 404


# ---- other origins


def test_pages_of_other_origins_read_nothing_unless_that_is_wished_for(served: Home, port: int) -> None:
    answer, _ = ask(port, "/exports/facts.csv", Origin="https://shell.duckdb.org")
    assert answer.getheader("Access-Control-Allow-Origin") is None
    assert answer.getheader("Cross-Origin-Resource-Policy") == "same-origin"
    assert ask(port, "/exports/facts.csv", "OPTIONS")[0].status == 501
    with serving(served, cors=True) as opened:
        answer, _ = ask(opened, "/exports/facts.csv", Origin="https://shell.duckdb.org", Range="bytes=0-9")
        assert answer.getheader("Access-Control-Allow-Origin") == "*"
        assert "Content-Range" in (answer.getheader("Access-Control-Expose-Headers") or "")
        asked, _ = ask(opened, "/exports/facts.csv", "OPTIONS", Access_Control_Request_Headers="range")
        assert (asked.status, "Range" in (asked.getheader("Access-Control-Allow-Headers") or "")) == (204, True)
        assert ask(opened, "/site/index.html", Host="evil.example")[0].status == 421


# ---- the containers' web server


def test_nginx_follows_no_symlink_below_the_build_and_serves_no_dotfile() -> None:
    """A symlink planted in `site/` was followed."""
    said = (REPOSITORY / "containers" / "nginx.conf").read_text()
    assert "disable_symlinks on from=$document_root;" in said
    assert r"location ~ /\. { return 404; }" in said
    assert "location ^~" not in said  # which would come before the rule on dotfiles


def test_the_command_has_a_switch_for_other_origins() -> None:
    assert "--cors" in {name for each in serve_command.params for name in each.opts}


def test_a_packed_table_is_handed_over_as_it_is(served, port):
    """Told as text/csv, a browser shows bytes; told as an encoding, a client unpacks what is named .csv.gz."""
    content = gzip.compress(b"a,b\n1,2\n" * 200, mtime=0)
    (served.current / "exports" / "detail.csv.gz").write_bytes(content)
    answer, body = ask(port, "/exports/detail.csv.gz", Accept_Encoding="gzip")
    assert (answer.getheader("Content-Type"), answer.getheader("Content-Encoding")) == ("application/gzip", None)
    assert body == content
