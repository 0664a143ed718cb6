"""Small releases of our own writing, laid out as the agencies lay theirs out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.core.home import Home
from ingest.core.records import Attempt
from tests.support.folders import IRCC

NIGHT = dt.datetime(2024, 5, 1, 6, tzinfo=dt.UTC)
MONTHS = ("Jan", "Feb", "March", "April", "May", "June", "July", "August", "Sept", "Oct", "Nov", "Dec")
OTHER_CAPTIONS = (
    "Air Ports of Entry",
    "Land Ports of Entry",
    "Marine Ports of Entry",
    "All Ports of Entry (Air, Land and Marine)",
    "Inland Offices",
    "Summary of Asylum Claimants processed by the Canada Border Services Agency (CBSA), January - December 2023",
    "Asylum Claimants processed by Immigration, Refugees and Citizenship Canada (IRCC), January - December 2023",
    "Total Asylum Claimants processed by the CBSA and IRCC, January - January 2024",
)
STATE_HEADER = (
    "Fiscal Year,Month Grouping,Month (abbv),Land Border Region,State,Demographic,Citizenship,Title of Authority,"
    "Encounter Count"
)
AOR_HEADER = (
    "Fiscal Year,Month Grouping,Month (abbv),Component,Land Border Region,Area of Responsibility,AOR (Abbv),"
    "Demographic,Citizenship,Title of Authority,Encounter Type,Encounter Count"
)


def table(caption: str, rows: Sequence[Sequence[str]], heads: Sequence[str] = (*MONTHS, "Total"), foot: int = 0) -> str:
    """One captioned table; the last ``foot`` rows stand in a tfoot."""
    head = "".join(f'<th scope="col">{each}</th>' for each in ("Provinces", *heads))
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    body, tail = (lines[:-foot], lines[-foot:]) if foot else (lines, [])
    footer = f"<tfoot>{''.join(tail)}</tfoot>" if tail else ""
    return f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>{footer}</table>"


def rcmp_rows(quebec: str = "10", elsewhere: str = "1", total: str = "11") -> list[list[str]]:
    """Two provinces and their total, the same figure in each month."""
    return [
        ["Quebec", *[quebec] * 12, "120"],
        ["British Columbia", *[elsewhere] * 12, "12"],
        ["Total - RCMP", *[total] * 12, "132"],
    ]


def page(
    tables: Sequence[str] | None = None, year: int = 2023, modified: str = "2024-04-22", language: str = "en",
    notice: str = "",
) -> str:  # fmt: skip
    """A whole page of a year."""
    if tables is None:
        tables = [table("RCMP Interceptions", rcmp_rows())]
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"/>'
        f'<meta name="dcterms.modified" content="{modified}"/><title>Asylum claims by year – {year}</title></head>'
        f"<body><main><h1>Asylum claims by year – {year}</h1><p>{notice}</p>{''.join(tables)}</main></body></html>"
    )


def state_line(
    count: object = 5, fiscal_year: str = "2024 (FYTD)", month: str = "OCT", state: str = "NY",
    region: str = "Northern Land Border", demographic: str = "Single Adults", citizenship: str = "CANADA",
    authority: str = "Title 8", grouping: str = "FYTD",
) -> str:  # fmt: skip
    """One line of the -state cut."""
    named = f'"{citizenship}"' if "," in citizenship else citizenship
    return f"{fiscal_year},{grouping},{month},{region},{state},{demographic},{named},{authority},{count}"


def csv_file(*lines: str, header: str = STATE_HEADER) -> str:
    """A CSV with the agency's line ends."""
    return "\r\n".join((header, *lines)) + "\r\n"


def archived(home: Home, text: str, night: int, name: str = "asylum-claims-2023.html") -> None:
    """A page of IRCC's that came in on that night, counted from the first."""
    with Manifest(home.manifest) as manifest:
        manifest.record_attempt(
            Attempt(
                source_id=IRCC, resource_id="year_page", url=f"https://www.canada.ca/{name}", outcome="archived",
                retrieved_at=NIGHT + dt.timedelta(days=night), sha256=Archive(home).put(text.encode()), bytes=len(text),
                file_name=name, sniffed_type="html",
            )
        )  # fmt: skip
