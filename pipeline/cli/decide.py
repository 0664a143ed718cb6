"""The verbs by which a person decides what waits: accept, reject, retry."""

from __future__ import annotations

import json
import sys
from typing import Any, Literal

import click

from ingest.archive import decisions
from ingest.archive.home_clock import clock_of
from ingest.core.home import Home
from pipeline import steps
from pipeline.cli.common import (
    WAITS,
    check_sources,
    complain,
    exit_by,
    json_option,
    pass_existing_home,
    print_outcomes,
    stdout,
)  # fmt: skip


def _decide(home: Home, release_id: str, decision: Literal["accepted", "rejected"], reason: str, by: str) -> None:
    try:
        steps.decide(home, release_id, decision, reason, by, clock_of(home))
    except decisions.DecisionRefused as error:
        complain(str(error))
        sys.exit(WAITS)
    stdout.print(f"{release_id}: {decision} by {by}. It counts from the next build on (`roxham build`).", markup=False)


def _decision_options(command: Any) -> Any:  # noqa: ANN401  click decorators are untyped
    command = click.option("--by", required=True, help="Who decided.")(command)
    command = click.option("--reason", required=True, help="Why, for the record.")(command)
    return click.argument("release_id", metavar="RELEASE")(command)


@click.command()
@_decision_options
@pass_existing_home
def accept(home: Home, release_id: str, reason: str, by: str) -> None:
    """Accept a quarantined RELEASE; recorded in the archive and shown in rpt_quality."""
    _decide(home, release_id, "accepted", reason, by)


@click.command()
@_decision_options
@pass_existing_home
def reject(home: Home, release_id: str, reason: str, by: str) -> None:
    """Reject a RELEASE: its bytes stay archived, its figures are not served."""
    _decide(home, release_id, "rejected", reason, by)


@click.command()
@click.argument("source_id", callback=check_sources, metavar="SOURCE")
@json_option
@pass_existing_home
def retry(home: Home, source_id: str, as_json: bool) -> None:
    """Judge a source's quarantined releases again, after its lookups or parser were taught."""
    outcomes = steps.retry(home, source_id, clock_of(home))
    if as_json:
        click.echo(json.dumps([each.as_dict() for each in outcomes], indent=2))
    elif outcomes:
        print_outcomes(outcomes)
    else:
        stdout.print(f"nothing of {source_id} waits")
    sys.exit(exit_by(outcomes))


VERBS = (accept, reject, retry)
