"""The ``roxham`` command: every step of a run by hand, and the questions that people ask of what is served.

Exit codes: 0 done (or nothing to do) · 1 Roxham failed, or nothing can be served · 2 wrong usage · 3 data were
refused or quarantined.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import click
import duckdb
from rich.console import Console
from rich.table import Table
from roxham_web import serve

from ingest import __version__
from ingest.archive import decisions
from ingest.archive.home_clock import clock_of
from ingest.catalog.source import load_sources
from ingest.core.builds import BuildError, PublishedBuild, current, current_inputs
from ingest.core.clock import clock_from_environment
from ingest.core.home import Home
from ingest.releases.intake import ReleaseOutcome
from pipeline import steps
from pipeline.replay import ReplayedFile
from warehouse import queries, trace
from warehouse.candidate import describe_candidate

FAILED, REFUSED = 1, 3
# Wide on purpose: a figure that is cut in two by a narrow terminal is read wrong; the terminal may wrap the line.
stdout = Console(soft_wrap=True, highlight=False, width=220)
stderr = Console(stderr=True, soft_wrap=True, highlight=False)
AS_OF_COLUMNS = ("measure_id", "month", "geography_id", "value", "missing_reason", "value_basis", "computed_value",
                 "revision_count", "is_final", "release_id", "published_at")  # fmt: skip
REVISION_COLUMNS = ("release_id", "published_at", "last_month", "cells_printed", "cells_new", "cells_revised",
                    "cells_appeared", "cells_vanished", "cells_reclassified", "cells_left_window", "totals_moved")  # fmt: skip
ALERT_COLUMNS = ("alert", "source_id", "severity", "opened_at", "closed_at", "what", "where")
STATUS_COLUMNS = ("source_id", "status", "reason", "next_expected", "last_accepted_release")
json_option = click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON instead of text.")


class Roxham(click.Group):
    """A group whose commands end with a sentence, not a traceback, when a build cannot go on."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's own signature
        """Run the command; what Roxham knows to be wrong is one message and exit code 1."""
        try:
            return super().invoke(ctx)
        except (BuildError, OSError, LookupError, ValueError, sqlite3.Error, duckdb.Error) as error:
            message = error.args[0] if isinstance(error, KeyError) and error.args else error
            stderr.print(f"roxham: {message}", markup=False, style="bold red")
            ctx.exit(FAILED)


@click.group(cls=Roxham, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="Where everything lives (default: ROXHAM_HOME or .home).")
@click.version_option(__version__, prog_name="roxham")
@click.pass_context
def main(ctx: click.Context, home: Path | None) -> None:
    """Government border-interception releases as monthly facts that lead back to the printed cell."""
    ctx.obj = Home.from_environment(home)


