"""What a stranger's server can do to a request, and what each of it ends in."""

from __future__ import annotations

import gzip
import hashlib
import socket
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import __version__
from ingest.agency.http import EVIDENCE_BYTES, AgencySession, Limits, Reply, Validators
from tests.support.rude_agency import SITE, RudeAgency, Say

QUICK = Limits(connect_seconds=1, read_seconds=0.3, request_seconds=1.0, retries=2, backoff_seconds=0, pause_seconds=0)
URL = f"{SITE}/file.csv"
BODY = b"a,b\r\n1,2\r\n"


@pytest.fixture
def agency() -> Iterator[RudeAgency]:
    with RudeAgency().running() as running:
        yield running


def ask(agency: RudeAgency, folder: Path, *, max_bytes: int = 10_000, **more: object) -> Reply:
    with AgencySession(["www.agency.example", "files.agency.example"], agency=agency.address, limits=QUICK) as session:
        return session.get(URL, folder, max_bytes, **more)


def test_a_good_answer_is_streamed_into_a_file_with_its_hash(agency, tmp_path):
    agency.says("/file.csv?v=1", Say(body=BODY, headers={"ETag": '"x"', "Set-Cookie": "id=secret"}))
    with AgencySession(["www.agency.example"], agency=agency.address, limits=QUICK) as session:
        reply = session.get(f"{URL}?v=1", tmp_path, 100)
    assert (reply.trouble, reply.status, reply.size) == (None, 200, len(BODY))
    assert reply.body.read_bytes() == BODY and reply.body.parent == tmp_path
    assert reply.sha256 == hashlib.sha256(BODY).hexdigest()
    assert reply.headers["etag"] == '"x"' and "set-cookie" not in reply.headers


def test_the_sandbox_sees_the_agencys_host_and_an_honest_user_agent(agency, tmp_path):
    agency.says("/file.csv", Say(body=BODY))
    ask(agency, tmp_path)
    headers = agency.asked[0][1]
    assert headers["host"] == "www.agency.example"
    assert headers["user-agent"].startswith(f"Roxham/{__version__} (+")


def test_cookies_are_never_sent_back(agency, tmp_path):
    agency.says("/file.csv", Say(body=BODY, headers={"Set-Cookie": "id=secret; Path=/"}))
    with AgencySession(["www.agency.example"], agency=agency.address, limits=QUICK) as session:
        session.get(URL, tmp_path, 100)
        session.get(URL, tmp_path, 100)
    assert "cookie" not in agency.asked[1][1]


def test_a_server_error_is_asked_again_and_may_recover(agency, tmp_path):
    agency.says("/file.csv", Say(503), Say(500), Say(body=BODY))
    assert ask(agency, tmp_path).trouble is None
    assert len(agency.asked) == 3


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_server_error_that_stays_ends_as_http_error_after_bounded_retries(agency, tmp_path, status):
    agency.says("/file.csv", Say(status, b"<html>sorry</html>"))
    reply = ask(agency, tmp_path)
    assert (reply.trouble, reply.status) == ("http_error", status)
    assert len(agency.asked) == 1 + QUICK.retries
    assert "2 retries" in reply.message and reply.body.read_bytes() == b"<html>sorry</html>"


@pytest.mark.timeout(10)
def test_an_error_whose_body_never_ends_does_not_hold_up_the_next_try(agency, tmp_path):
    agency.says("/file.csv", Say(503, b"x" * 1000, drip=0.05), Say(body=BODY))
    assert ask(agency, tmp_path).trouble is None
    assert len(agency.asked) == 2


def test_a_404_is_not_asked_again(agency, tmp_path):
    reply = ask(agency, tmp_path)
    assert (reply.trouble, reply.status, len(agency.asked)) == ("http_error", 404, 1)


