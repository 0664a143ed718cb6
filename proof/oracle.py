"""The oracle: what a file prints, by meaning, read without any of the parsers' code, and what a mutation changed of it.

A figure is known by its place, month, year and breakdown, each as printed. Two files say the same when they print the same
figures; where they differ, the difference is material, whatever the mutation was meant to be.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from proof.books import Book, Grid, HtmlBook, UnreadableError, open_book

At = tuple[int, int, int]
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NOTHING_SEEN = re.compile(r"[\s​‌⁠﻿ ]+")


@dataclasses.dataclass(frozen=True)
class Figure:
    """One printed cell by meaning, and where it and its labels stand (grid, row, column)."""

    key: tuple[str, ...]
    value: str
    at: At
    place: str = ""
    place_at: At | None = None
    year: str = ""
    year_at: At | None = None
    month: int = 0
    month_at: At | None = None
    total: bool = False

    @property
    def counted(self) -> int | None:
        """The value as a whole number; None for masks, dashes and blanks."""
        plain = folded(self.value)
        return int(plain) if re.fullmatch(r"\d{1,15}", plain) and plain.isascii() else None

    @property
    def period(self) -> tuple[int, int]:
        """(year, month) as far as both are printed; months of a fiscal year that starts in October come in its order."""
        return (int(self.year) if self.year.isdigit() else 0, self.month)


@dataclasses.dataclass(frozen=True)
class Difference:
    """What one file prints otherwise than another, as (key, before, after); None where it is not printed."""

    changed: tuple[tuple[tuple[str, ...], str | None, str | None], ...]
    closed: int
    unreadable: str = ""

    @property
    def subtle(self) -> bool:
        """Whether a true revision does as much: one or two cells of an open period by ten, or by a tenth."""
        return not self.unreadable and not self.closed and len(self.changed) <= 2 and all(
            _small(before, after) for _, before, after in self.changed
        )  # fmt: skip

    @property
    def material(self) -> bool:
        """Whether any printed figure differs."""
        return bool(self.changed) or bool(self.unreadable)


def _small(before: str | None, after: str | None) -> bool:
    if not all(each is None or re.fullmatch(r"[0-9]{1,15}", each) for each in (before, after)):
        return False
    was, now = int(before or 0), int(after or 0)
    return abs(now - was) <= max(10, was / 10)


def folded(text: str) -> str:
    """A value without what is only writing: blanks, thousands commas, quotes, a trailing ``.0``."""
    plain = NOTHING_SEEN.sub("", text).replace(",", "").strip('"')
    return plain[:-2] if re.fullmatch(r"\d+\.0", plain) else plain


def label(text: str) -> str:
    """A label on one line."""
    return NOTHING_SEEN.sub(" ", text).strip()


def month_of(text: str) -> int:
    """The month that a label names, 0 for none."""
    found = re.search(r"[A-Za-z]{3,}", text)
    return MONTH_NAMES.index(found[0][:3].lower()) + 1 if found and found[0][:3].lower() in MONTH_NAMES else 0


def year_of(text: str) -> str:
    """The year that a label names: of four digits, or of two after a month (``Oct-25``)."""
    found = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    if found:
        return found[0]
    short = re.search(r"[A-Za-z]{3,}-(\d\d)$", text.strip())
    return f"20{short[1]}" if short else ""


Reader = Callable[[Book], Iterator[Figure]]


def _long(
    book: Book, *, year: str, month: str, value: str, place: str, ignored: Sequence[str] = (), only: str | None = None
) -> Iterator[Figure]:
    """A table with a row a figure: every column but the value and the ignored ones belongs to its key."""
    for number, grid in enumerate(book.grids):
        if only and not re.search(only, grid.name):
            continue
        top = _head_row(grid, (year, value))
        if top is None:
            continue
        heads = [label(cell.text) for cell in grid.lines[top].cells]
        columns = {head: at for at, head in enumerate(heads)}
        keys = [at for at, head in enumerate(heads) if head and head != value and head not in ignored]
        placed = next((columns[each] for each in place.split("|") if each in columns), None)
        for row in range(top + 1, len(grid.lines)):
            printed = grid.text(row, columns[value])
            if not any(cell.text for cell in grid.lines[row].cells):
                continue
            months = columns.get(month)
            yield Figure(
                key=(grid.name, *(f"{heads[at]}={label(grid.text(row, at))}" for at in keys)),
                value=printed,
                at=(number, row, columns[value]),
                place="" if placed is None else label(grid.text(row, placed)),
                place_at=None if placed is None else (number, row, placed),
                year=folded(grid.text(row, columns[year])),
                year_at=(number, row, columns[year]),
                month=0 if months is None else _month(grid.text(row, months)),
                month_at=None if months is None else (number, row, months),
                total=any(re.fullmatch(r"%?(all|total)%?", grid.text(row, at), re.IGNORECASE) for at in keys),
            )


def _month(text: str) -> int:
    return month_of(text) or (int(text) if re.fullmatch(r"\d{1,2}", text) else 0)


def _head_row(grid: Grid, wanted: Sequence[str]) -> int | None:
    for row in range(min(12, len(grid.lines))):
        heads = [label(cell.text) for cell in grid.lines[row].cells]
        if all(each in heads for each in wanted):
            return row
    return None


def _wide(
    number: int, grid: Grid, *, top: int, labels: int, heads: Sequence[Sequence[int]], year: str = "",
    name: str | None = None, bottom: int | None = None, carry: bool = False, place_column: int = 0,
) -> Iterator[Figure]:  # fmt: skip
    """A table with months across: ``heads`` are rows of heads, each with the flag whether it is carried to the right."""
    above = [
        _carried(grid, row) if carried else [cell.text for cell in grid.lines[row].cells] for row, carried in heads
    ]
    group: list[str] = [""] * labels
    for row in range(top, len(grid.lines) if bottom is None else bottom):
        own = [label(grid.text(row, at)) for at in range(labels)]
        if not any(label(cell.text) for cell in grid.lines[row].cells[labels:]):
            continue
        group = [mine or (before if carry else "") for mine, before in zip(own, group, strict=True)]
        for column in range(labels, len(grid.lines[row].cells)):
            over = [label(each[column]) if column < len(each) else "" for each in above]
            month_row = next((at for at, text in enumerate(over) if month_of(text)), None)
            said = " ".join(over)
            if not over or not said.strip():
                continue
            yield Figure(
                key=(grid.name if name is None else name, year, *group, *over),
                value=grid.text(row, column),
                at=(number, row, column),
                place=own[place_column] or group[place_column],
                place_at=(number, row, place_column),
                year=year or year_of(said),
                year_at=(number, heads[0][0], column),
                month=0 if month_row is None else month_of(over[month_row]),
                month_at=None if month_row is None else (number, heads[month_row][0], column),
                total=bool(re.search("total", f"{said} {' '.join(own)}", re.IGNORECASE)),
            )


def _carried(grid: Grid, row: int) -> list[str]:
    texts, last = [], ""
    width = max((len(line.cells) for line in grid.lines), default=0)
    for column in range(width):
        last = grid.text(row, column) or last
        texts.append(last)
    return texts


def _rcmp(book: Book) -> Iterator[Figure]:
    assert isinstance(book, HtmlBook)
    headings = " ".join(each.get_text(" ") for each in book.soup.find_all(["h1", "title"]))
    year = year_of(headings)
    for number, grid in enumerate(book.grids):
        if grid.caption is not None and len(grid.lines) > 1:
            yield from _wide(
                number, grid, top=1, labels=1, heads=[(0, False)], year=year, name=label(grid.caption.text)
            )


def _usbp_page(book: Book) -> Iterator[Figure]:
    for number, grid in enumerate(book.grids):
        if grid.lines and label(grid.text(0, 0)).casefold() == "monthly totals":
            group = ""
            for figure in _wide(number, grid, top=1, labels=1, heads=[(0, False)]):
                if "total" in figure.place.casefold():
                    group = figure.place
                yield dataclasses.replace(figure, key=(group, *figure.key))


def _irb(book: Book) -> Iterator[Figure]:
    for number, grid in enumerate(book.grids):
        said = label(grid.caption.text) if grid.caption else ""
        if not re.search("irregular border crossers", said, re.IGNORECASE) or len(grid.lines) < 3:
            continue
        names = [label(cell.text) for line in grid.lines[:2] for cell in line.cells if label(cell.text)]
        for row in range(2, len(grid.lines)):
            for column in range(1, len(grid.lines[row].cells)):
                yield Figure(
                    key=(said, "|".join(names), label(grid.text(row, 0)), str(column)),
                    value=grid.text(row, column),
                    at=(number, row, column),
                    place=label(grid.text(row, 0)),
                    place_at=(number, row, 0),
                    year=year_of(said.rpartition(" to ")[2]),
                    total="total" in grid.text(row, 0).casefold(),
                )


def _uk_page(book: Book) -> Iterator[Figure]:
    for number, grid in enumerate(book.grids):
        if not grid.lines or label(grid.text(0, 0)) != "Date":
            continue
        heads = [label(cell.text) for cell in grid.lines[0].cells]
        for row in range(1, len(grid.lines)):
            day = label(grid.text(row, 0))
            for column in range(1, len(grid.lines[row].cells)):
                if column < len(heads) and heads[column] != "Notes":
                    yield Figure(
                        (day, heads[column]), grid.text(row, column), (number, row, column), heads[column],
                        (number, 0, column), year_of(day), (number, row, 0), month_of(day), (number, row, 0),
                    )  # fmt: skip


def _uk_series(book: Book) -> Iterator[Figure]:
    for number, grid in enumerate(book.grids):
        top = next((row for row in range(min(6, len(grid.lines)))
                    if label(grid.text(row, 0)) in ("Date", "Week ending")), None)  # fmt: skip
        if top is None:
            continue
        heads = [label(cell.text) for cell in grid.lines[top].cells]
        for row in range(top + 1, len(grid.lines)):
            day = grid.text(row, 0)
            for column in range(1, len(heads)):
                if day and heads[column] and heads[column] != "Notes":
                    yield Figure(
                        (grid.name, day, heads[column]), grid.text(row, column), (number, row, column), heads[column],
                        (number, top, column), day[:4], (number, row, 0), int(day[5:7]) if day[5:7].isdigit() else 0,
                        (number, row, 0),
                    )  # fmt: skip


def _claimants(book: Book) -> Iterator[Figure]:
    for number, grid in enumerate(book.grids):
        years = next((row for row in range(min(8, len(grid.lines))) if year_of(grid.text(row, 2))), None)
        if years is None:
            continue
        top = years + 1
        while top < len(grid.lines) and not re.search(r"\d|--", grid.text(top, 3).replace("Q", "").replace("1", "")):
            top += 1
            if top - years > 3:
                break
        below = [(row, False) for row in range(years + 1, top)]
        bottom = next((row for row in range(top, len(grid.lines)) if _ends(grid, row)), len(grid.lines))
        yield from _blocks(number, grid, top, [(years, True), *below], bottom)


def _ends(grid: Grid, row: int) -> bool:
    return not any(re.search(r"\d|--", cell.text) for cell in grid.lines[row].cells[2:])


def _blocks(number: int, grid: Grid, top: int, heads: list[tuple[int, bool]], bottom: int) -> Iterator[Figure]:
    """Rows in blocks whose name stands on the block's last row."""
    rows = list(_wide(number, grid, top=top, labels=2, heads=heads, bottom=bottom, place_column=1))
    names: dict[int, str] = {}
    name = "end"
    for row in range(bottom - 1, top - 1, -1):
        name = label(grid.text(row, 0)) or name
        names[row] = name
    for figure in rows:
        row = figure.at[1]
        summed = not figure.place
        yield dataclasses.replace(
            figure,
            key=(names.get(row, ""), *figure.key),
            place=figure.place or names.get(row, ""),
            place_at=(number, row, 0 if summed else 1),
            total=figure.total or summed,
        )


