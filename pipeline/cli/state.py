"""The verbs that say how things stand: status, alerts, quarantine, verify."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, get_args

import click

from ingest.archive.home_clock import clock_of
from ingest.catalog.calendar import Status
from ingest.core.home import Home
from ingest.core.records import Severity
from pipeline import steps
from pipeline.cli.common import WAITS, json_option, pass_existing_home, print_rows, stdout

ALERT_COLUMNS = ("alert", "source_id", "severity", "opened_at", "closed_at", "what", "where")
STATUS_COLUMNS = ("source_id", "status", "reason", "next_expected", "last_accepted_release")


class Several(click.ParamType["frozenset[str]"]):
    """Names with commas between them, each of a known set."""

    name = "names"

    def __init__(self, known: Iterable[str]) -> None:
        self.known = tuple(known)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """How the option is shown in the help."""
        return ",".join(self.known[:2]) + ",…"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[str]:  # noqa: ANN401
        """The set of names; a name that is not known is wrong usage."""
        if isinstance(value, frozenset):
            return value
        names = frozenset(each.strip() for each in str(value).split(",") if each.strip())
        if not names or names - set(self.known):
            self.fail(f"{value!r} names none of {', '.join(self.known)}, or something else", param, ctx)
        return names


@click.command()
@click.option("--fail-on", type=Several(get_args(Status)), default=frozenset(),
              help="Exit with 3 when a source is in one of these states; for monitors.")  # fmt: skip
@json_option
@pass_existing_home
def status(home: Home, fail_on: frozenset[str], as_json: bool) -> None:
    """What is served, how each source stands now, and how many alerts are open."""
    content, _ = steps.status_and_alerts(home, clock_of(home))
    if as_json:
        click.echo(json.dumps(content, indent=2))
    else:
        _print_status(content)
    if any(each["status"] in fail_on for each in content["sources"].values()):
        sys.exit(WAITS)


def _print_status(content: dict[str, Any]) -> None:
    served = content["served"]
    stamp = "  [SAMPLE]" if served and served["sample"] else ""
    stdout.print(f"served: {served['build_id'] if served else 'nothing yet'}{stamp}", markup=False)
    print_rows([{"source_id": source, **facts} for source, facts in content["sources"].items()], False, STATUS_COLUMNS)
    named = ", ".join(f"{each['alert']} ({each['source_id'] or 'all sources'})" for each in content["alerts"])
    stdout.print(f"open alerts: {named or 'none'}; as of {content['as_of']}", markup=False)
    if content["build_due"]:
        stdout.print("a build is due: `roxham build && roxham publish`, or the next event")


@click.command(name="alerts")
@click.option("--all", "closed", is_flag=True, help="Those that are over, too.")
@click.option("--fail-on", type=Several(get_args(Severity)), default=frozenset(),
              help="Exit with 3 when an alert of one of these severities is open; for monitors.")  # fmt: skip
@json_option
@pass_existing_home
def alerts_command(home: Home, closed: bool, fail_on: frozenset[str], as_json: bool) -> None:
    """What is wrong, since when, and where to look: the alerts that are open now."""
    _, still_open = steps.status_and_alerts(home, clock_of(home))
    over = [each for each in steps.alerts(home, closed=True) if not each.is_open] if closed else []
    rows = [each.as_dict() for each in [*over, *still_open]]
    if rows or as_json:
        print_rows(rows, as_json, ALERT_COLUMNS)
    else:
        stdout.print("no alert is open" if not closed else "no alert was ever opened")
    if any(each.severity in fail_on for each in still_open):
        sys.exit(WAITS)


@click.command()
@json_option
@pass_existing_home
def quarantine(home: Home, as_json: bool) -> None:
    """What waits for a person: why, what is served meanwhile, and the commands that decide it. Exit code 3 if anything."""
    waiting = steps.waiting_for_a_person(home)
    if as_json:
        click.echo(json.dumps([each.as_dict() for each in waiting], indent=2))
    elif not waiting:
        stdout.print("nothing waits")
    else:
        for each in waiting:
            stdout.print("\n".join(each.lines()), markup=False)
    if waiting:
        sys.exit(WAITS)


@click.command()
@json_option
@pass_existing_home
def verify(home: Home, as_json: bool) -> None:
    """Sweep the archive: names every object and manifest row that is changed, missing or extra; then the exit code is 3."""
    swept = steps.verify(home, clock_of(home))
    if as_json:
        found = [each.as_dict() for each in swept.faults]
        click.echo(json.dumps({"objects": swept.objects, "faults": found}, indent=2))
    else:
        for each in swept.faults:
            stdout.print(each.what, markup=False)
        said = f"{len(swept.faults)} are wrong" if swept.faults else "all are as they were archived"
        stdout.print(f"{swept.objects} objects and the manifest's rows were read: {said}")
    if swept.faults:
        sys.exit(WAITS)


VERBS = (status, alerts_command, quarantine, verify)
