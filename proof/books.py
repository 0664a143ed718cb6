"""Files as grids of cells that can be changed and written again, in the file's own format.

This is the proof's own reading of CSV, HTML, saved pages, XLSX, ODS and the sectors' PDF; it shares nothing with the parsers.
A grid keeps the element behind each cell, so that a mutation changes what it means to change and nothing else.
"""

# Elements of three libraries stand behind the cells, two of them without types that help here: they are Any.
# ruff: noqa: ANN401

from __future__ import annotations

import copy
import csv
import email
import email.policy
import io
import re
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import bs4
import pypdfium2
from fpdf.errors import FPDFException
from lxml import etree

from sandbox import sector_pdf

# A run of repeated blank cells in an ODS row that is longer than this is the rest of the sheet.
FILLER = 64
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
WORDS = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
EPOCH = (1980, 1, 1, 0, 0, 0)


class UnwritableError(Exception):
    """The format cannot hold what the mutation would print (a font without those digits)."""


class UnreadableError(Exception):
    """The file cannot be opened in its own format at all."""


@dataclass
class Cell:
    """One cell: its text, and the element behind it (None: the file has none there)."""

    text: str
    element: Any = None
    changed: bool = False

    def write(self, text: str) -> None:
        """Print another text in it."""
        self.changed = self.changed or text != self.text
        self.text = text


@dataclass
class Line:
    """One row of a grid and the element behind it."""

    cells: list[Cell]
    element: Any = None
    parent: Any = None

    def twin(self) -> Line:
        """The same row once more."""
        element = copy.copy(self.element) if isinstance(self.element, bs4.Tag) else copy.deepcopy(self.element)
        if isinstance(element, bs4.Tag):
            elements: list[Any] = element.find_all(["td", "th"], recursive=False)
        elif isinstance(element, etree._Element):
            inner = {id(before): after for before, after in zip(self.element.iter(), element.iter(), strict=True)}
            elements = [inner.get(id(cell.element)) for cell in self.cells]
        else:
            elements = [None] * len(self.cells)
        return Line(
            [Cell(cell.text, each, cell.changed) for cell, each in zip(self.cells, elements, strict=True)],
            element,
            self.parent,
        )


class RawLine(Line):
    """A line of a CSV file, cut into cells when somebody looks at them: most of 50,000 lines are never looked at."""

    def __init__(self, raw: str) -> None:
        self.element, self.parent = raw, None
        self._cells: list[Cell] | None = None

    @property
    def cells(self) -> list[Cell]:
        """The line's fields."""
        if self._cells is None:
            self._cells = [Cell(each) for each in next(csv.reader([self.element]), [])]
            self._width = len(self._cells)
        return self._cells

    @cells.setter
    def cells(self, cells: list[Cell]) -> None:
        self._cells = cells

    def written(self) -> str:
        """As it was when nothing was changed in it, else quoted where it must be."""
        if self._cells is None or (len(self._cells) == self._width and not any(cell.changed for cell in self._cells)):
            return str(self.element)
        out = io.StringIO()
        csv.writer(out, lineterminator="").writerow([cell.text for cell in self._cells])
        return out.getvalue()

    def twin(self) -> Line:
        """The same line once more."""
        return RawLine(self.written())


@dataclass
class Grid:
    """One table: its name or caption, and its rows."""

    name: str
    lines: list[Line]
    element: Any = None
    # Of a workbook: (first row, first column, last row, last column) of merged cells, from 0.
    merged: list[list[int]] = field(default_factory=list)
    changed: bool = False
    caption: Cell | None = None

    def text(self, row: int, column: int) -> str:
        """The text at a place; empty beyond the row's end."""
        cells = self.lines[row].cells
        return cells[column].text if 0 <= column < len(cells) else ""

    def drop_rows(self, rows: Iterable[int]) -> None:
        """Leave these rows out."""
        out = set(rows)
        self.lines = [line for number, line in enumerate(self.lines) if number not in out]
        self.merged = _without(self.merged, out, 0)
        self.changed = True

    def drop_columns(self, columns: Iterable[int]) -> None:
        """Leave these columns out."""
        out = set(columns)
        for line in self.lines:
            line.cells = [cell for number, cell in enumerate(line.cells) if number not in out]
        self.merged = _without(self.merged, out, 1)
        self.changed = True


