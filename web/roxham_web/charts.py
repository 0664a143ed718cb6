"""Draws: Altair specifications over named data, one measure to a chart.

Each kind of chart stands once, in English and in French, with what ``{braces}`` name left open; the figures
stand once a section. ``assets/site.js`` brings both together and adds the colours of light or dark.
"""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Any

import altair as alt

from roxham_web import text
from roxham_web.marts import Row
from roxham_web.months import months_between

HEIGHT = 280
WIDTH: Any = "container"
MOST_TICKS = 10
POWERS = [0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]
UNIT, PLACES, PARTS = "{unit}", ["{places}"], ["{parts}"]
TICK, TICK_SAID = "{tick}", "{tick said}"


class MixedMeasures(ValueError):
    """A chart was asked to show unlike measures on one axis."""


@dataclass(frozen=True)
class Figures:
    """What one section's charts show, in both languages: a row of values a place, one value a month."""

    measure_id: str
    units: dict[str, str]
    months: list[dt.date]
    # Id, names, and whether the place is a part of the leading one.
    places: list[Row]
    values: list[list[int | None]]
    # Numbered, and only those within the months shown.
    events: list[Row]

    def as_dict(self, linked: list[str] | None = None) -> dict[str, Any]:
        """Plain data for the page's script; the figures of ``linked`` places have addresses."""
        return {
            "measure_id": self.measure_id,
            "unit": self.units,
            "months": [f"{month:%Y-%m}" for month in self.months],
            "places": self.places,
            "values": self.values,
            "linked": linked or [],
            "events": _marks(self.events),
        }


def _marks(events: list[Row]) -> list[dict[str, str]]:
    """One mark a month, on its first event's day: events of one month share it, as their numbers would overlap."""
    months: dict[str, list[Row]] = {}
    for each in events:
        months.setdefault(f"{each['effective_on']:%Y-%m}", []).append(each)
    return [
        {"n": ", ".join(str(each["n"]) for each in those), "on": those[0]["effective_on"].isoformat(),
         **{language: " · ".join(f"{each['effective_on']} {each[f'name_{language}']}" for each in those)
            for language in text.LANGUAGES}}
        for those in months.values()
    ]  # fmt: skip


def figures(rows: list[Row], places: list[str], whole: str | None, unit: str, events: list[Row]) -> Figures:
    """The data of one section's charts; null for months without a row, so that no line is drawn across them.

    Raises:
        MixedMeasures: when the rows are not of one measure.
    """
    measures = {row["measure_id"] for row in rows}
    if len(measures) != 1:
        message = f"one axis, one measure; these rows are of {sorted(measures)}"
        raise MixedMeasures(message)
    names = {row["geography_id"]: row for row in rows}
    # A year that has only begun is no bar beside whole ones; the table says its figure and how much of it is there.
    values = {
        (row["geography_id"], row["month"]): None if row.get("is_complete") is False else row["value"] for row in rows
    }
    held = sorted({row["month"] for row in rows})
    months = held if "period_kind" in rows[0] else months_between(held[0], held[-1])
    inside = [each for each in events if held[0] <= each["effective_on"] <= held[-1]]
    shown = [place for place in places if place in names]
    return Figures(
        measures.pop(),
        {language: text.unit(unit, language) for language in text.LANGUAGES},
        months,
        [{"id": place, "en": names[place]["name_en"], "fr": names[place]["name_fr"], "part": place != whole}
         for place in shown],
        [[values.get((place, month)) for month in months] for place in shown],
        [{**each, "n": number} for number, each in enumerate(inside, 1)],
    )  # fmt: skip


@functools.cache
def kinds(language: str) -> dict[str, dict[str, Any]]:
    """The charts of figures by month and place, by what they are called in a section."""
    return {
        "whole": whole(language),
        "stacked": stacked(language),
        "lines": lines(language),
        "periods": periods(language, alone=False),
        "periods-alone": periods(language, alone=True),
    }


def stacked(language: str) -> dict[str, Any]:
    """Months as bars, the parts on top of each other."""
    bars = (
        _parts()
        .mark_bar()
        .encode(
            x=_months(),
            y=_values(),
            color=_places(PARTS, language),
            order=alt.Order("rank:Q", sort="descending"),
            tooltip=_tooltip(language),
        )
    )
    # Months without a figure draw no bar, and still count for the axis: all charts of a section span the same months.
    span = alt.Chart(alt.NamedData("figures")).mark_rule(opacity=0).encode(x=_months())
    return _finished(bars, language, _layer(span))


def lines(language: str) -> dict[str, Any]:
    """One line a part, on a scale that shows small places beside large ones and keeps a zero."""
    drawn = (
        _parts()
        .mark_line(point={"size": 12}, strokeWidth=1.6)
        .encode(
            x=_months(),
            y=_values(symlog=True),
            color=_places(PARTS, language),
            tooltip=_tooltip(language),
        )
    )
    return _finished(drawn, language)


def whole(language: str) -> dict[str, Any]:
    """The leading place alone."""
    drawn = (
        alt.Chart(alt.NamedData("figures"))
        .transform_filter("!datum.part")
        .mark_line(point={"size": 16}, strokeWidth=2)
        .encode(x=_months(), y=_values(), tooltip=_tooltip(language))
    )
    return _finished(drawn, language)


