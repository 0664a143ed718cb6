"""The verbs that answer from what is served: trace, as-of, revisions, serve."""

from __future__ import annotations

import contextlib
import datetime as dt
import json

import click
from roxham_web import serve

from ingest.core.builds import current
from ingest.core.home import Home
from pipeline.cli.common import check_sources, json_option, pass_existing_home, print_csv, print_rows, stderr, stdout
from pipeline.cli.names import check_measure, check_month, check_place, unknown
from warehouse import queries, trace

AS_OF_COLUMNS = ("measure_id", "month", "geography_id", "value", "missing_reason", "value_basis", "computed_value",
                 "revision_count", "is_final", "release_id", "published_at")  # fmt: skip
REVISION_COLUMNS = ("release_id", "published_at", "last_month", "cells_printed", "cells_new", "cells_revised",
                    "cells_appeared", "cells_vanished", "cells_reclassified", "cells_left_window", "totals_moved")  # fmt: skip


@click.command(name="trace")
@click.argument("fact", nargs=-1, required=True, metavar="MEASURE MONTH PLACE")
@click.option("--all-cells", is_flag=True, help="Print every cell of a sum, not only the first ten.")
@json_option
@pass_existing_home
def trace_command(home: Home, fact: tuple[str, ...], all_cells: bool, as_json: bool) -> None:
    """Lead a figure back to its printed cells: releases, addresses, hashes, locators, the cell read again.

    The fact is named by its key, `us_cbp_encounters 2022-10 usbp-sector-swanton`, or in one word with slashes. A year,
    fiscal year or quarter in the middle (2023, FY2024, 2024-Q1) names a printed total, and an office may follow the
    place; where the agency prints none it is the sum of its months, each with its release. The cell_id of a row of
    fct_crossings_monthly_detail names a broken-down figure.
    """
    _refuse_unknown_names(home, fact)
    traced = trace.trace_named(home, fact)
    if as_json:
        click.echo(json.dumps(traced.as_dict(), indent=2))
    else:
        stdout.print(traced.as_text(all_cells=all_cells), markup=False)


def _refuse_unknown_names(home: Home, fact: tuple[str, ...]) -> None:
    """A measure or place that is misspelled is told as such; what else is wrong with the words `trace` says."""
    parts = [part for word in fact for part in word.split("/")]
    if len(parts) not in (3, 4):
        return
    named: dict[queries.Named, str] = {"measure": parts[0], "place": parts[2]}
    for what, asked in named.items():
        known = queries.names(home, what)
        if asked not in known:
            raise click.BadParameter(unknown(what, asked, known))


@click.command(name="as-of")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE")
@click.option("--measure", callback=check_measure, help="Only this measure.")
@click.option("--place", callback=check_place, help="Only this geography_id.")
@click.option("--month", callback=check_month, help="Only this month, YYYY-MM.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV with all columns instead of text.")
@json_option
@pass_existing_home
def as_of(
    home: Home, day: dt.datetime, measure: str | None, place: str | None, month: str | None, as_csv: bool, as_json: bool
) -> None:
    """What was known on DATE: the rows of fct_crossings_monthly as they stood on that day."""
    if as_csv and as_json:
        message = "--csv and --json are two ways to print the same: give one"
        raise click.UsageError(message)
    rows = queries.as_of(home, day.date(), measure, place, month)
    if rows or as_json:
        print_csv(rows) if as_csv else print_rows(rows, as_json, AS_OF_COLUMNS)
    if not rows and not as_json:
        for each in queries.first_known(home, measure, place, month):
            stderr.print(f"nothing was known then: the first release held of {each['source_id']} that speaks of it is of "
                         f"{each['first_known']}", markup=False)  # fmt: skip


@click.command()
@click.argument("source_id", callback=check_sources, metavar="SOURCE")
@json_option
@pass_existing_home
def revisions(home: Home, source_id: str, as_json: bool) -> None:
    """What each release of SOURCE changed: cells new, revised and vanished."""
    print_rows(queries.revisions(home, source_id), as_json, REVISION_COLUMNS)


@click.command(name="serve")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Beyond loopback, put a web server before it.")
@click.option("--quiet", is_flag=True, help="No line per request.")
@click.option("--cors", is_flag=True, help="Let pages of other origins read it, as duckdb-wasm in a browser must.")
@pass_existing_home
def serve_command(home: Home, port: int, host: str, quiet: bool, cors: bool) -> None:
    """Serve the published build's site and files, read-only, until interrupted. Follows every publication."""
    served = current(home)
    with serve.server(home, host, port, quiet=quiet, cors=cors) as listening:
        stamp = " [SAMPLE]" if served.sample else ""
        stdout.print(f"serving {served.build_id}{stamp} at {serve.url_of(listening)} (Ctrl-C ends it)", markup=False)
        with contextlib.suppress(KeyboardInterrupt):
            listening.serve_forever()


VERBS = (trace_command, as_of, revisions, serve_command)
