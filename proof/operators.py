"""The mutations: what can befall a file on its way, each as a function that changes a book or its bytes.

``material`` operators change what is printed, and must be stopped or flagged; ``harmless`` ones change only the writing
and must cause no alarm; ``neutral`` ones keep every figure but write it in a way that may rightly be refused.
An operator returns None where a file offers nothing to do it to; whether it changed anything is the oracle's to say.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable, Sequence
from typing import Literal

import bs4

from proof.books import Book, Grid, HtmlBook, ZipBook
from proof.oracle import Figure, is_closed

Kind = Literal["material", "harmless", "neutral"]
ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
# Words for "not shown" of one agency are not those of another.
MASKS = ("--", "X", "D", "..", "n/a")


@dataclasses.dataclass
class Target:
    """A file about to be mutated: its book, its figures, and chance."""

    book: Book
    figures: Sequence[Figure]
    open_from: int
    random: random.Random
    suffix: str
    earlier: bytes | None

    def pick(self, wanted: Callable[[Figure], bool] = lambda figure: True) -> Figure | None:
        """Any figure of that kind; None when there is none."""
        for _ in range(200):
            found = self.random.choice(self.figures)
            if wanted(found):
                return found
        among = [each for each in self.figures if wanted(each)]
        return self.random.choice(among) if among else None

    def write(self, figure: Figure, text: str) -> None:
        """Print another text where the figure stands."""
        grid, row, column = figure.at
        self.book.grids[grid].lines[row].cells[column].write(text)

    def newest(self) -> list[Figure]:
        """The figures of the newest month that has a count."""
        dated = [each for each in self.figures if each.counted and each.month]
        last = max((_time(each) for each in dated), default=None)
        return [each for each in self.figures if each.month and last is not None and _time(each) == last]


@dataclasses.dataclass(frozen=True)
class Operator:
    """One way in which a file goes wrong, or is written otherwise."""

    name: str
    kind: Kind
    on_book: Callable[[Target], str | None] | None = None
    on_bytes: Callable[[bytes, Target], bytes | None] | None = None


def _time(figure: Figure) -> tuple[int, int]:
    """Year and month in order of time; a fiscal year of the US begins in October."""
    year = int(re.sub(r"\D.*", "", figure.year) or 0)
    if re.search("FY|Fiscal", " ".join(figure.key)) or (not figure.key[0].startswith("SB") and _fiscal(figure)):
        return (year, (figure.month - 10) % 12)
    return (year, figure.month)


def _fiscal(figure: Figure) -> bool:
    return any(each.startswith(("Month (abbv)=", "Fiscal Year")) for each in figure.key)


def _styled(number: int, like: str) -> str:
    """The number, written as the cell was: with commas or without."""
    return f"{number:,}" if "," in like else str(number)


def _open(target: Target) -> Callable[[Figure], bool]:
    return lambda figure: (figure.counted or 0) > 3 and not is_closed(figure, target.open_from)


def _counted(figure: Figure) -> bool:
    return (figure.counted or 0) > 3


def _cell(change: Callable[[int], int | str], where: str = "any", least: int = 4) -> Callable[[Target], str | None]:
    def run(target: Target) -> str | None:
        def wanted(figure: Figure) -> bool:
            closed = is_closed(figure, target.open_from)
            side = where == "any" or closed == (where == "closed")
            return side and (figure.counted or 0) >= least

        figure = target.pick(wanted)
        if figure is None or figure.counted is None:
            return None
        new = change(figure.counted)
        target.write(figure, _styled(new, figure.value) if isinstance(new, int) else new)
        return f"{' · '.join(figure.key)[:120]}: {figure.value} → {new}"

    return run


def _transposed(count: int) -> int:
    digits = list(str(count))
    for at in range(len(digits) - 1):
        if digits[at] != digits[at + 1] and (at or digits[at + 1] != "0"):
            digits[at], digits[at + 1] = digits[at + 1], digits[at]
            return int("".join(digits))
    return count * 10 + 1


def _month(change: Callable[[int], int | str], where: str) -> Callable[[Target], str | None]:
    """Every figure of one month."""

    def run(target: Target) -> str | None:
        def wanted(figure: Figure) -> bool:
            return (
                bool(figure.month) and _counted(figure) and is_closed(figure, target.open_from) == (where == "closed")
            )

        chosen = target.pick(wanted)
        if chosen is None:
            return None
        same = [each for each in target.figures if (each.year, each.month) == (chosen.year, chosen.month)]
        for each in same:
            if each.counted is not None:
                new = change(each.counted)
                target.write(each, _styled(new, each.value) if isinstance(new, int) else new)
        return f"{len(same)} figures of {chosen.year}-{chosen.month:02d}"

    return run


def _series_times_10(target: Target) -> str | None:
    chosen = target.pick(_open(target))
    if chosen is None:
        return None
    same = [each for each in target.figures if each.place == chosen.place and each.year == chosen.year and each.counted]
    for each in same:
        target.write(each, _styled((each.counted or 0) * 10, each.value))
    return f"{len(same)} figures of {chosen.place} in {chosen.year}"


def _swap(
    target: Target, label_at: str, name: Callable[[Figure], object], where: Callable[[Figure], bool]
) -> str | None:
    first = target.pick(lambda each: getattr(each, label_at) is not None and bool(name(each)) and where(each))
    if first is None:
        return None
    grid = first.at[0]
    second = target.pick(
        lambda each: each.at[0] == grid and getattr(each, label_at) is not None and bool(name(each)) and where(each)
        and name(each) != name(first) and each.key[0] == first.key[0]
    )  # fmt: skip
    if second is None:
        return None
    return _exchange(target, grid, label_at, name, first, second)


def _exchange(
    target: Target, grid: int, label_at: str, name: Callable[[Figure], object], first: Figure, second: Figure
) -> str:
    texts = {}
    for each in (first, second):
        _, row, column = getattr(each, label_at)
        texts[name(each)] = target.book.grids[grid].text(row, column)
    if len({*texts.values()}) < 2:
        return ""
    places = {getattr(each, label_at): name(each) for each in target.figures
              if each.at[0] == grid and name(each) in texts and getattr(each, label_at)}  # fmt: skip
    for (_, row, column), named in places.items():
        other = next(text for key, text in texts.items() if key != named)
        if target.book.grids[grid].text(row, column) == texts[named]:
            target.book.grids[grid].lines[row].cells[column].write(other)
    return " and ".join(map(str, texts.values()))


def _places_swapped(target: Target) -> str | None:
    return _swap(target, "place_at", lambda each: each.place, _counted) or None


def _months_swapped(target: Target) -> str | None:
    return _swap(target, "month_at", lambda each: each.month and (each.year, each.month), _counted) or None


def _two_cells_swapped(target: Target) -> str | None:
    first = target.pick(_counted)
    if first is None:
        return None
    second = target.pick(lambda each: _counted(each) and each.at[0] == first.at[0] and each.counted != first.counted)
    if second is None:
        return None
    target.write(first, second.value)
    target.write(second, first.value)
    return f"{first.value} and {second.value}"


def _newest_cut(target: Target) -> str | None:
    figures = target.newest()
    if not figures:
        return None
    for number in {each.at[0] for each in figures}:
        own = [each for each in figures if each.at[0] == number]
        grid = target.book.grids[number]
        if all(each.month_at and each.month_at[1] == each.at[1] for each in own):
            grid.drop_rows({each.at[1] for each in own})
        else:
            grid.drop_columns({each.at[2] for each in own})
    return f"{figures[0].year}-{figures[0].month:02d}, {len(figures)} figures"


def _newest_repeats(target: Target) -> str | None:
    """The newest month prints again what the month before it printed."""
    figures = target.newest()
    times = sorted({_time(each) for each in target.figures if each.month and each.counted})
    if not figures or len(times) < 2:
        return None
    former = {_unmonthed(each): each for each in target.figures if each.month and _time(each) == times[-2]}
    done = 0
    for each in figures:
        twin = former.get(_unmonthed(each))
        if twin is not None and twin.value != each.value:
            target.write(each, twin.value)
            done += 1
    return f"{done} figures" if done else None


def _unmonthed(figure: Figure) -> tuple[object, ...]:
    if figure.month_at is not None and figure.month_at[1] == figure.at[1]:
        return (figure.at[0], *(part for part in figure.key if not re.match(r"(Month|Fiscal Year|\d{4})", part)))
    return (figure.at[0], figure.at[1])


def _older_file(content: bytes, target: Target) -> bytes | None:
    return target.earlier


def _total_rows_dropped(target: Target) -> str | None:
    chosen = target.pick(
        lambda each: each.total and re.search("total|all", _head_of_row(target, each), re.IGNORECASE) is not None
    )
    if chosen is None:
        return None
    target.book.grids[chosen.at[0]].drop_rows([chosen.at[1]])
    return " · ".join(chosen.key)[:120]


def _head_of_row(target: Target, figure: Figure) -> str:
    cells = target.book.grids[figure.at[0]].lines[figure.at[1]].cells
    return " ".join(cell.text for cell in cells[:9] if not re.search(r"^\d", cell.text))


def _total_column_dropped(target: Target) -> str | None:
    chosen = target.pick(lambda each: each.total and not each.month and "total" in " ".join(each.key[-2:]).casefold()
                         and each.place_at is not None and each.place_at[2] != each.at[2])  # fmt: skip
    if chosen is None:
        return None
    target.book.grids[chosen.at[0]].drop_columns([chosen.at[2]])
    return " · ".join(chosen.key)[:120]


def _column_dropped(target: Target) -> str | None:
    chosen = target.pick()
    if chosen is None:
        return None
    target.book.grids[chosen.at[0]].drop_columns([chosen.at[2]])
    return f"column {chosen.at[2]} of {target.book.grids[chosen.at[0]].name!r}"


def _place_dropped(target: Target) -> str | None:
    chosen = target.pick(lambda each: _counted(each) and each.place_at is not None)
    if chosen is None:
        return None
    number = chosen.at[0]
    grid = target.book.grids[number]
    if chosen.place_at is not None and chosen.place_at[1] == chosen.at[1]:
        grid.drop_rows({each.at[1] for each in target.figures if each.at[0] == number and each.place == chosen.place})
    else:
        grid.drop_columns([chosen.at[2]])
    return chosen.place


def _table_dropped(target: Target) -> str | None:
    chosen = target.pick()
    if chosen is None:
        return None
    grid = target.book.grids[chosen.at[0]]
    target.book.drop_grid(grid)
    return repr(grid.name)


def _caption_renamed(target: Target) -> str | None:
    captioned = [target.book.grids[number] for number in sorted({each.at[0] for each in target.figures})]
    captioned = [grid for grid in captioned if grid.caption is not None]
    if not captioned:
        return None
    grid = target.random.choice(captioned)
    assert grid.caption is not None
    grid.caption.write("Persons removed at sea")
    return grid.name


def _captions_swapped(target: Target) -> str | None:
    captioned = [target.book.grids[number] for number in sorted({each.at[0] for each in target.figures})]
    captioned = [grid for grid in captioned if grid.caption is not None]
    if len(captioned) < 2:
        return None
    first, second = target.random.sample(captioned, 2)
    assert first.caption is not None and second.caption is not None
    one, two = first.caption.text, second.caption.text
    first.caption.write(two)
    second.caption.write(one)
    return f"{one!r} and {two!r}"


def _rows_dropped(target: Target) -> str | None:
    chosen = target.pick()
    if chosen is None:
        return None
    number = chosen.at[0]
    rows = sorted({each.at[1] for each in target.figures if each.at[0] == number})
    out = target.random.sample(rows, max(1, len(rows) // 20))
    target.book.grids[number].drop_rows(out)
    return f"{len(out)} of {len(rows)} rows"


def _one_row_dropped(target: Target) -> str | None:
    chosen = target.pick(_counted)
    if chosen is None:
        return None
    target.book.grids[chosen.at[0]].drop_rows([chosen.at[1]])
    return " · ".join(chosen.key)[:120]


def _tail_dropped(target: Target) -> str | None:
    """The last rows are not there, and the file ends as a file should."""
    chosen = target.pick()
    if chosen is None:
        return None
    rows = sorted({each.at[1] for each in target.figures if each.at[0] == chosen.at[0]})
    out = rows[-max(1, len(rows) // 30) :]
    target.book.grids[chosen.at[0]].drop_rows(out)
    return f"the last {len(out)} of {len(rows)} rows"


def _rows_doubled(target: Target) -> str | None:
    chosen = target.pick(_counted)
    if chosen is None:
        return None
    grid = target.book.grids[chosen.at[0]]
    grid.lines.insert(chosen.at[1] + 1, grid.lines[chosen.at[1]].twin())
    grid.changed = True
    return " · ".join(chosen.key)[:120]


def _heads(target: Target) -> tuple[Grid, int, int] | None:
    """A head above figures: of the first row above them whose cell says something."""
    chosen = target.pick()
    if chosen is None:
        return None
    grid = target.book.grids[chosen.at[0]]
    first = min(each.at[1] for each in target.figures if each.at[0] == chosen.at[0])
    for row in range(first - 1, -1, -1):
        if grid.text(row, chosen.at[2]).strip():
            return grid, row, chosen.at[2]
    return None


def _head_renamed(target: Target) -> str | None:
    found = _heads(target)
    if found is None:
        return None
    grid, row, column = found
    was = grid.text(row, column)
    grid.lines[row].cells[column].write("Persons processed")
    return was


def _year_shifted(target: Target) -> str | None:
    """A year label is one too high: every one that reads so in the file."""
    chosen = target.pick(lambda each: each.year_at is not None and re.search(r"\d{4}", each.year) is not None)
    if chosen is None:
        return None
    old = re.sub(r".*?(\d{4}).*", r"\1", chosen.year)
    done = 0
    for at in {each.year_at for each in target.figures if each.year == chosen.year and each.year_at}:
        cells = target.book.grids[at[0]].lines[at[1]].cells
        if at[2] < len(cells) and old in cells[at[2]].text:
            cells[at[2]].write(cells[at[2]].text.replace(old, str(int(old) + 1)))
            done += 1
    return f"{old} → {int(old) + 1} in {done} labels" if done else None


def _place_unknown(target: Target) -> str | None:
    chosen = target.pick(lambda each: each.place_at is not None and bool(each.place))
    if chosen is None:
        return None
    for at in {each.place_at for each in target.figures if each.place == chosen.place and each.place_at}:
        cells = target.book.grids[at[0]].lines[at[1]].cells
        if at[2] < len(cells):
            cells[at[2]].write("Atlantis")
    return f"{chosen.place} → Atlantis"


def _row_shifted(target: Target) -> str | None:
    """A row's figures stand one column too far to the left."""
    chosen = target.pick(lambda each: each.month_at is None or each.month_at[1] != each.at[1])
    if chosen is None:
        return None
    own = sorted((each for each in target.figures if each.at[:2] == chosen.at[:2]), key=lambda each: each.at[2])
    if len(own) < 2:
        return None
    for each, following in zip(own, [*own[1:], own[0]], strict=True):
        target.write(each, following.value)
    return f"{len(own)} figures of {chosen.place}"