def _check_sources(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    known = load_sources()
    for each in value if isinstance(value, tuple) else (value,):
        if each is not None and each not in known:
            message = f"no source {each!r}; known are {', '.join(known)}"
            raise click.BadParameter(message, ctx, parameter)
    return value


@main.command()
@json_option
def sources(as_json: bool) -> None:
    """List the sources: what each measures, where it comes from, when it is due."""
    rows = [
        {
            "source_id": source.id,
            "publisher": source.publisher,
            "measures": [measure.measure for measure in source.definition],
            "calendar": source.calendar.rule,
            "page": source.resources.page_url,
            "licence": source.licence.name,
        }
        for source in load_sources().values()
    ]
    _print(rows, as_json)


@main.command()
@click.argument("source_ids", nargs=-1, metavar="[SOURCE]...", callback=_check_sources)
@click.option("--dry-run", is_flag=True, help="Poll only: say what would be fetched, archive and record nothing.")
@json_option
@click.pass_obj
def fetch(home: Home, source_ids: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Poll the agencies, archive what is new, and process it (parse, validate, accept or quarantine)."""
    clock = clock_from_environment()
    reports, outcomes = [], []
    for source_id in source_ids or tuple(load_sources()):
        stderr.print(f"polling {source_id} …")
        report = steps.fetch(home, source_id, clock, dry_run=dry_run)
        reports.append(report)
        if not dry_run:
            outcomes.extend(steps.process_release(home, source_id, clock))
    if as_json:
        click.echo(json.dumps({
            "fetched": [report.as_dict() for report in reports], "releases": [each.as_dict() for each in outcomes],
        }, indent=2))  # fmt: skip
    else:
        for report in reports:
            stdout.print(report.summary(), markup=False)
        _print_outcomes(outcomes)
    if any(report.failed for report in reports) or any(each.release.state != "accepted" for each in outcomes):
        sys.exit(REFUSED)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", "source_id", required=True, callback=_check_sources, help="The source it claims to be of.")
@json_option
@click.pass_obj
def check(home: Home, file: Path, source_id: str, as_json: bool) -> None:
    """Say what processing FILE would give: every check with what it saw. Records nothing."""
    outcome = steps.check_file(home, source_id, file, clock_of(home))
    if as_json:
        click.echo(json.dumps({
            **outcome.as_dict(), "checks": [dataclasses.asdict(each) for each in outcome.checks],
        }, indent=2))  # fmt: skip
    else:
        _print_checks(outcome)
    if outcome.release.state != "accepted":
        sys.exit(REFUSED)


@main.command()
@click.option("--releases", "folders", required=True, multiple=True,
              type=click.Path(exists=True, file_okay=False, path_type=Path),
              help="A releases folder: <source>/<vintage>/<files> with a releases.csv. May be repeated.")  # fmt: skip
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only what was known on that day.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1, 16), help="Sources side by side.")
@click.option("--no-build", is_flag=True, help="Process only; build later with `roxham build`.")
@json_option
@click.pass_obj
def replay(
    home: Home, folders: tuple[Path, ...], until: dt.datetime | None, jobs: int, no_build: bool, as_json: bool
) -> None:
    """Bring folders of releases in, in order of publication, and publish one build of them."""
    done = steps.replay(
        home, folders, until=until.date() if until else None, jobs=jobs, bundled=True,
        progress=lambda line: stderr.print(line, markup=False),
    )  # fmt: skip
    counted = Counter(each.outcome for each in done)
    stderr.print("files: " + (", ".join(f"{count} {name}" for name, count in sorted(counted.items())) or "none"))
    published = None
    if not no_build:
        stderr.print("building …")
        published = steps.build_and_publish(home, clock_of(home))
    _report_replay(home, done, published, as_json, no_build)


def _report_replay(
    home: Home, done: Sequence[ReplayedFile], published: PublishedBuild | None, as_json: bool, no_build: bool
) -> None:
    if as_json:
        click.echo(json.dumps({
            "files": [each.as_dict() for each in done], "published": published and published.as_dict(),
        }, indent=2))  # fmt: skip
    elif published:
        _print_published(published)
    elif not no_build:
        stdout.print(f"unchanged: {current(home).build_id} stays published")


@main.command()
@json_option
@click.pass_obj
def build(home: Home, as_json: bool) -> None:
    """Build a candidate from the accepted releases, audit it and finish it, without publishing."""
    info = steps.build_candidate(home)
    if as_json:
        click.echo(json.dumps({"candidate": info and info.as_dict()}))
    else:
        said = f"candidate {info.build_id} is audited and ready: `roxham publish`" if info else "unchanged"
        stdout.print(said)


@main.command()
@json_option
@click.pass_obj
def publish(home: Home, as_json: bool) -> None:
    """Swap the finished candidate in front of the readers."""
    published = steps.publish(home, clock_of(home))
    if as_json:
        click.echo(json.dumps(published.as_dict()))
    else:
        _print_published(published)


@main.command()
@json_option
@click.pass_obj
def status(home: Home, as_json: bool) -> None:
    """What is served, and how fresh each source is now."""
    content: dict[str, Any] = steps.current_states(home, clock_of(home))
    served = current(home).as_dict() if current_inputs(home) else None
    waiting = describe_candidate(home)
    content["served"] = served
    content["build_due"] = bool(waiting and waiting.inputs != current_inputs(home))
    if as_json:
        click.echo(json.dumps(content, indent=2))
        return
    stamp = "  [SAMPLE]" if served and served["sample"] else ""
    stdout.print(f"served: {served['build_id'] if served else 'nothing yet'}{stamp}", markup=False)
    _print([{"source_id": source, **facts} for source, facts in content["sources"].items()], False, STATUS_COLUMNS)


@main.command(name="alerts")
@click.option("--all", "closed", is_flag=True, help="Those that are over, too.")
@json_option
@click.pass_obj
def alerts_command(home: Home, closed: bool, as_json: bool) -> None:
    """What is wrong, since when, and where to look: the open alerts of the nine classes."""
    rows = [each.as_dict() for each in steps.alerts(home, closed=closed)]
    if not rows and not as_json:
        stdout.print("no alert is open" if not closed else "no alert was ever opened")
        return
    _print(rows, as_json, ALERT_COLUMNS)


def _decide(home: Home, release_id: str, decision: Literal["accepted", "rejected"], reason: str, by: str) -> None:
    try:
        steps.decide(home, release_id, decision, reason, by, clock_of(home))
    except decisions.DecisionRefused as error:
        stderr.print(f"roxham: {error}", markup=False, style="bold red")
        sys.exit(REFUSED)
    stdout.print(f"{release_id}: {decision} by {by}. It counts from the next build on (`roxham build`).", markup=False)


def _decision_options(command: Any) -> Any:  # noqa: ANN401  click decorators are untyped
    command = click.option("--by", required=True, help="Who decided.")(command)
    command = click.option("--reason", required=True, help="Why, for the record.")(command)
    return click.argument("release_id", metavar="RELEASE")(command)


@main.command()
@_decision_options
@click.pass_obj
def accept(home: Home, release_id: str, reason: str, by: str) -> None:
    """Accept a quarantined RELEASE; recorded in the archive and shown in rpt_quality."""
    _decide(home, release_id, "accepted", reason, by)


@main.command()
@_decision_options
@click.pass_obj
def reject(home: Home, release_id: str, reason: str, by: str) -> None:
    """Reject a RELEASE: its bytes stay archived, its figures are not served."""
    _decide(home, release_id, "rejected", reason, by)


@main.command(name="retry")
@click.argument("source_id", callback=_check_sources, metavar="SOURCE")
@json_option
@click.pass_obj
def retry(home: Home, source_id: str, as_json: bool) -> None:
    """Judge a source's quarantined releases again, after its lookups or parser were taught."""
    outcomes = steps.retry(home, source_id, clock_of(home))
    if as_json:
        click.echo(json.dumps([each.as_dict() for each in outcomes], indent=2))
    else:
        _print_outcomes(outcomes)
    if any(each.release.state != "accepted" for each in outcomes):
        sys.exit(REFUSED)


@main.command(name="trace")
@click.argument("fact", nargs=-1, required=True, metavar="MEASURE MONTH PLACE")
@click.option("--all-cells", is_flag=True, help="Print every cell of a sum, not only the first ten.")
@json_option
@click.pass_obj
def trace_command(home: Home, fact: tuple[str, ...], all_cells: bool, as_json: bool) -> None:
    """Lead a figure back to its printed cells: releases, addresses, hashes, locators, the cell read again.

    The fact is named by its key, `us_cbp_encounters 2022-10 usbp-sector-swanton`, or in one word with slashes. A year,
    fiscal year or quarter in the middle (2023, FY2024, 2024-Q1) names a printed total, and an office may follow the
    place; the cell_id of a row of fct_crossings_monthly_detail names a broken-down figure.
    """
    traced = trace.trace_named(home, fact)
    if as_json:
        click.echo(json.dumps(traced.as_dict(), indent=2))
    else:
        stdout.print(traced.as_text(all_cells=all_cells), markup=False)


@main.command(name="as-of")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE")
@click.option("--measure", help="Only this measure.")
@click.option("--place", help="Only this geography_id.")
@click.option("--month", help="Only this month, YYYY-MM.")
@json_option
@click.pass_obj
def as_of(
    home: Home, day: dt.datetime, measure: str | None, place: str | None, month: str | None, as_json: bool
) -> None:
    """What was known on DATE: the rows of fct_crossings_monthly as they stood on that day."""
    _print(queries.as_of(home, day.date(), measure, place, month), as_json, AS_OF_COLUMNS)


@main.command(name="serve")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Beyond loopback, put a web server before it.")
@click.option("--quiet", is_flag=True, help="No line per request.")
@click.pass_obj
def serve_command(home: Home, port: int, host: str, quiet: bool) -> None:
    """Serve the published build's site and files, read-only, until interrupted. Follows every publication."""
    served = current(home)
    with serve.server(home, host, port, quiet=quiet) as listening:
        stamp = " [SAMPLE]" if served.sample else ""
        stdout.print(f"serving {served.build_id}{stamp} at {serve.url_of(listening)} (Ctrl-C ends it)", markup=False)
        with contextlib.suppress(KeyboardInterrupt):
            listening.serve_forever()


@main.command()
@click.argument("source_id", callback=_check_sources, metavar="SOURCE")
@json_option
@click.pass_obj
def revisions(home: Home, source_id: str, as_json: bool) -> None:
    """What each release of SOURCE changed: cells new, revised and vanished."""
    _print(queries.revisions(home, source_id), as_json, REVISION_COLUMNS)


def _print(rows: Sequence[dict[str, Any]], as_json: bool, columns: Sequence[str] = ()) -> None:
    """All columns as JSON; as text those that a person asked for."""
    if as_json:
        click.echo(json.dumps(rows, indent=2, default=str))
        return
    if not rows:
        stdout.print("no rows")
        return
    table = Table(box=None, pad_edge=False)
    for name in columns or rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_shown(row[name]) for name in columns or row))
    stdout.print(table, markup=False)


