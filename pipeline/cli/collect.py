"""The verbs that bring releases in: sources, fetch, check, replay."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from ingest.agency.fetch import FetchReport
from ingest.archive.home_clock import clock_of
from ingest.catalog.source import load_sources
from ingest.core.builds import PublishedBuild, current
from ingest.core.clock import clock_from_environment
from ingest.core.home import Home
from ingest.core.records import in_words
from ingest.core.settings import AgencySettings
from ingest.releases.intake import ReleaseOutcome
from pipeline import steps
from pipeline.cli.builds import print_published
from pipeline.cli.common import (
    WAITS,
    check_sources,
    exit_by,
    json_option,
    print_outcomes,
    print_rows,
    shown_steps,
    stderr,
    stdout,
)
from pipeline.replay import FileOutcome, ReplayedFile, read_folder

# From so many sources on that could not be reached at all, it is one trouble, and one line.
ONE_TROUBLE = 3
# What a replay leaves for somebody to decide.
NEEDS_A_PERSON: tuple[FileOutcome, ...] = ("quarantined", "set_aside", "refused")


@click.command()
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
    print_rows(rows, as_json)


@click.command()
@click.argument("source_ids", nargs=-1, metavar="[SOURCE]...", callback=check_sources)
@click.option("--dry-run", is_flag=True, help="Poll only: say what would be fetched, archive and record nothing.")
@json_option
@click.pass_obj
def fetch(home: Home, source_ids: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Poll the agencies, archive what is new, and process it (parse, validate, accept or quarantine)."""
    # The agencies themselves live now, whatever the home was made over before.
    clock = clock_of(home) if AgencySettings().agency else clock_from_environment()
    reports, outcomes = [], []
    for source_id in source_ids or tuple(load_sources()):
        stderr.print(f"polling {source_id} …")
        reports.append(steps.fetch(home, source_id, clock, dry_run=dry_run))
        if not dry_run:
            outcomes.extend(steps.process_release(home, source_id, clock))
    if as_json:
        click.echo(json.dumps({
            "fetched": [report.as_dict() for report in reports], "releases": [each.as_dict() for each in outcomes],
        }, indent=2))  # fmt: skip
    else:
        for line in summaries(reports):
            stdout.print(line, markup=False)
        print_outcomes(outcomes)
    sys.exit(exit_by(outcomes, failed=any(report.failed for report in reports)))


def summaries(reports: Sequence[FetchReport]) -> list[str]:
    """What each poll came to; sources of which nothing could be reached are one sentence, as it is one trouble."""
    cut_off = [each for each in reports if _could_not_be_reached(each)]
    if len(cut_off) < ONE_TROUBLE:
        cut_off = []
    lines = [each.summary() for each in reports if each not in cut_off]
    if cut_off:
        names = ", ".join(each.source_id for each in cut_off)
        lines.append(f"FAILED nothing of {len(cut_off)} sources could be reached ({names}). {cut_off[0].failures[0]}")
    return lines


def _could_not_be_reached(report: FetchReport) -> bool:
    return bool(report.attempts) and all(each.outcome == "unreachable" for each in report.attempts)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", "source_id", required=True, callback=check_sources, help="The source it claims to be of.")
@json_option
@click.pass_obj
def check(home: Home, file: Path, source_id: str, as_json: bool) -> None:
    """Say what processing FILE would give: every check with what it saw. Records nothing."""
    outcome = steps.check_file(home, source_id, file, clock_of(home))
    if as_json:
        click.echo(json.dumps({
            **outcome.as_dict(), "checks": [each.as_dict() for each in outcome.checks],
        }, indent=2))  # fmt: skip
    else:
        _print_checks(outcome)
    sys.exit(exit_by([outcome]))


def _print_checks(outcome: ReleaseOutcome) -> None:
    for result in outcome.checks:
        mark = "ok" if result.success else result.severity
        stdout.print(f"{mark:<9} {result.check}: {result.observed} (limit {result.limit})", markup=False)
        if not result.success:
            stdout.print(f"          {result.reason}", markup=False)
    stdout.print(f"{outcome.release.release_id}: would be {in_words(outcome.release.state)}", markup=False)


def _hold_releases(ctx: click.Context, parameter: click.Parameter, folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """A folder in which nothing lies where releases would is a mistyped one."""
    for folder in folders:
        if not any(each.source_id in load_sources() for each in read_folder(folder)):
            message = f"{folder} holds nothing of any source: releases lie in <source>/<vintage>/<files>"
            raise click.BadParameter(message, ctx, parameter)
    return folders


@click.command()
@click.option("--releases", "folders", required=True, multiple=True, callback=_hold_releases,
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
        with shown_steps(steps.STEPS_OF_BUILD) as say:
            published = steps.build_and_publish(home, clock_of(home), say)
    _report_replay(home, done, published, as_json, no_build)
    if any(counted[each] for each in NEEDS_A_PERSON):
        stderr.print("something waits for a person: `roxham quarantine`, and the lines `refused` above")
        sys.exit(WAITS)


def _report_replay(
    home: Home, done: Sequence[ReplayedFile], published: PublishedBuild | None, as_json: bool, no_build: bool
) -> None:
    if as_json:
        click.echo(json.dumps({
            "files": [each.as_dict() for each in done], "published": published and published.as_dict(),
        }, indent=2))  # fmt: skip
    elif published:
        print_published(published)
    elif not no_build:
        stdout.print(f"unchanged: {current(home).build_id} stays published")


VERBS = (sources, fetch, check, replay)