def periods(language: str, *, alone: bool) -> dict[str, Any]:
    """Printed periods as points; cumulative figures and quarters are never joined into months."""
    drawn = (
        alt.Chart(alt.NamedData("figures"))
        .mark_line(point={"size": 36}, strokeWidth=1)
        .encode(
            x=_months(),
            y=_values(),
            color=alt.Undefined if alone else _places(PLACES, language),
            tooltip=_tooltip(language),
        )
    )
    return _finished(drawn, language)


def states(unit: str, values: list[int]) -> dict[str, Any]:
    """One month's figure, release by release: what was known from when on. The axis names the figures themselves."""
    ticks: dict[str, Any] = {"values": values} if len(values) <= MOST_TICKS else {"tickCount": 6}
    drawn = (
        alt.Chart(alt.NamedData("figures"))
        .mark_line(interpolate="step-after", point={"size": 40})
        .encode(
            x=alt.X("utcyearmonthdate(known_from):T", title="Known from", axis=alt.Axis(format="%b %Y", grid=False,
                    tickCount="month", labelOverlap=True)),
            y=alt.Y("value:Q", title=unit, scale=alt.Scale(zero=False, nice=False),
                    axis=alt.Axis(format=",d", labelOverlap=True, **ticks)),
            tooltip=[alt.Tooltip("known_from:N", title="Known from"), alt.Tooltip("value:Q", title=unit, format=",")],
        )
    )  # fmt: skip
    return _plain(drawn)


def triangle() -> dict[str, Any]:
    """Reference months against releases; colour says how far a figure stood from its first one."""
    drawn = (
        alt.Chart(alt.NamedData("figures"))
        .mark_rect()
        .encode(
            x=alt.X("month:O", title="Reference month", axis=alt.Axis(labelAngle=-60, labelOverlap=True)),
            y=alt.Y("release:O", title=None, sort="ascending"),
            color=alt.Color(
                "change:Q",
                title="Change since first held, %",
                scale=alt.Scale(domainMid=0),
                legend=alt.Legend(format="+.2f", gradientLength=220, orient="bottom", direction="horizontal"),
            ),
            tooltip=[
                "month:O",
                "release:O",
                alt.Tooltip("value:Q", format=","),
                alt.Tooltip("change:Q", format="+.3f"),
            ],
        )
    )
    return _plain(drawn)


def _parts() -> alt.Chart:
    return alt.Chart(alt.NamedData("figures")).transform_filter("datum.part")


def _months() -> alt.X:
    # A short series is ticked by month.
    axis = alt.Axis(format=TICK_SAID, tickCount=alt.ExprRef(TICK), labelOverlap=True)
    return alt.X("utcyearmonth(month):T", title=None, axis=axis)


def _values(*, symlog: bool = False) -> alt.Y:
    ticks: dict[str, Any] = {"values": POWERS} if symlog else {"tickCount": 6, "tickMinStep": 1}
    scale = alt.Scale(type="symlog") if symlog else alt.Undefined
    return alt.Y("value:Q", title=UNIT, scale=scale, axis=alt.Axis(format=",d", **ticks))


def _places(order: list[str], language: str) -> alt.Color:
    return alt.Color(
        "place:N", title=text.word("place", language), sort=order, scale=alt.Scale(domain=order),
        legend=alt.Legend(orient="bottom", titleOrient="top", symbolType="square", symbolStrokeWidth=0),
    )  # fmt: skip


def _tooltip(language: str) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("utcyearmonth(month):T", title=text.word("month", language), format="%B %Y"),
        alt.Tooltip("place:N", title=text.word("place", language)),
        alt.Tooltip("value:Q", title=UNIT, format=","),
    ]


def _finished(chart: alt.Chart, language: str, *under: dict[str, Any]) -> dict[str, Any]:
    """The chart with the policy events drawn over it."""
    spec = _plain(chart)
    outer = {key: spec.pop(key) for key in ("$schema", "width", "height", "autosize") if key in spec}
    return {**outer, "layer": [*under, spec, *_events(language)]}


def _events(language: str) -> list[dict[str, Any]]:
    """The layers of the policy events."""
    events = alt.Chart(alt.NamedData("events"))
    tooltip = [alt.Tooltip("name:N", title=text.word("event", language))]
    x = alt.X("utcyearmonthdate(on):T")
    rules = events.mark_rule(strokeDash=[4, 3], strokeWidth=1.2).encode(x=x, tooltip=tooltip)
    numbers = events.mark_text(dy=-6, dx=6, baseline="bottom", fontWeight="bold").encode(
        x=x, y=alt.value(0), text="n:N", tooltip=tooltip
    )
    # The name stands along its rule, cut where the chart ends; the list below the chart has it whole.
    names = events.mark_text(
        angle=270, align="right", baseline="bottom", dx=-4, dy=-2, fontSize=10, opacity=0.85, limit=HEIGHT - 24
    ).encode(x=x, y=alt.value(0), text="name:N", tooltip=tooltip)
    return [_layer(rules), _layer(numbers), _layer(names)]


def _layer(chart: alt.Chart) -> dict[str, Any]:
    spec = chart.to_dict(validate=False)
    return {key: value for key, value in spec.items() if key not in ("$schema", "config")}


def _plain(chart: Any) -> dict[str, Any]:  # noqa: ANN401  any of Altair’s charts
    drawn = chart.properties(width=WIDTH, height=HEIGHT, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
    spec: dict[str, Any] = drawn.to_dict(validate=False)
    # Colours are the page's business; sizes of a continuous view would fight the container's.
    spec.pop("config", None)
    return spec