def _without(merged: list[list[int]], out: set[int], axis: int) -> list[list[int]]:
    kept = []
    for area in merged:
        first, last = area[axis], area[axis + 2]
        left = [at - sum(each < at for each in out) for at in range(first, last + 1) if at not in out]
        if left:
            moved = [*area]
            moved[axis], moved[axis + 2] = left[0], left[-1]
            if moved[0] != moved[2] or moved[1] != moved[3]:
                kept.append(moved)
    return kept


class Book(ABC):
    """A file as its grids."""

    grids: list[Grid]

    @abstractmethod
    def save(self) -> bytes:
        """The file's bytes with everything that was changed."""

    def drop_grid(self, grid: Grid) -> None:
        """Leave a whole table out."""
        self.grids.remove(grid)


class CsvBook(Book):
    """A CSV file: one grid; a row that nobody touched keeps its bytes."""

    def __init__(self, content: bytes) -> None:
        self._bom = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UnreadableError(str(error)) from error
        self._end = "\r\n" if "\r\n" in text else "\n"
        self._last = text.endswith("\n")
        raw = text.replace("\r\n", "\n").split("\n")
        kept = raw[: len(raw) - 1 if self._last else len(raw)]
        self.grids = [Grid("csv", [RawLine(line) for line in kept])]

    def save(self) -> bytes:
        """Untouched lines as they were, the others quoted where they must be."""
        lines = self.grids[0].lines if self.grids else []
        written = [line.written() for line in lines if isinstance(line, RawLine)]
        return self._bom + (self._end.join(written) + (self._end if self._last else "")).encode()


class HtmlBook(Book):
    """A page, or the page in a saved copy (which is written again as the page alone)."""

    def __init__(self, content: bytes) -> None:
        if not content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            content = _page_of_copy(content)
        self.soup = bs4.BeautifulSoup(content, "html.parser", from_encoding="utf-8")
        self.grids = [self._grid(table) for table in self.soup.find_all("table") if not table.find("table")]

    @staticmethod
    def _grid(table: bs4.Tag) -> Grid:
        lines = []
        for row in table.find_all("tr"):
            cells = [Cell(_shown(each), each) for each in row.find_all(["td", "th"], recursive=False)]
            lines.append(Line(cells, row, row.parent))
        caption = table.find("caption")
        named = Cell(_shown(caption), caption) if isinstance(caption, bs4.Tag) else None
        return Grid(named.text if named else "", lines, table, caption=named)

    def drop_grid(self, grid: Grid) -> None:
        """Take the table out of the page."""
        grid.element.decompose()
        self.grids.remove(grid)

    def save(self) -> bytes:
        """The page, serialised again."""
        for grid in self.grids:
            if grid.caption is not None and grid.caption.changed:
                grid.caption.element.string = grid.caption.text
            if grid.changed:
                self._lay_out(grid)
            for cell in (cell for line in grid.lines for cell in line.cells if cell.changed):
                cell.element.string = cell.text
        return self.soup.encode("utf-8", formatter="minimal")

    @staticmethod
    def _lay_out(grid: Grid) -> None:
        for row in grid.element.find_all("tr"):
            row.extract()
        for line in grid.lines:
            for cell in line.element.find_all(["td", "th"], recursive=False):
                cell.extract()
            for cell in line.cells:
                line.element.append(cell.element)
            line.parent.append(line.element)


def _shown(element: bs4.Tag) -> str:
    return re.sub(r"[\s​‌⁠﻿]+", " ", element.get_text(" ")).strip()