def _frontex(book: Book) -> Iterator[Figure]:
    for number, grid in enumerate(book.grids):
        if grid.lines and label(grid.text(0, 0)) == "Route":
            yield from _wide(number, grid, top=1, labels=3, heads=[(0, False)], place_column=0)


def _ohss(book: Book) -> Iterator[Figure]:
    for number, grid in enumerate(book.grids):
        top = _head_row(grid, ("Fiscal Year", "Month"))
        if top is None:
            continue
        groups, heads = _carried(grid, top - 1), [cell.text for cell in grid.lines[top].cells]
        year, year_row = "", top
        for row in range(top + 1, len(grid.lines)):
            month = label(grid.text(row, 1))
            if label(grid.text(row, 0)):
                year, year_row = label(grid.text(row, 0)), row
            if not month or not any(re.search(r"\d|NA|X", cell.text) for cell in grid.lines[row].cells[2:]):
                continue
            for column in range(2, min(len(heads), len(grid.lines[row].cells))):
                if label(heads[column]):
                    yield Figure(
                        (grid.name, year, month, label(groups[column]), label(heads[column])), grid.text(row, column),
                        (number, row, column), label(heads[column]), (number, top, column), year_of(year),
                        (number, year_row, 0), month_of(month), (number, row, 1),
                        "total" in f"{month} {heads[column]}".casefold(),
                    )  # fmt: skip