def _column_shifted(target: Target) -> str | None:
    """The figures of a column (or of a stretch of it) stand one row too high."""
    chosen = target.pick(_counted)
    if chosen is None:
        return None
    own = sorted((each for each in target.figures if (each.at[0], each.at[2]) == (chosen.at[0], chosen.at[2])),
                 key=lambda each: each.at[1])  # fmt: skip
    own = own[:400]
    if len(own) < 2:
        return None
    for each, following in zip(own, [*own[1:], own[0]], strict=True):
        target.write(each, following.value)
    return f"{len(own)} figures"


def _in_thousands(target: Target) -> str | None:
    done = 0
    for each in target.figures:
        if each.counted and not is_closed(each, target.open_from):
            target.write(each, f"{each.counted / 1000:.1f}")
            done += 1
    return f"{done} figures" if done else None


def _plain_digits(target: Target) -> str | None:
    done = 0
    for each in target.figures:
        if each.counted is not None and "," in each.value:
            target.write(each, each.value.replace(",", ""))
            done += 1
    return f"{done} figures" if done else None


def _decimal_zero(target: Target) -> str | None:
    chosen = target.pick(_counted)
    if chosen is None:
        return None
    target.write(chosen, f"{chosen.counted}.0")
    return chosen.value


def _utf16(content: bytes, target: Target) -> bytes | None:
    if target.suffix not in {".csv", ".html"}:
        return None
    return content.decode("utf-8", "replace").encode("utf-16")