def _page_of_copy(content: bytes) -> bytes:
    copied = email.message_from_bytes(content, policy=email.policy.default)
    for part in copied.walk():
        body = part.get_payload(decode=True) if part.get_content_type() == "text/html" else None
        if isinstance(body, bytes):
            return body
    raise UnreadableError("no page in the saved copy")


class ZipBook(Book):
    """A workbook: XML parts in a zip; parts that nobody touched keep their bytes."""

    def __init__(self, content: bytes) -> None:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                self.parts = {each.filename: packed.read(each) for each in packed.infolist() if not each.is_dir()}
            self._open()
        except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, ValueError, OSError, EOFError) as error:
            raise UnreadableError(str(error)) from error

    def _open(self) -> None:
        raise NotImplementedError

    def packed(self, level: int = 6) -> bytes:
        """All parts as one zip with fixed times."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as target:
            for name, body in self.parts.items():
                info = zipfile.ZipInfo(name, EPOCH)
                info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
                target.writestr(info, body)
        return out.getvalue()


def _touched(grid: Grid) -> bool:
    return grid.changed or any(cell.changed for line in grid.lines for cell in line.cells)


def _tag(space: str, name: str) -> str:
    return f"{{{space}}}{name}"


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _place(reference: str) -> tuple[int, int]:
    found = re.fullmatch(r"([A-Z]+)(\d+)", reference)
    if not found:
        raise UnreadableError(reference)
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


class XlsxBook(ZipBook):
    """An Excel workbook, read from its XML."""

    def _open(self) -> None:
        self._shared = self._strings()
        book = etree.fromstring(self.parts["xl/workbook.xml"])
        links = etree.fromstring(self.parts["xl/_rels/workbook.xml.rels"])
        targets = {each.get("Id"): str(each.get("Target")) for each in links}
        self._names: dict[int, str] = {}
        self.grids = []
        for sheet in book.iter(_tag(MAIN, "sheet")):
            part = "xl/" + targets[sheet.get(_tag(RELATED, "id"))].removeprefix("/xl/")
            grid = self._sheet(str(sheet.get("name")), part)
            self._names[id(grid)] = part
            self.grids.append(grid)

    def _strings(self) -> list[str]:
        if "xl/sharedStrings.xml" not in self.parts:
            return []
        root = etree.fromstring(self.parts["xl/sharedStrings.xml"])
        return ["".join(each.text or "" for each in item.iter(_tag(MAIN, "t"))) for item in root]

    def _sheet(self, name: str, part: str) -> Grid:
        root = etree.fromstring(self.parts[part])
        lines: list[Line] = []
        for row in root.iter(_tag(MAIN, "row")):
            number = int(row.get("r") or len(lines) + 1) - 1
            while len(lines) < number:
                lines.append(Line([]))
            lines.append(self._row(row))
        merged = []
        for each in root.iter(_tag(MAIN, "mergeCell")):
            first, _, last = str(each.get("ref")).partition(":")
            merged.append([*_place(first), *_place(last or first)])
        return Grid(name, lines, root, merged)

    def _row(self, row: Any) -> Line:
        cells: list[Cell] = []
        for element in row:
            if element.tag != _tag(MAIN, "c"):
                continue
            at = _place(element.get("r"))[1] if element.get("r") else len(cells)
            while len(cells) < at:
                cells.append(Cell(""))
            cells.append(Cell(self._text(element), element))
        return Line(cells, row)

    def _text(self, element: Any) -> str:
        if element.get("t") == "inlineStr":
            return "".join(each.text or "" for each in element.iter(_tag(MAIN, "t")))
        value = element.find(_tag(MAIN, "v"))
        text = value.text or "" if value is not None else ""
        return self._shared[int(text)] if element.get("t") == "s" and text else text

    def drop_grid(self, grid: Grid) -> None:
        """Take the sheet off the workbook's list."""
        book = etree.fromstring(self.parts["xl/workbook.xml"])
        for sheet in list(book.iter(_tag(MAIN, "sheet"))):
            if sheet.get("name") == grid.name:
                parent = sheet.getparent()
                if parent is not None:
                    parent.remove(sheet)
        self.parts["xl/workbook.xml"] = etree.tostring(book, xml_declaration=True, encoding="UTF-8")
        self.grids.remove(grid)

    def save(self) -> bytes:
        """The workbook with the sheets that were changed written anew."""
        for grid in self.grids:
            if _touched(grid):
                self.parts[self._names[id(grid)]] = self._written(grid)
        return self.packed()

    def _written(self, grid: Grid) -> bytes:
        data = grid.element.find(_tag(MAIN, "sheetData"))
        for row in list(data):
            data.remove(row)
        for number, line in enumerate(grid.lines):
            if line.element is None and not any(cell.text for cell in line.cells):
                continue
            row = line.element if line.element is not None else etree.Element(_tag(MAIN, "row"))
            row.set("r", str(number + 1))
            row.attrib.pop("spans", "")
            for element in list(row):
                row.remove(element)
            for column, cell in enumerate(line.cells):
                element = _excel_cell(cell)
                if element is not None:
                    element.set("r", f"{_letters(column)}{number + 1}")
                    row.append(element)
            data.append(row)
        self._merge(grid)
        return bytes(etree.tostring(grid.element, xml_declaration=True, encoding="UTF-8", standalone=True))

    @staticmethod
    def _merge(grid: Grid) -> None:
        for name in ("dimension",):
            for each in grid.element.findall(_tag(MAIN, name)):
                grid.element.remove(each)
        area = grid.element.find(_tag(MAIN, "mergeCells"))
        if area is None:
            return
        for each in list(area):
            area.remove(each)
        for first_row, first, last_row, last in grid.merged:
            ref = f"{_letters(first)}{first_row + 1}:{_letters(last)}{last_row + 1}"
            etree.SubElement(area, _tag(MAIN, "mergeCell"), ref=ref)
        area.set("count", str(len(grid.merged)))
        if not grid.merged:
            grid.element.remove(area)