def _statcan(book: Book) -> Iterator[Figure]:
    grid = book.grids[0]
    top = next(
        (row for row in range(min(30, len(grid.lines))) if re.match(r"[A-Z][a-z]+ \d{4}$", grid.text(row, 1))), None
    )
    if top is None:
        return
    bottom = next((row for row in range(top + 4, len(grid.lines)) if len(grid.lines[row].cells) < 3), len(grid.lines))
    yield from _wide(0, grid, top=top + 4, labels=1, heads=[(top, True), (top + 1, False)], bottom=bottom)


def _sectors(book: Book) -> Iterator[Figure]:
    for number, grid in enumerate(book.grids):
        yield from _wide(number, grid, top=1, labels=1, heads=[(0, False)], year=grid.name)


READERS: dict[str, Reader] = {
    "cbp_nationwide_encounters": functools.partial(
        _long, year="Fiscal Year", month="Month (abbv)", value="Encounter Count", place="State|AOR (Abbv)",
        ignored=("Month Grouping", "Fiscal Year"),
    ),
    "cbp_southwest_encounters": functools.partial(
        _long, year="Fiscal Year", month="Month (abbv)", value="Encounter Count", place="Citizenship Grouping",
        ignored=("Month Grouping", "Fiscal Year"),
    ),
    "cbp_southwest_dashboard": functools.partial(
        _long, year="Fiscal Year-value", month="Month (abbv)-value", value="SUM(Encounter Count)-alias",
        place="Citizenship Grouping",
    ),
    "rcmp_press_vintages": functools.partial(
        _long, year="year", month="last_month", value="printed", place="place", ignored=("note",)
    ),
    "ohss_khsm_usbp_encounters": functools.partial(
        _long, year="Fiscal Year", month="Month", value="Quantity", place="Sector|Region|Citizenship|Family Status"
    ),
    "ircc_rcmp_interceptions": _rcmp,
    "irb_irregular_claims": _irb,
    "usbp_apprehensions_page": _usbp_page,
    "uk_small_boats_page": _uk_page,
    "uk_small_boats": _uk_series,
    "ircc_asylum_claimants": _claimants,
    "frontex_detections": _frontex,
    "ohss_monthly_tables": _ohss,
    "statcan_frontier_counts": _statcan,
    "usbp_sector_monthly": _sectors,
}  # fmt: skip
# Documents of which every period was over when they came out, and pages that show the running period alone.
FINISHED = frozenset({"usbp_sector_monthly", "rcmp_press_vintages"})
RUNNING = frozenset({"usbp_apprehensions_page", "uk_small_boats_page", "irb_irregular_claims"})
# Fiscal years are told apart without the words that come and go beside them: "2024 (FYTD)" becomes "2024".
_YEAR_IN_KEY = {"cbp_nationwide_encounters", "cbp_southwest_encounters"}


