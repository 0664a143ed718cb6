"""What kind of bytes: by looking at them, never by their name."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from ingest.agency.sniff import MAX_MEMBERS, sniff, sniff_file, zip_trouble
from tests.support.real_releases import RELEASES


def container(path: Path, members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", how) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"\xef\xbb\xbf \r\n", "empty"),
        (b"Fiscal Year,State\r\n2024,NY\r\n", "csv"),
        (b'\xef\xbb\xbf"Citizenship","Count"\n"CHINA, PEOPLES REPUBLIC OF","1"\n', "csv"),
        (b"A title of the table\n\nYear,Month,Count\n2024,1,5\n", "csv"),
        (b"Fiscal Year,Month Grouping,Encounter Count\r\n", "csv"),
        ("FR_ANNEÉ\tMOIS\n2024\tjanv.\n".encode(), "tsv"),
        (b"<!DOCTYPE html>\n<html lang='en'>", "html"),
        (b"\n  <HTML><body>Access denied", "html"),
        (b"<!-- saved from somewhere -->\n<html>", "html"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html>', "html"),
        (b'<?xml version="1.0"?><error>no</error>', "xml"),
        (b"Service unavailable, please try again later.\n", "text"),
        (b"Dear user, the service is closed\nSee you soon\n", "text"),
        (b'{"error": "not, found"}', "json"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04 no spreadsheet at all", "zip"),
        (b"\x00\x01\x02\x03", "binary"),
        (bytes(range(1, 32)) * 10, "binary"),
        (b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n", "mhtml"),
    ],
)
def test_bytes_are_known_by_their_looks(head, kind):
    assert sniff(head) == kind


def test_spreadsheets_are_told_from_other_containers(tmp_path):
    xlsx = container(tmp_path / "a", {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    ods = container(tmp_path / "b", {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, zipfile.ZIP_STORED)
    other = container(tmp_path / "c", {"readme.txt": b"hello"})
    assert [sniff_file(path) for path in (xlsx, ods, other)] == ["xlsx", "ods", "zip"]


def test_an_honest_container_may_be_opened(tmp_path):
    path = container(tmp_path / "a.xlsx", {"xl/sheet1.xml": b"<c>1</c>" * 1000})
    assert zip_trouble(path, 1_000_000) is None


def test_a_container_that_unpacks_to_too_much_is_refused(tmp_path):
    path = container(tmp_path / "a.xlsx", {"xl/1.xml": b"ab" * 300_000, "xl/2.xml": b"ab" * 300_000})
    assert zip_trouble(path, 1_000_000) == (
        "too_large",
        "the container unpacks to 1,200,000 bytes, the limit is 1,000,000",
    )


def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path):
    path = container(tmp_path / "a.xlsx", {"xl/sheet1.xml": b"\x00" * (8 << 20)})
    outcome, message = zip_trouble(path, 1 << 30)
    assert outcome == "too_large" and "times its size" in message


def test_a_container_of_thousands_of_members_is_refused(tmp_path):
    path = container(tmp_path / "a.xlsx", {f"xl/{number}": b"" for number in range(MAX_MEMBERS + 1)})
    assert zip_trouble(path, 1 << 30)[0] == "too_large"


def test_a_bomb_that_lies_about_its_size_does_not_get_through(tmp_path):
    raw = bytearray(container(tmp_path / "a.xlsx", {"xl/sheet1.xml": b"\x00" * (8 << 20)}).read_bytes())
    real, claimed = struct.pack("<L", 8 << 20), struct.pack("<L", 100)
    assert raw.count(real) == 2
    liar = tmp_path / "liar.xlsx"
    liar.write_bytes(raw.replace(real, claimed))
    assert zip_trouble(liar, 1 << 30)[0] == "truncated"


def test_a_cut_off_container_is_damaged(tmp_path):
    whole = container(tmp_path / "a.xlsx", {"xl/sheet1.xml": b"<c>1</c>" * 1000}).read_bytes()
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(whole[: len(whole) // 2])
    assert zip_trouble(cut, 1 << 30)[0] == "truncated"


def test_a_container_with_a_flipped_byte_is_damaged(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        file.writestr("xl/sheet1.xml", b"<c>12345</c>")
    damaged = tmp_path / "a.xlsx"
    damaged.write_bytes(buffer.getvalue().replace(b"12345", b"12346", 1))
    assert zip_trouble(damaged, 1 << 30)[0] == "truncated"


@pytest.mark.real
def test_every_real_release_looks_like_what_its_name_says():
    kinds = {".csv": {"csv"}, ".html": {"html"}, ".xlsx": {"xlsx"}, ".ods": {"ods"}, ".pdf": {"pdf"}, ".mht": {"mhtml"}}
    files = [path for path in sorted(RELEASES.glob("*/*/*")) if path.suffix in kinds and path.parent.name != "bad"]
    assert len(files) > 50
    assert [path.name for path in files if sniff_file(path) not in kinds[path.suffix]] == []


@pytest.mark.real
def test_every_real_spreadsheet_may_be_opened():
    files = [path for path in sorted(RELEASES.glob("*/*/*")) if path.suffix in (".xlsx", ".ods")]
    assert files and [path.name for path in files if zip_trouble(path, 400_000_000)] == []