def _excel_cell(cell: Cell) -> Any:
    if not cell.changed:
        return cell.element
    element = etree.Element(_tag(MAIN, "c"))
    if cell.element is not None and cell.element.get("s"):
        element.set("s", cell.element.get("s"))
    numeric = cell.element is not None and cell.element.get("t") in (None, "n")
    if numeric and re.fullmatch(r"-?\d+(\.\d+)?", cell.text):
        etree.SubElement(element, _tag(MAIN, "v")).text = cell.text
    elif cell.text:
        element.set("t", "inlineStr")
        etree.SubElement(etree.SubElement(element, _tag(MAIN, "is")), _tag(MAIN, "t")).text = cell.text
    return element


class OdsBook(ZipBook):
    """An OpenDocument spreadsheet, read from its XML."""

    def _open(self) -> None:
        self._root = etree.fromstring(self.parts["content.xml"], etree.XMLParser(huge_tree=True))
        self.grids = [self._sheet(each) for each in self._root.iter(_tag(TABLE, "table"))]

    def _sheet(self, table: Any) -> Grid:
        lines = []
        for row in table.iter(_tag(TABLE, "table-row")):
            cells: list[Cell] = []
            for element in list(row):
                times = int(element.get(_tag(TABLE, "number-columns-repeated")) or 1)
                if 1 < times <= FILLER:
                    cells += [self._single(element) for _ in range(times)]
                else:
                    cells.append(Cell(self._text(element), element))
            lines.append(Line(cells, row, row.getparent()))
        return Grid(str(table.get(_tag(TABLE, "name"))), lines, table)

    def _single(self, element: Any) -> Cell:
        alone = copy.deepcopy(element)
        alone.attrib.pop(_tag(TABLE, "number-columns-repeated"))
        return Cell(self._text(alone), alone)

    @staticmethod
    def _text(element: Any) -> str:
        day = element.get(_tag(OFFICE, "date-value"))
        if day:
            return str(day)[:10]
        value = element.get(_tag(OFFICE, "value"))
        return str(value) if value else " ".join("".join(each.itertext()) for each in element.iter(_tag(WORDS, "p")))

    def drop_grid(self, grid: Grid) -> None:
        """Take the sheet out."""
        grid.element.getparent().remove(grid.element)
        self.grids.remove(grid)

    def save(self) -> bytes:
        """The document with its content written anew."""
        for grid in filter(_touched, self.grids):
            for row in list(grid.element.iter(_tag(TABLE, "table-row"))):
                row.getparent().remove(row)
            for line in grid.lines:
                for element in list(line.element):
                    line.element.remove(element)
                for cell in line.cells:
                    line.element.append(_ods_cell(cell))
                line.parent.append(line.element)
        self.parts["content.xml"] = bytes(etree.tostring(self._root, xml_declaration=True, encoding="UTF-8"))
        return self.packed()