def figures(source_id: str, book: Book) -> list[Figure]:
    """Every printed cell of the file, by meaning."""
    found = list(READERS[source_id](book))
    if source_id in _YEAR_IN_KEY:
        return [dataclasses.replace(each, key=(year_of(each.year) or each.year, *each.key)) for each in found]
    return found


def open_year(source_id: str, found: Sequence[Figure]) -> int:
    """The newest year with a counted figure: what is before it is closed. No year of a finished document is open."""
    if source_id in FINISHED:
        return 9999
    if source_id in RUNNING:
        return 0
    return max((_year(each) for each in found if each.counted), default=0)


def _year(figure: Figure) -> int:
    return int(year_of(figure.year) or 0)


def is_closed(figure: Figure, open_from: int) -> bool:
    """Whether the figure belongs to a year before the newest one."""
    return 0 < _year(figure) < open_from


def compare(
    source_id: str, before: Sequence[Figure], content: bytes, suffix: str, open_from: int, original: bytes = b"",
    held: frozenset[tuple[str, ...]] | None = None,
) -> Difference:  # fmt: skip
    """What the changed file prints otherwise; a file that cannot be opened at all differs by that.

    ``held``: the figures that the release before printed, if not all of them. Of a closed year that nobody has printed
    before no figure can be known to have changed.
    """
    try:
        before, content = _narrowed(source_id, before, content, suffix, original)
        after = figures(source_id, open_book(content, suffix))
    except (UnreadableError, AssertionError, IndexError) as error:
        return Difference((), 0, f"unreadable: {error}")
    first, second = _printed(before), _printed(after)
    by_key = {each.key: each for each in [*after, *before]}
    changed = tuple(
        (key, " + ".join(first[key]) if key in first else None, " + ".join(second[key]) if key in second else None)
        for key in sorted(first.keys() | second.keys())
        if first.get(key) != second.get(key)
    )
    known = [key for key, _, _ in changed if held is None or key in held]
    return Difference(changed, sum(is_closed(by_key[key], open_from) for key in known))


def _narrowed(
    source_id: str, before: Sequence[Figure], content: bytes, suffix: str, original: bytes
) -> tuple[Sequence[Figure], bytes]:
    """Of two tables with a row a figure and the same head, only the lines that are not in both: they are the difference."""
    lines, was = content.splitlines(), original.splitlines()
    reader = READERS[source_id]
    long = isinstance(reader, functools.partial) and reader.func is _long
    if not (long and suffix == ".csv" and lines and was and lines[0] == was[0]):
        return before, content
    here, there = Counter(lines[1:]), Counter(was[1:])
    old = b"\n".join([was[0], *(there - here).elements()])
    return figures(source_id, open_book(old, suffix)), b"\n".join([lines[0], *(here - there).elements()])


def _printed(found: Sequence[Figure]) -> dict[tuple[str, ...], list[str]]:
    printed: dict[tuple[str, ...], list[str]] = {}
    for each in found:
        printed.setdefault(each.key, []).append(folded(each.value))
    return {key: sorted(values) for key, values in printed.items()}