def test_retry_after_is_respected_within_the_deadline(agency, tmp_path, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", slept.append)
    agency.says("/file.csv", Say(503, headers={"Retry-After": "600"}), Say(body=BODY))
    limits = replace(QUICK, request_seconds=900.0)
    with AgencySession(["www.agency.example"], agency=agency.address, limits=limits) as session:
        assert session.get(URL, tmp_path, 100).trouble is None
    assert slept == [600]


def test_silence_is_a_timeout(agency, tmp_path):
    agency.says("/file.csv", Say(body=BODY, wait=5))
    reply = ask(agency, tmp_path)
    assert reply.trouble == "timeout" and "0.3 s" in reply.message


def test_silence_in_the_middle_of_a_body_is_a_timeout(agency, tmp_path):
    agency.says("/file.csv", Say(body=BODY, drip=0.8))
    reply = ask(agency, tmp_path)
    assert reply.trouble == "timeout" and "fell silent" in reply.message


def test_a_body_that_comes_byte_by_byte_for_ever_is_a_timeout(agency, tmp_path):
    agency.says("/file.csv", Say(body=b"x" * 1000, drip=0.05))
    reply = ask(agency, tmp_path)
    assert reply.trouble == "timeout" and "too slowly" in reply.message


def test_a_closed_port_is_unreachable_not_a_timeout(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with AgencySession(["www.agency.example"], agency=address, limits=QUICK) as session:
        assert session.get(URL, tmp_path, 100).trouble == "unreachable"


def test_a_dead_agency_is_soon_asked_only_once_per_file(agency, tmp_path):
    agency.says("/file.csv", Say(body=BODY, wait=5))
    with AgencySession(["www.agency.example"], agency=agency.address, limits=QUICK) as session:
        for _ in range(3):
            session.get(URL, tmp_path, 100)
        assert len(agency.asked) == 3 + 3 + 1
        agency.says("/file.csv", Say(body=BODY))
        assert session.get(URL, tmp_path, 100).trouble is None


def test_a_body_shorter_than_announced_is_truncated_and_what_came_is_kept(agency, tmp_path):
    agency.says("/file.csv", Say(body=BODY * 20, send=50))
    reply = ask(agency, tmp_path)
    assert (reply.trouble, reply.size) == ("truncated", 50)
    assert "50 of 200 bytes" in reply.message
    assert reply.body.read_bytes() == (BODY * 20)[:50]


def test_a_chunked_body_without_its_end_is_truncated(agency, tmp_path):
    chunked = b"a\r\n" + BODY + b"\r\n"
    agency.says("/file.csv", Say(body=chunked, headers={"Transfer-Encoding": "chunked"}, announce=False))
    assert ask(agency, tmp_path).trouble == "truncated"
    agency.says("/file.csv", Say(body=chunked + b"0\r\n\r\n", headers={"Transfer-Encoding": "chunked"}, announce=False))
    reply = ask(agency, tmp_path)
    assert (reply.trouble, reply.size) == (None, len(BODY))


def test_a_gzip_body_is_decompressed_members_and_all(agency, tmp_path):
    agency.says("/file.csv", Say(body=gzip.compress(BODY) + gzip.compress(BODY), headers={"Content-Encoding": "gzip"}))
    assert ask(agency, tmp_path).body.read_bytes() == BODY * 2


def test_a_large_gzip_body_comes_out_whole(agency, tmp_path):
    rows = b"".join(b"%d,%d\r\n" % (number, number * 7919 % 1013) for number in range(60_000))
    agency.says("/file.csv", Say(body=gzip.compress(rows), headers={"Content-Encoding": "gzip"}))
    reply = ask(agency, tmp_path, max_bytes=len(rows))
    assert (reply.trouble, reply.sha256) == (None, hashlib.sha256(rows).hexdigest())


def test_a_gzip_body_without_its_end_is_truncated_even_if_no_length_was_announced(agency, tmp_path):
    whole = gzip.compress(BODY * 50)
    agency.says("/file.csv", Say(body=whole[:-12], headers={"Content-Encoding": "gzip"}, announce=False))
    assert ask(agency, tmp_path).trouble == "truncated"


def test_a_body_announced_too_large_is_not_read(agency, tmp_path):
    agency.says("/file.csv", Say(body=b"x" * 10_001))
    reply = ask(agency, tmp_path)
    assert (reply.trouble, reply.size) == ("too_large", 0)
    assert "10,001" in reply.message and "10,000" in reply.message


def test_a_body_that_is_too_large_without_saying_so_is_cut_off(agency, tmp_path):
    agency.says("/file.csv", Say(body=b"x" * 200_000, announce=False))
    reply = ask(agency, tmp_path)
    assert reply.trouble == "too_large" and "on the wire" in reply.message
    assert reply.size <= 10_000


def test_a_body_of_exactly_the_limit_is_taken(agency, tmp_path):
    agency.says("/file.csv", Say(body=b"x" * 10_000))
    assert ask(agency, tmp_path).trouble is None


def test_a_gzip_bomb_ends_as_too_large_without_filling_memory_or_disk(agency, tmp_path):
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join([packer.compress(b"0" * (1 << 20)) for _ in range(64)] + [packer.flush()])
    agency.says("/file.csv", Say(body=bomb, headers={"Content-Encoding": "gzip"}))
    tracemalloc.start()
    reply = ask(agency, tmp_path, max_bytes=4 << 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reply.trouble == "too_large" and "decompression" in reply.message
    assert reply.body.stat().st_size <= EVIDENCE_BYTES
    assert peak < 4 << 20


def test_not_modified_brings_no_body(agency, tmp_path):
    agency.says("/file.csv", Say(304, headers={"ETag": '"x"'}))
    reply = ask(agency, tmp_path, validators=Validators(URL, '"x"', "Mon, 22 Apr 2024 12:00:00 GMT"))
    assert (reply.trouble, reply.status, reply.body) == (None, 304, None)
    headers = agency.asked[0][1]
    assert headers["if-none-match"] == '"x"' and headers["if-modified-since"] == "Mon, 22 Apr 2024 12:00:00 GMT"


def test_not_modified_without_having_asked_is_an_error(agency, tmp_path):
    agency.says("/file.csv", Say(304))
    assert ask(agency, tmp_path).trouble == "http_error"


def test_a_moved_file_is_followed_on_the_agencys_hosts(agency, tmp_path):
    agency.says("/file.csv", Say(301, headers={"Location": "/new/file.csv"}))
    agency.says("/new/file.csv", Say(308, headers={"Location": "https://files.agency.example/file-2.csv"}))
    agency.says("/file-2.csv", Say(body=BODY))
    reply = ask(agency, tmp_path)
    assert (reply.trouble, reply.final_url) == (None, "https://files.agency.example/file-2.csv")
    assert agency.asked[2][1]["host"] == "files.agency.example"


def test_validators_go_only_to_the_address_that_gave_them(agency, tmp_path):
    agency.says("/file.csv", Say(302, headers={"Location": "/new.csv"}))
    agency.says("/new.csv", Say(304))
    reply = ask(agency, tmp_path, validators=Validators(f"{SITE}/new.csv", '"x"'))
    assert "if-none-match" not in agency.asked[0][1] and agency.asked[1][1]["if-none-match"] == '"x"'
    assert (reply.status, reply.trouble) == (304, None)


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("https://downloads.example.net/file.csv", "none of the source's domains"),
        ("https://www.agency.example.evil.net/file.csv", "none of the source's domains"),
        ("https://www.agency.example@evil.net/file.csv", "none of the source's domains"),
        ("//evil.net/file.csv", "none of the source's domains"),
        ("http://10.0.0.1/", "private network"),
        ("https://127.0.0.1/x", "private network"),
        ("https://169.254.169.254/latest/meta-data/", "private network"),
        ("https://[::1]/x", "private network"),
        ("https://[::ffff:10.0.0.1]/x", "private network"),
        ("https://localhost/x", "private network"),
        ("http://www.agency.example/file.csv", "not plain https"),
        ("https://www.agency.example:8443/file.csv", "not plain https"),
        ("https://user@www.agency.example/file.csv", "not plain https"),
        ("ftp://www.agency.example/file.csv", "not plain https"),
        ("https://[broken/file.csv", "no address"),
    ],
)
def test_a_redirect_elsewhere_is_refused_without_being_asked(agency, tmp_path, location, said):
    agency.says("/file.csv", Say(302, headers={"Location": location}))
    reply = ask(agency, tmp_path)
    assert reply.trouble == "redirect_refused" and said in reply.message, reply.message
    assert agency.paths == ["/file.csv"]


def test_the_sandboxs_own_address_is_as_private_as_any(agency, tmp_path):
    agency.says("/file.csv", Say(302, headers={"Location": f"{agency.address}/inner"}))
    assert ask(agency, tmp_path).trouble == "redirect_refused"


def test_a_private_address_that_the_source_names_is_allowed(agency, tmp_path):
    agency.says("/file.csv", Say(302, headers={"Location": "https://10.0.0.1/file.csv"}), Say(body=BODY))
    with AgencySession(["www.agency.example", "10.0.0.1"], agency=agency.address, limits=QUICK) as session:
        assert session.get(URL, tmp_path, 100).trouble is None


def test_redirects_in_a_circle_are_refused(agency, tmp_path):
    agency.says("/file.csv", Say(302, headers={"Location": "/file.csv"}))
    reply = ask(agency, tmp_path)
    assert reply.trouble == "redirect_refused" and "more than 5" in reply.message
    assert len(agency.asked) == 6


def test_a_redirects_own_body_is_not_read(agency, tmp_path):
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join([packer.compress(b"0" * (1 << 20)) for _ in range(64)] + [packer.flush()])
    agency.says("/file.csv", Say(302, bomb, {"Location": "/new.csv", "Content-Encoding": "gzip"}))
    agency.says("/new.csv", Say(body=BODY))
    tracemalloc.start()
    assert ask(agency, tmp_path).trouble is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_redirect_to_nowhere_is_an_error(agency, tmp_path):
    agency.says("/file.csv", Say(302))
    assert ask(agency, tmp_path).trouble == "http_error"


@pytest.mark.parametrize(
    "inner", ["10.1.2.3", "127.0.0.1", "169.254.1.1", "192.168.0.7", "fd00::1", "::1", "100.64.0.1"]
)
def test_a_live_name_that_resolves_into_a_private_network_is_refused_before_any_request(tmp_path, monkeypatch, inner):
    monkeypatch.setattr("requests.utils.get_environ_proxies", lambda url: {})
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["8.8.8.8", inner]

    with AgencySession(["www.agency.example"], agency="", limits=QUICK, resolve=resolve) as session:
        monkeypatch.setattr(session._session, "get", lambda *_, **__: pytest.fail("a request went out"))
        reply = session.get(URL, tmp_path, 100)
    assert asked == ["www.agency.example"]
    assert reply.trouble == "redirect_refused" and inner in reply.message


def test_a_live_name_that_nobody_knows_is_unreachable(tmp_path, monkeypatch):
    monkeypatch.setattr("requests.utils.get_environ_proxies", lambda url: {})

    def resolve(host: str) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with AgencySession(["www.agency.example"], agency="", limits=QUICK, resolve=resolve) as session:
        assert session.get(URL, tmp_path, 100).trouble == "unreachable"


def test_the_live_agencies_are_asked_over_verified_tls_without_netrc_and_with_pauses(tmp_path, monkeypatch):
    monkeypatch.setattr("requests.utils.get_environ_proxies", lambda url: {})
    slept: list[float] = []
    limits = Limits(pause_seconds=1.5)
    resolve = {"www.agency.example": ["8.8.8.8"]}.__getitem__
    with AgencySession(
        ["www.agency.example"], agency="", limits=limits, sleep=slept.append, resolve=resolve
    ) as session:
        assert session._session.verify is True and session._session.auth is not None
        monkeypatch.setattr(session._session, "get", _no_network)
        for _ in range(3):
            assert session.get(URL, tmp_path, 100).trouble == "unreachable"
    assert slept == [1.5, 1.5, 1.5]  # robots.txt, and then the file three times


def _no_network(url: str, **_: object) -> None:
    import requests

    assert url in (URL, f"{SITE}/robots.txt")
    raise requests.ConnectionError("no network in this test")


def test_a_dry_question_reads_no_body(agency, tmp_path):
    agency.says("/file.csv", Say(body=BODY))
    reply = ask(agency, tmp_path, with_body=False)
    assert (reply.trouble, reply.body, reply.size) == (None, None, len(BODY))
    assert list(tmp_path.iterdir()) == []
