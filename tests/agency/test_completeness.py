"""A document is whole when it says so itself; every real file does."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from ingest.agency.completeness import cut_off, document_trouble
from ingest.agency.sniff import sniff_file
from ingest.core.home import Home
from tests.agency.test_unreadable_answers import CSV, files, poll
from tests.support.real_releases import FOLDERS, RELEASES

REAL = FOLDERS
MIME = (
    b'From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\tboundary="----part"\r\n\r\n'
    b"------part\r\nContent-Type: text/html\r\n\r\n<html></html>\r\n------part--\r\n"
)
WHOLE = {
    "a.csv": b"a,b\r\n1,2\r\n", "b.csv": b"a,b\n1,2\n\n", "c.csv": b'a,b\n"x","2"\nhttps://www150.statcan.gc.ca/t1/tbl1/tv?pid=2',
    "d.csv": "\ufeffa,b\n1,2\n".encode("utf-16-le"), "a.html": b"<html><body>5</body></HTML >\n<!-- saved -->",
    "a.pdf": b"%PDF-1.7\n...\nstartxref\n116\r\n%%EOF\r\n", "a.json": b'{"a": [1]}\n', "a.mht": MIME,
}  # fmt: skip
CUT = {
    "a.csv": b"a,b\r\n1,2\r\n3,50", "b.csv": b"a,b\n1,2\n2023", "c.csv": b'a,b\n"x","2"\n"Footnote',
    "d.csv": "\ufeffa,b\n1,2\n50".encode("utf-16-le"), "a.html": b"<html><body><td>4,9",
    "a.pdf": b"%PDF-1.7\n...\nendstream\nendobj\n", "a.json": b'{"a": [1', "a.mht": MIME.removesuffix(b"------part--\r\n"),
    "b.mht": MIME.replace(b"boundary=", b"b="),
}  # fmt: skip
KINDS = {".csv": "csv", ".html": "html", ".pdf": "pdf", ".json": "json", ".mht": "mhtml"}


def said_of(folder: Path, name: str, content: bytes) -> str | None:
    path = folder / name
    path.write_bytes(content)
    return cut_off(path, KINDS[path.suffix])


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_document_is_whole(tmp_path: Path, name: str) -> None:
    assert said_of(tmp_path, name, WHOLE[name]) is None


@pytest.mark.parametrize("name", CUT)
def test_a_document_that_ends_too_early_is_cut_off(tmp_path: Path, name: str) -> None:
    assert said_of(tmp_path, name, CUT[name])


@pytest.mark.real
def test_every_real_file_is_whole() -> None:
    """117 files of fifteen sources: a rule that cries over one of them would refuse a release."""
    looked_at = 0
    for base in REAL:
        with (base / "releases.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                path = base / row["file"]
                assert document_trouble(path, sniff_file(path), 1 << 32) is None, path
                looked_at += 1
    assert looked_at >= 100


@pytest.mark.real
@pytest.mark.parametrize("cut", [4, 44 * 60, 200_000])
def test_a_real_file_that_comes_short_in_the_middle_of_a_line_is_cut_off(tmp_path: Path, cut: int) -> None:
    """A file of CBP's 44 rows short, ending in mid-line, was accepted."""
    source = next((RELEASES / "cbp_nationwide_encounters").rglob("*-state.csv")).read_bytes()
    short = source[:-cut].rstrip(b"\r\n")
    assert said_of(tmp_path, "short.csv", short) == "its last line does not end"
    page = next((RELEASES / "ircc_rcmp_interceptions").rglob("*.html")).read_bytes()
    assert said_of(tmp_path, "short.html", page[: page.rindex(b"</html")])


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_cut_off_is_truncated_whether_its_length_was_told_or_not(
    home: Home, version: bytes, announced: bool
) -> None:
    """An answer of HTTP/1.0 without length, four bytes short: 504 became 5, and was published."""
    short = CSV.replace(b",5\r\n", b",5")
    length = b"Content-Length: %d\r\n" % len(short) if announced else b""
    said = b"HTTP/" + version + b" 200 OK\r\nConnection: close\r\n" + length + b"\r\n" + short
    (attempt,) = poll(home, said, *files("a.csv")).attempts
    assert (attempt.outcome, attempt.message) == ("truncated", "the document is cut off: its last line does not end")
    assert attempt.sha256  # kept for a person to look at


def test_a_whole_body_without_length_is_taken_in(home: Home) -> None:
    (attempt,) = poll(home, b"HTTP/1.0 200 OK\r\n\r\n" + CSV, *files("a.csv")).attempts
    assert attempt.outcome == "archived"
