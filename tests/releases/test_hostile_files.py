"""Files made to hang or kill their reader: quarantined by name, and the next file goes on."""

from __future__ import annotations

import pytest

from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.source import load_sources
from ingest.core.clock import FixedClock
from ingest.core.confined import Limits
from ingest.core.home import Home
from ingest.core.records import Attempt
from ingest.releases import reading
from ingest.releases.intake import KILLED_CHECK, ReleaseOutcome, process_release
from monitoring.evaluate import evaluate_source
from sandbox.workbook import workbook
from tests.support.folders import IRCC
from tests.support.pages import NIGHT, page, rcmp_rows, table
from tests.support.real_releases import RELEASES

SHARED = RELEASES.parent / "hostile"
IRB, SECTORS, FRONTEX = "irb_irregular_claims", "usbp_sector_monthly", "frontex_detections"
# Each object is the other: who looks for the catalogue never arrives.
REFERENCES_IN_A_RING = (
    b"%PDF-1.7\n1 0 obj\n2 0 R\nendobj\n2 0 obj\n1 0 R\nendobj\nxref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n"
    b"0000000030 00000 n \ntrailer\n<< /Size 3 /Root 1 0 R  >>\nstartxref\n51\n%%EOF\n"
)
QUICK = Limits(cpu_seconds=4, wall_seconds=600)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LIMITS", QUICK)
    reading.forget_killed()


def nested_copy(depth: int) -> bytes:
    """A saved copy in a saved copy in a saved copy …"""
    parts = b"".join(
        b'Content-Type: multipart/related; boundary="b%d"\r\n\r\n--b%d\r\n' % (each, each) for each in range(depth)
    )
    return b"MIME-Version: 1.0\r\nFrom: <Saved by Blink>\r\n" + parts + b"Content-Type: text/html\r\n\r\n<p>x</p>\r\n"


def footnotes(count: int) -> str:
    """The page of IRCC with one cell of so many footnote marks."""
    quebec, *others = rcmp_rows()
    quebec[1] += "".join(f'<sup><a href="#f{each}">{each}</a></sup>' for each in range(count))
    return page([table("RCMP Interceptions", [quebec, *others])])


def came(home: Home, source: str, name: str, content: bytes, night: int = 0) -> None:
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(
            Attempt(
                source_id=source, resource_id="r", url=f"https://agency.example/{name}", outcome="archived",
                retrieved_at=NIGHT.replace(day=1 + night), sha256=Archive(home).put(content), bytes=len(content),
                file_name=name,
            )
        )  # fmt: skip


def taken_in(home: Home, source: str) -> list[ReleaseOutcome]:
    return process_release(home, load_sources()[source], lambda *_: [])


@pytest.mark.parametrize(
    ("source", "name", "content", "said"),
    [
        (SECTORS, "monthly.pdf", REFERENCES_IN_A_RING, "more than 4 s of the processor"),
        (IRB, "countries.mht", nested_copy(1500), "nests deeper than can be read"),
    ],
)
def test_a_file_that_would_kill_its_reader_is_quarantined_by_name_with_one_alert(
    home: Home, source: str, name: str, content: bytes, said: str
) -> None:
    """A PDF of 173 bytes once kept a parser busy for good; nested copies ended the whole run with a RecursionError."""
    came(home, source, name, content)
    [outcome] = taken_in(home, source)
    assert outcome.release.state == "quarantined"
    [failed] = outcome.failed_checks
    assert (failed.check, failed.about, failed.overridable) == (KILLED_CHECK, "structure", False)
    assert said in (failed.observed or "")
    [alert] = evaluate_source(home, source, FixedClock(NIGHT))
    assert alert.finding.alert == "structure_changed" and name in alert.finding.what


def test_the_file_after_a_hostile_one_is_taken_in(home: Home) -> None:
    came(home, IRB, "countries.mht", nested_copy(1500))
    came(home, IRCC, "asylum-claims-2023.html", page().encode())
    came(home, IRB, "other.html", b"<p>no page of theirs</p>", night=1)
    assert [each.release.state for each in taken_in(home, IRB)] == ["quarantined", "quarantined"]
    [after] = taken_in(home, IRCC)
    assert after.release.state == "accepted", after.failed_checks


def test_a_far_cell_is_refused_before_anybody_makes_room_for_it(home: Home) -> None:
    """One cell at XFD1048576: the reader asked for 549 GB, and the process was aborted."""
    far = workbook("Data", [["Year", 1]]).replace(b'r="B1"', b'r="XFD1048576"')
    assert b"XFD1048576" in far
    came(home, FRONTEX, "Monthly_detections_of_IBC.xlsx", repacked(far))
    [outcome] = taken_in(home, FRONTEX)
    [failed] = outcome.failed_checks
    assert failed.check == "structure" and "reaches to XFD1048576" in (failed.observed or "")


def repacked(content: bytes) -> bytes:
    """The container with checksums that fit its members again."""
    import io
    import zipfile

    out, broken = io.BytesIO(), zipfile.ZipFile(io.BytesIO(content.replace(b'r="XFD1048576"', b'r="B1"')))
    with zipfile.ZipFile(out, "w") as container:
        for name in broken.namelist():
            container.writestr(name, broken.read(name).replace(b'r="B1"', b'r="XFD1048576"'))
    return out.getvalue()


def test_a_cell_of_many_footnotes_is_read_in_a_time_that_grows_with_it(home: Home) -> None:
    """20,000 marks in 0.3 MB took 26 to 50 seconds: each was looked for among all others."""
    came(home, IRCC, "asylum-claims-2023.html", footnotes(20_000).encode())
    [outcome] = taken_in(home, IRCC)
    assert outcome.release.state == "accepted"


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "name"),
    [(path.parent.name, path.name) for path in sorted(SHARED.glob("*/*")) if path.parent.name != IRCC],
)
def test_files_that_once_broke_a_reader_are_refused(home: Home, source: str, name: str) -> None:
    came(home, source, name, (SHARED / source / name).read_bytes())
    [outcome] = taken_in(home, source)
    assert outcome.release.state == "quarantined"
    assert {each.check for each in outcome.failed_checks} <= {KILLED_CHECK, "structure"}