def _ods_cell(cell: Cell) -> Any:
    if not cell.changed:
        return cell.element
    element = etree.Element(_tag(TABLE, "table-cell"))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell.text):
        element.set(_tag(OFFICE, "value-type"), "date")
        element.set(_tag(OFFICE, "date-value"), f"{cell.text}T00:00:00")
    elif re.fullmatch(r"-?\d+(\.\d+)?", cell.text):
        element.set(_tag(OFFICE, "value-type"), "float")
        element.set(_tag(OFFICE, "value"), cell.text)
    elif cell.text:
        element.set(_tag(OFFICE, "value-type"), "string")
    if cell.text:
        etree.SubElement(element, _tag(WORDS, "p")).text = cell.text
    return element


class SectorsBook(Book):
    """The sectors' PDF: read from the words on its pages, written again by the sandbox's printer of that document."""

    def __init__(self, content: bytes) -> None:
        try:
            with pypdfium2.PdfDocument(content) as document:
                texts = [page.get_textpage().get_text_range() for page in document]
        except pypdfium2.PdfiumError as error:
            raise UnreadableError(str(error)) from error
        self.grids = [grid for text in texts if (grid := self._page(text.replace("\r", "")))]

    @staticmethod
    def _page(text: str) -> Grid | None:
        year = re.search(r"Month - FY\s?(\d{4})", text)
        if not year:
            return None
        rows = [[Cell(each) for each in sector_pdf.HEADS]]
        for line in text.split("\n"):
            words = line.split()
            figures = words[-13:]
            if len(words) > 13 and all(re.fullmatch(r"[-\d,]+|N/A", each) for each in figures):
                rows.append([Cell(" ".join(words[:-13])), *map(Cell, figures)])
        return Grid(year[1], [Line(row) for row in rows])

    def save(self) -> bytes:
        """The document as the sandbox prints it."""
        pages = []
        for grid in self.grids:
            head, *body = [[cell.text for cell in line.cells] for line in grid.lines]
            page = sector_pdf._page(int(grid.name) if grid.name.isdigit() else 0, body)
            pages.append(sector_pdf.SectorPage(page.fiscal_year, page.rows, page.above, page.below, head))
        try:
            return sector_pdf.render(pages)
        except FPDFException as error:
            raise UnwritableError(str(error)) from error


OPENERS: dict[str, Callable[[bytes], Book]] = {
    ".csv": CsvBook, ".html": HtmlBook, ".htm": HtmlBook, ".mht": HtmlBook, ".xlsx": XlsxBook, ".ods": OdsBook,
    ".pdf": SectorsBook,
}  # fmt: skip


def open_book(content: bytes, suffix: str) -> Book:
    """The file as a book.

    Raises:
        UnreadableError: when it is no file of its format.
    """
    return OPENERS[suffix](content)


def column_heads(grid: Grid, row: int) -> Sequence[str]:
    """The texts of a row, as heads of the columns below it."""
    return [cell.text for cell in grid.lines[row].cells]