def _latin_1(content: bytes, target: Target) -> bytes | None:
    if target.suffix not in {".csv", ".html"} or content.isascii():
        return None
    return content.decode("utf-8", "replace").encode("latin-1", "replace")


def _cut_at_line(content: bytes, target: Target) -> bytes | None:
    if target.suffix not in {".csv", ".html"}:
        return None
    at = content.rfind(b"\n", 0, int(len(content) * target.random.uniform(0.4, 0.999)))
    return content[: at + 1] if at > 0 else None


def _cut_in_number(content: bytes, target: Target) -> bytes | None:
    if target.suffix not in {".csv", ".html"}:
        return None
    spots = [found.start() + 1 for found in re.finditer(rb"(?<=[,>])\d[\d,]+", content)]
    return content[: target.random.choice(spots[len(spots) // 3 :])] if spots else None


def _last_digit_cut(content: bytes, target: Target) -> bytes | None:
    """Four bytes are missing at the end: 504 becomes 5."""
    if target.suffix != ".csv":
        return None
    plain = content.rstrip(b"\r\n")
    return plain[:-1] if plain[-1:].isdigit() else None


def _half(content: bytes, target: Target) -> bytes | None:
    return content[: len(content) // 2]


def _other_line_ends(content: bytes, target: Target) -> bytes | None:
    if target.suffix not in {".csv", ".html"}:
        return None
    plain = content.replace(b"\r\n", b"\n")
    return plain if plain != content else plain.replace(b"\n", b"\r\n")


def _byte_order_mark(content: bytes, target: Target) -> bytes | None:
    mark = b"\xef\xbb\xbf"
    if target.suffix not in {".csv", ".html"} or content.startswith(mark):
        return None
    return mark + content


def _blank_lines_at_end(content: bytes, target: Target) -> bytes | None:
    end = b"\r\n" if b"\r\n" in content else b"\n"
    return content + 3 * end if target.suffix in {".csv", ".html"} else None


def _quoted_fields(content: bytes, target: Target) -> bytes | None:
    if target.suffix != ".csv" or b'"' in content:
        return None
    end = b"\r\n" if b"\r\n" in content else b"\n"
    return end.join(b'"' + line.replace(b",", b'","') + b'"' for line in content.rstrip().split(end)) + end


def _rows_reordered(target: Target) -> str | None:
    """Rows whose order means nothing: each carries its whole key."""
    chosen = target.pick()
    if chosen is None or chosen.month_at is None or chosen.month_at[1] != chosen.at[1] or target.suffix != ".csv":
        return None
    rows = sorted({each.at[1] for each in target.figures})
    grid = target.book.grids[0]
    moved = [grid.lines[row] for row in rows]
    target.random.shuffle(moved)
    for row, line in zip(rows, moved, strict=True):
        grid.lines[row] = line
    return f"{len(rows)} rows"


def _page(target: Target) -> bs4.BeautifulSoup | None:
    return target.book.soup if isinstance(target.book, HtmlBook) else None


def _saved_again(target: Target) -> str | None:
    return "read and written" if not isinstance(target.book, ZipBook) else None


def _attributes(target: Target) -> str | None:
    soup = _page(target)
    if soup is None:
        return None
    for number, each in enumerate(soup.find_all(["table", "td", "th", "tr"])):
        each["class"] = "wb-tables table-x"
        each["data-row"] = str(number)
    return "class and data-row everywhere"


def _stylesheet(target: Target) -> str | None:
    soup = _page(target)
    place = soup and (soup.head or soup.body)
    if not soup or not place:
        return None
    place.append(soup.new_tag("link", rel="stylesheet", href="/new.css"))
    script = soup.new_tag("script")
    script.string = "var figures = [1, 2, 3]; document.title = '999';"
    place.append(script)
    return "a stylesheet and a script"


def _comments(target: Target) -> str | None:
    soup = _page(target)
    if soup is None:
        return None
    for each in soup.find_all(["tr", "caption"]):
        each.insert_before(bs4.Comment(" 1,234 "))
    return "comments between rows"


def _blanks_in_cells(target: Target) -> str | None:
    soup = _page(target)
    if soup is None:
        return None
    for each in target.figures:
        cell = target.book.grids[each.at[0]].lines[each.at[1]].cells[each.at[2]].element
        cell.insert(0, "\n      ")
        cell.append("\n  ")
    return "blanks around every figure"


def _menu(target: Target) -> str | None:
    soup = _page(target)
    if soup is None or soup.body is None:
        return None
    menu = bs4.BeautifulSoup("<nav><ul><li><a href='/en/new'>What is new in 2031</a></li></ul></nav>", "html.parser")
    soup.body.insert(0, menu)
    return "another menu"


def _zip_again(content: bytes, target: Target) -> bytes | None:
    return target.book.packed(1) if isinstance(target.book, ZipBook) else None


def _properties(content: bytes, target: Target) -> bytes | None:
    if not isinstance(target.book, ZipBook):
        return None
    for name in ("docProps/core.xml", "docProps/app.xml", "meta.xml"):
        if name in target.book.parts:
            target.book.parts[name] = re.sub(rb"20\d\d-", b"2031-", target.book.parts[name])
    return target.book.packed()


def _material(**named: Callable[[Target], str | None]) -> list[Operator]:
    return [Operator(name, "material", on_book=run) for name, run in named.items()]


def _bytewise(kind: Kind, **named: Callable[[bytes, Target], bytes | None]) -> list[Operator]:
    return [Operator(name, kind, on_bytes=run) for name, run in named.items()]


def _as(kind: Kind, **named: Callable[[Target], str | None]) -> list[Operator]:
    return [Operator(name, kind, on_book=run) for name, run in named.items()]


def _script_digits(count: int) -> str:
    return str(count).translate(ARABIC_INDIC)


OPERATORS: tuple[Operator, ...] = (
    *_material(
        cell_times_10=_cell(lambda n: n * 10, "open"),
        cell_times_1000=_cell(lambda n: n * 1000, "open"),
        cell_beyond_reason=_cell(lambda n: 999_999_999_999_999),
        cell_plus_1=_cell(lambda n: n + 1, "open"),
        cell_halved=_cell(lambda n: n // 2, "open"),
        cell_emptied=_cell(lambda n: ""),
        cell_masked=_cell(lambda n: "--"),
        cell_masked_otherwise=_cell(lambda n: "withheld"),
        cell_negative=_cell(lambda n: -n),
        cell_zero=_cell(lambda n: 0, "open", 20),
        cell_other_script=_cell(_script_digits),
        cell_letter_for_digit=_cell(lambda n: str(n)[:-1] + "O"),
        cell_decimals=_cell(lambda n: f"{n}.5"),
        cell_point_for_comma=_cell(lambda n: f"{n:,}".replace(",", "."), "any", 1000),
        cell_formula=_cell(lambda n: f"={n}+1"),
        digits_transposed=_cell(_transposed, "open", 20),
        digit_dropped=_cell(lambda n: n // 10, "open", 20),
        digit_doubled=_cell(lambda n: int(str(n)[0] + str(n)), "open"),
        closed_cell_plus_1=_cell(lambda n: n + 1, "closed"),
        closed_cell_times_10=_cell(lambda n: n * 10, "closed"),
        closed_cell_emptied=_cell(lambda n: "", "closed"),
        closed_month_times_10=_month(lambda n: n * 10, "closed"),
        open_month_times_10=_month(lambda n: n * 10, "open"),
        open_month_halved=_month(lambda n: n // 2, "open"),
        open_month_zero=_month(lambda n: 0, "open"),
        open_month_emptied=_month(lambda n: "", "open"),
        series_times_10=_series_times_10,
        in_thousands=_in_thousands,
        two_cells_swapped=_two_cells_swapped,
        places_swapped=_places_swapped,
        months_swapped=_months_swapped,
        newest_month_cut=_newest_cut,
        newest_month_repeats=_newest_repeats,
        total_row_dropped=_total_rows_dropped,
        total_column_dropped=_total_column_dropped,
        column_dropped=_column_dropped,
        place_dropped=_place_dropped,
        table_dropped=_table_dropped,
        caption_renamed=_caption_renamed,
        captions_swapped=_captions_swapped,
        rows_dropped=_rows_dropped,
        row_dropped=_one_row_dropped,
        last_rows_dropped=_tail_dropped,
        row_doubled=_rows_doubled,
        row_shifted=_row_shifted,
        column_shifted=_column_shifted,
        head_renamed=_head_renamed,
        year_shifted=_year_shifted,
        place_unknown=_place_unknown,
    ),
    *_bytewise(
        "material", older_file=_older_file, cut_at_line=_cut_at_line, cut_in_number=_cut_in_number,
        last_digit_cut=_last_digit_cut, cut_in_half=_half,
    ),
    *_bytewise("neutral", utf_16=_utf16, latin_1=_latin_1),
    *_as("neutral", without_commas=_plain_digits, decimal_zero=_decimal_zero),
    *_bytewise(
        "harmless", other_line_ends=_other_line_ends, byte_order_mark=_byte_order_mark,
        blank_lines_at_end=_blank_lines_at_end, quoted_fields=_quoted_fields, zipped_again=_zip_again,
        other_properties=_properties,
    ),
    *_as(
        "harmless", saved_again=_saved_again, other_attributes=_attributes, another_stylesheet=_stylesheet,
        comments=_comments, blanks_in_cells=_blanks_in_cells, another_menu=_menu, rows_reordered=_rows_reordered,
    ),
)  # fmt: skip
BY_NAME = {operator.name: operator for operator in OPERATORS}
