"""``roxham serve``: the published build and nothing else, read-only, with its headers."""

from __future__ import annotations

import http.client
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from roxham_web.serve import CSP, CSP_DBT_DOCS, server
from roxham_web.served_files import SERVED, Refused, find

from ingest.core.home import REPOSITORY, Home


def lay_out_build(home: Home, name: str, said: str) -> Path:
    build = home.builds / name
    (build / "site").mkdir(parents=True)
    (build / "exports").mkdir()
    (build / "dbt_docs").mkdir()
    (build / "site" / "index.html").write_text(said)
    (build / "dbt_docs" / "index.html").write_text("docs")
    (build / "exports" / "a table.csv").write_text("a,b\n1,2\n")
    (build / "warehouse.duckdb").write_bytes(bytes(range(256)))
    (build / "candidate.json").write_text("not for readers")
    return build


def point_at(home: Home, build: Path) -> None:
    swap = home.root / ".swap"
    swap.symlink_to(build.relative_to(home.root))
    swap.replace(home.current)


@pytest.fixture
def served(home: Home) -> Home:
    """A home with one build, and secrets beside it."""
    build = lay_out_build(home, "2024-01-01-aaaa", "the first build")
    (home.root / "secret.txt").write_text("secret")
    (home.builds / "secret.txt").write_text("secret")
    (build / "site" / "out.txt").symlink_to(home.root / "secret.txt")
    (build / "site" / "up").symlink_to(home.root)
    (build / "site" / "in.html").symlink_to("index.html")
    (build / "site" / "candidate.txt").symlink_to(build / "candidate.json")
    point_at(home, build)
    return home


@pytest.fixture
def port(served: Home) -> Iterator[int]:
    """Where it is served."""
    with server(served) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield listening.server_address[1]
        listening.shutdown()


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
    """One request as written: no client of ours tidies its path."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer, answer.read()


def test_the_site_and_the_files_of_the_build_are_served(port):
    assert ask(port, "/site/index.html")[1] == b"the first build"
    answer, body = ask(port, "/exports/a%20table.csv?x=1")
    assert (answer.status, body) == (200, b"a,b\n1,2\n")
    assert answer.getheader("Content-Type") == "text/csv; charset=utf-8"
    answer, _ = ask(port, "/")
    assert (answer.status, answer.getheader("Location")) == (302, "/site/index.html")
    answer, _ = ask(port, "//dbt_docs")
    assert (answer.status, answer.getheader("Location")) == (302, "/dbt_docs/")
    assert ask(port, "/dbt_docs/")[1] == b"docs"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/site/../../secret.txt", "/site/../../../secret.txt", "/%2e%2e/secret.txt",
        "/site/%2e%2e/%2e%2e/secret.txt", "/site/%2e%2e%2f%2e%2e%2fsecret.txt", "/site/..%2f..%2fsecret.txt",
        "/site/.%2e/.%2e/secret.txt", "/..%5csecret.txt", "/site/..\\..\\secret.txt", "//etc/passwd", "/site//../../secret.txt",
        "/site/%252e%252e/secret.txt", "/site/out.txt", "/site/up/secret.txt", "/site/up/archive/manifest.sqlite",
        "/candidate.json", "/site/../candidate.json", "/site/candidate.txt", "/secret.txt", "/site/%00", "/site/%ff",
        "/exports/",
        "/exports", "/etc/passwd", "/site/nothing.html", "/site/index.html/", "/.", "/site/in.html", "/site/./../../secret.txt",
    ],
)  # fmt: skip
def test_nothing_outside_the_build_can_be_reached(port, path):
    answer, body = ask(port, path)
    assert b"secret" not in body
    assert b"not for readers" not in body
    assert answer.status == 404, path


def test_a_file_asked_for_as_a_folder_is_no_file(served):
    with pytest.raises(Refused):
        find(served, "/site/nothing")


def test_every_answer_carries_the_headers(port):
    for path in ("/site/index.html", "/nothing", "/"):
        answer, _ = ask(port, path)
        policy = answer.getheader("Content-Security-Policy")
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("Referrer-Policy") == "no-referrer"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_written(port, method):
    answer, _ = ask(port, "/site/index.html", method, **{"Content-Length": "0"})
    assert answer.status == 501
    assert answer.getheader("X-Content-Type-Options") == "nosniff"


def test_head_tells_the_size_without_the_body(port):
    answer, body = ask(port, "/warehouse.duckdb", "HEAD")
    assert (answer.getheader("Content-Length"), body) == ("256", b"")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=250-", 250, 255), ("bytes=-6", 250, 255), ("bytes=250-999", 250, 255)],
)
def test_a_piece_of_a_file_can_be_asked_for(port, asked, first, last):
    answer, body = ask(port, "/warehouse.duckdb", Range=asked)
    assert (answer.status, body) == (206, bytes(range(first, last + 1)))
    assert answer.getheader("Content-Range") == f"bytes {first}-{last}/256"


def test_a_piece_beyond_the_end_is_refused(port):
    assert ask(port, "/warehouse.duckdb", Range="bytes=300-")[0].status == 416
    assert ask(port, "/warehouse.duckdb", Range="bytes=-0")[0].status == 416


def test_a_publication_is_followed_by_the_next_request(served, port):
    point_at(served, lay_out_build(served, "2024-02-01-bbbb", "the second build"))
    assert ask(port, "/site/index.html")[1] == b"the second build"


def test_before_the_first_build_there_is_nothing_to_be_found(home):
    with pytest.raises(Refused):
        find(home, "/site/index.html")


def test_a_name_that_is_made_to_point_here_is_not_answered(port):
    """DNS rebinding: a page elsewhere asks its own name, which now resolves to this machine."""
    assert ask(port, "/site/index.html", Host="evil.example")[0].status == 421
    assert ask(port, "/site/index.html", Host=f"localhost:{port}")[0].status == 200


def test_the_web_server_of_the_containers_serves_the_same_under_the_same_policy():
    """nginx once answered 404 for the feed that every page links to."""
    said = (REPOSITORY / "containers" / "nginx.conf").read_text()
    assert f'default "{CSP}";' in said and f'~^/dbt_docs/ "{CSP_DBT_DOCS}";' in said
    locations = set(re.findall(r"location (?:= )?/([\w.]+)/? \{ \}", said))
    assert locations | {"site"} == set(SERVED)


def test_the_living_status_is_served_from_beside_the_build_and_nothing_else_is(served, port):
    """A build stays as it was made; what changes every night is the one file beside it."""
    assert ask(port, "/status.json")[0].status == 404, "before the first check"
    served.status.write_text('{"sources": {}}')
    answer, body = ask(port, "/status.json")
    assert (answer.status, answer.getheader("Content-Type"), body) == (200, "application/json", b'{"sources": {}}')
    assert answer.getheader("Cache-Control") == "no-cache"
    assert ask(port, "/status.json/")[0].status == 404
    served.status.unlink()
    served.status.symlink_to(served.root / "secret.txt")
    assert ask(port, "/status.json")[0].status == 404
