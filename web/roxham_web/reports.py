"""Shows reports of further models as tables in words: where a build has the model, on its page, in the page's language."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from roxham_web import tables, text
from roxham_web.marts import Marts, Row
from roxham_web.tables import Cell, Table

MOST_ROWS = 200


@dataclass(frozen=True)
class Report:
    """One mart on one page: what it is called and says, and the query of its rows; columns as ``text.COLUMNS`` has them."""

    page: str
    mart: str
    titles: tuple[str, str]
    told: tuple[str, str]
    # ``{names}`` is the column of places' and events' names in the page's language; measures come as ids.
    query: str
    secondary: bool = False


REPORTS = (
    Report(
        "canada",
        "fct_press_quotations",
        ("What the press quoted at the time", "Ce que la presse citait à l’époque"),
        (
            "Figures that a report quoted before the first release of them that is archived here. They are never part "
            "of the figures above, and never added to them.",
            "Chiffres cités dans un article avant la première publication archivée ici. Ils ne font jamais partie des "
            "chiffres ci-dessus et ne leur sont jamais additionnés.",
        ),
        """
        select quotations.period_start as first_month, quotations.period_end as last_month, quotations.measure_id as measure,
            places.{names} as place, quotations.value, quotations.quoted_on, quotations.basis, quotations.address
        from marts.fct_press_quotations as quotations
        inner join marts.dim_geography as places using (geography_id)
        order by first_month desc, last_month desc, place, quoted_on, value
        """,
        secondary=True,
    ),
    Report(
        "canada",
        "rpt_event_windows",
        ("Twelve months before and after each event", "Douze mois avant et après chaque événement"),
        (
            "Two sums beside each other, for Canada as a whole; nothing is said about a cause. A sum is given only where "
            "all twelve months are held.",
            "Deux sommes côte à côte, pour l’ensemble du Canada ; rien n’est dit d’une cause. Une somme n’est donnée que "
            "là où les douze mois sont conservés.",
        ),
        """
        select windows.effective_on, events.{names} as event, windows.measure_id as measure, windows.value_before,
            windows.value_in_month, windows.value_after, windows.difference
        from marts.rpt_event_windows as windows
        inner join marts.dim_policy_event as events using (policy_event_id)
        where windows.geography_id = 'CA' and (windows.value_before is not null or windows.value_after is not null)
        order by windows.effective_on desc, windows.policy_event_id, windows.measure_id
        """,
    ),
    Report(
        "claims",
        "rpt_irb_quarters",
        ("What was gained between two printed totals", "Ce qui s’est ajouté entre deux totaux imprimés"),
        (
            "The Board prints running totals since 2017, as of the end of some quarters. What lies between two of them "
            "is their difference; no quarter inside a longer span is made up. From late 2022 on the totals begin a month "
            "earlier, so the difference across that change is none.",
            "La Commission imprime des totaux cumulés depuis 2017, à la fin de certains trimestres. Ce qui s’est ajouté "
            "entre deux est leur différence ; aucun trimestre n’est inventé dans un intervalle plus long. Depuis la fin de "
            "2022, les totaux commencent un mois plus tôt : aucune différence n’est donnée par-dessus ce changement.",
        ),
        """
        select measure_id as measure, first_month, last_month, value_at_start, value_at_end,
            case when not is_break then difference end as gained
        from marts.rpt_irb_quarters
        order by last_month desc, measure_id
        """,
    ),
    Report(
        "discrepancies",
        "rpt_reconciliation",
        ("Where two sources do not agree", "Là où deux sources ne concordent pas"),
        (
            "Figures that two tables, files or agencies give for the same month and place, where they differ by more "
            "than rounding allows. The downloads hold those that agree as well.",
            "Chiffres que deux tableaux, fichiers ou organismes donnent pour le même mois et le même lieu, là où ils "
            "diffèrent de plus que l’arrondi. Les téléchargements contiennent aussi ceux qui concordent.",
        ),
        """
        select pairs.month, places.{names} as place, pairs.left_measure_id as measure,
            pairs.right_measure_id as other_measure, pairs.left_value as value, pairs.right_value as other_value,
            pairs.difference, pairs.tolerance, pairs.explanation
        from marts.rpt_reconciliation as pairs
        inner join marts.dim_geography as places using (geography_id)
        where not pairs.agrees
        order by pairs.month desc, pairs.pair_id, place, measure, other_measure
        """,
    ),
)


@dataclass(frozen=True)
class ShownReport:
    """One report in one language: its words and its first rows as a table."""

    mart: str
    title: str
    told: str
    secondary: bool
    # How many of how many rows are shown; empty where all are.
    more: str
    table: Table


def reports(marts: Marts, page: str, language: str) -> list[ShownReport]:
    """The reports of that page that this build has, in a language."""
    titles = {row["measure_id"]: row["title"] for row in marts.rows("select measure_id, title from marts.dim_measure")}
    return [
        _shown(marts, each, titles, language) for each in REPORTS if each.page == page and marts.has(each.mart)
    ]  # fmt: skip


def _shown(marts: Marts, report: Report, titles: dict[str, str], language: str) -> ShownReport:
    at = text.LANGUAGES.index(language)
    rows = marts.rows(report.query.format(names=f"name_{language}"))
    shown = rows[:MOST_ROWS]
    counts = [text.number(count, language) for count in (len(shown), len(rows))]
    return ShownReport(
        mart=report.mart,
        title=report.titles[at],
        told=report.told[at],
        secondary=report.secondary,
        more=text.word("more_rows", language, *counts) if len(rows) > len(shown) else "",
        table=_table(report, shown, titles, language),
    )


def _table(report: Report, rows: list[Row], titles: dict[str, str], language: str) -> Table:
    heads = list(rows[0]) if rows else []
    body = [[_cell(name, row[name], titles, language) for name in heads] for row in rows]
    title = report.titles[text.LANGUAGES.index(language)]
    return Table(f"table-{report.mart}", title, [text.column(name, language) for name in heads], body)


def _cell(name: str, value: Any, titles: dict[str, str], language: str) -> Cell:  # noqa: ANN401  of any SQL type
    """A value by what its column is: months, measures, addresses and counts each have their own words."""
    if value is None:
        return tables.cell(value)
    if name.endswith("measure"):
        return Cell(text.measure_title(value, titles[value], language))
    if name == "basis":
        return Cell(text.BASES[value][text.LANGUAGES.index(language)])
    if name == "address":
        return Cell(str(urlsplit(value).hostname).removeprefix("www."), href=value)
    if name in ("difference", "gained"):
        return Cell(text.signed(value, language), kind="number")
    if isinstance(value, dt.date) and name.endswith("month"):
        return Cell(text.month(value, language), kind="date")
    return Cell(text.number(value, language), kind="number") if isinstance(value, int) else tables.cell(value)
