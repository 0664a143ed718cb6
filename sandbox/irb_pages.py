"""The sample's pages on claims by irregular border crossers, laid out from a small table as the IRB lays out its own.

Structure is the agency's (https://irb-cisr.gc.ca/en/statistics/Pages/irregular-border-crossers-countries.aspx): one table
with a head of two rows, its period in the caption, footnotes beside labels, zero-width blanks where an editor left them.
Earlier vintages are copies saved from an archive (MHTML), whose toolbar is the first table; the newest is the live page.
The words around the table are this project's.
"""

from __future__ import annotations

import quopri
from collections.abc import Iterator
from html import escape

from sandbox import tables
from sandbox.folder import LaidOutFile

SOURCE = "irb_irregular_claims"
ADDRESS = "https://irb-cisr.gc.ca/en/statistics/Pages/irregular-border-crossers-countries.aspx"
NAME = "irregular-border-crossers-countries"
LIVE = "2023-11-27"
OUTCOMES = ("accepted", "rejected", "abandoned", "withdrawn_other", "finalized")
HEADS = ("Accepted", "Rejected", "Abandoned", "Withdrawn &amp; Other", "Total")
MONTHS = {"March": "03", "June": "06", "September": "09", "December": "12"}
# Where an editor of the page left a zero-width blank in a figure or a label.
ZERO_WIDTH = "\u200b"
BOUNDARY = "----MultipartBoundary--roxhamsample----"
TOOLBAR = "<table><tr><td>Aug</td><td>SEP</td><td>Oct</td></tr><tr><td></td><td>15</td><td></td></tr></table>"

Row = dict[str, str]


def pages() -> Iterator[LaidOutFile]:
    """Every vintage of the sample in order of publication: saved copies, then the live page."""
    rows = tables.rows("irb_claims")
    for published in dict.fromkeys(row["published"] for row in rows):
        own = [row for row in rows if row["published"] == published]
        covers_to = _covers_to(own[0]["period_to"])
        live = published == LIVE
        page = render(own, "" if live else TOOLBAR)
        yield LaidOutFile(
            source=SOURCE,
            vintage=published,
            file_name=f"{NAME}.html" if live else f"{NAME}-{covers_to}.mht",
            agency_url=ADDRESS,
            published=published,
            precision="day",
            covers_to=covers_to,
            body=page.encode() if live else saved_copy(page, f"{ADDRESS}?copy={covers_to}"),
            note="figures cumulative since 2017",
        )


def _covers_to(period_to: str) -> str:
    month, year = period_to.split()
    return f"{year}-{MONTHS[month]}"


def render(rows: list[Row], before: str = "") -> str:
    """The page of one period as HTML text; ``before`` is what an archive puts in front of it."""
    first = rows[0]
    caption = (
        "Refugee Protection Claims Made by Irregular Border Crossers - Top 10 Countries of Alleged Persecution "
        f"({first['period_from']} to {first['period_to'].replace(' ', f'{ZERO_WIDTH}&#160;')}{ZERO_WIDTH}){ZERO_WIDTH}"
    )
    heads = "".join(f'<th class="text-center" scope="col">{head}</th>' for head in HEADS)
    body = "\n".join(_row(row) for row in rows)
    return f"""<!DOCTYPE html>
<!-- ROXHAM SAMPLE: laid out by Roxham from published figures; not a copy of the agency's page. -->
<html lang="en">
<head>
<meta charset="utf-8">
<title>Refugee Protection Claims Made by Irregular Border Crossers</title>
<meta name="generator" content="roxham-sample">
<meta name="dcterms.issued" title="W3CDTF" content="2017-11-22">
<meta name="dcterms.modified" title="W3CDTF" content="{first["published"]}">
</head>
<body>
{before}<main class="container">
<h1>Refugee Protection Claims Made by Irregular Border Crossers</h1>
<table class="table table-bordered">
<caption class="bg-primary">{caption}</caption>
<thead>
<tr><td rowspan="2">&#160;<br></td><th rowspan="2" scope="col">{ZERO_WIDTH}Intake</th>\
<th colspan="5" scope="colgroup">Finalized</th><th rowspan="2" scope="col">Pending</th></tr>
<tr>{heads}</tr>
</thead>
<tbody>
{body}
</tbody>
</table>
<p>Values over 0 and under 20 are replaced with the notation "--"; parts may not sum to the total indicated.</p>
<dl><dt>Date modified:</dt><dd><time property="dateModified">{first["published"]}</time></dd></dl>
</main>
</body>
</html>
"""


def _row(row: Row) -> str:
    label = escape(row["country"])
    if label.startswith("Total"):
        label += '<sup id="fn1-rf"><a href="#fn1"><span class="wb-inv">Footnote </span>1</a></sup>'
    values = "".join(f"<td>{_figure(row, column)}</td>" for column in ("intake", *OUTCOMES, "pending"))
    return f"<tr><td>{label}</td>{values}</tr>"


def _figure(row: Row, column: str) -> str:
    if not row[column].isdigit():
        return f"{ZERO_WIDTH}{row[column]}"
    printed = f"{int(row[column]):,}"
    # One figure of each page carries the blank in its middle.
    blank = row["country"].startswith("Total") and column == "rejected"
    return printed.replace(",", f",{ZERO_WIDTH}") if blank else printed


def saved_copy(page: str, address: str) -> bytes:
    """The page as a browser saves it from an archive: MHTML, with a frame that is another HTML page before it."""
    frame = "<html><body><table><caption>Donations</caption><tr><td>1</td></tr></table></body></html>"
    parts = [_part(frame, "https://archive.example/frame"), _part(page, address)]
    head = (
        "From: <Saved by Blink>\r\n"
        f"Snapshot-Content-Location: {address}\r\n"
        "Subject: Refugee Protection Claims Made by Irregular Border Crossers (ROXHAM SAMPLE)\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="{BOUNDARY}"\r\n\r\n'
    )
    return head.encode() + b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def _part(page: str, address: str) -> bytes:
    head = (
        f"--{BOUNDARY}\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        f"Content-Location: {address}\r\n\r\n"
    )
    encoded = quopri.encodestring(page.encode()).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return head.encode() + encoded + b"\r\n"