def _shown(cell: object) -> str:
    if isinstance(cell, list):
        return "\n".join(map(str, cell))
    return "—" if cell is None else str(cell)


def _print_outcomes(outcomes: Sequence[ReleaseOutcome]) -> None:
    for outcome in outcomes:
        release = outcome.release
        reach = f"{release.first_month} to {release.last_month}" if release.first_month else "no months"
        stdout.print(f"{release.state:<12} {release.release_id}  {release.rows} rows, {reach}", markup=False)
        for result in outcome.failed_checks:
            stdout.print(
                f"    {result.severity}: {result.check}: {result.observed} (limit {result.limit})", markup=False
            )


def _print_checks(outcome: ReleaseOutcome) -> None:
    for result in outcome.checks:
        mark = "ok" if result.success else result.severity
        stdout.print(f"{mark:<9} {result.check}: {result.observed} (limit {result.limit})", markup=False)
        if not result.success:
            stdout.print(f"          {result.reason}", markup=False)
    said = "would be accepted" if outcome.release.state == "accepted" else "would be quarantined"
    stdout.print(f"{outcome.release.release_id}: {said}", markup=False)


def _print_published(published: PublishedBuild) -> None:
    stamp = " [SAMPLE]" if published.sample else ""
    stdout.print(
        f"published {published.build_id}{stamp}: {published.releases} releases, {published.path}", markup=False
    )


if __name__ == "__main__":
    main()
