"""Options that name a measure, a place or a month of the published build: an unknown name is wrong usage, and the right
one is suggested.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

import click

from ingest.core.builds import served
from ingest.core.home import Home
from warehouse import queries
from warehouse.queries import Named

SUGGESTED = 3
# Of a place's id or name, or of a measure's, so much must agree.
ALIKE = 0.6


def nearest(asked: str, known: Mapping[str, list[str]]) -> list[str]:
    """The ids that were probably meant.

    Args:
        asked: what was typed.
        known: each id with its names in words.
    """
    said = {name.casefold(): key for key, names in known.items() for name in (*names, key)}
    if asked.casefold() in said:
        return [said[asked.casefold()]]
    close = get_close_matches(asked.casefold(), said, n=SUGGESTED * 2, cutoff=ALIKE)
    held = [name for name in said if asked.casefold() in name] if len(asked) > SUGGESTED else []
    return list(dict.fromkeys(said[name] for name in (*close, *held)))[:SUGGESTED]


def unknown(what: str, asked: str, known: Mapping[str, list[str]]) -> str:
    """The sentence that an unknown name is answered with."""
    meant = nearest(asked, known)
    if meant:
        return f"the published build has no {what} {asked!r}; did you mean {' or '.join(meant)}?"
    return (
        f"the published build has no {what} {asked!r}; marts.dim_{'geography' if what == 'place' else what} lists all"
    )


def check_measure(ctx: click.Context, parameter: click.Parameter, asked: str | None) -> str | None:
    """Refuse a measure that the published build does not have."""
    return _checked(ctx, parameter, "measure", asked)


def check_place(ctx: click.Context, parameter: click.Parameter, asked: str | None) -> str | None:
    """Refuse a place that the published build does not have."""
    return _checked(ctx, parameter, "place", asked)


def check_month(ctx: click.Context, parameter: click.Parameter, asked: str | None) -> str | None:
    """Refuse what is no month, and a month of which the published build has no figure at all."""
    home: Home = ctx.obj
    if asked is None or served(home) is None:
        return asked
    first, last = queries.months(home)
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", asked):
        message = f"{asked!r} is no month: it is written YYYY-MM, as {last:%Y-%m}"
        raise click.BadParameter(message, ctx, parameter)
    if not f"{first:%Y-%m}" <= asked <= f"{last:%Y-%m}":
        message = f"no figure is of {asked}: the published build reaches from {first:%Y-%m} to {last:%Y-%m}"
        raise click.BadParameter(message, ctx, parameter)
    return asked


def _checked(ctx: click.Context, parameter: click.Parameter, what: Named, asked: str | None) -> str | None:
    home: Home = ctx.obj
    if asked is None or served(home) is None:
        return asked
    known = queries.names(home, what)
    if asked not in known:
        raise click.BadParameter(unknown(what, asked, known), ctx, parameter)
    return asked
