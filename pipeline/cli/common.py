"""What the verbs share: exit codes, consoles, options, and how rows and outcomes are printed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import update_wrapper
from typing import Any

import click
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from ingest.catalog.source import load_sources
from ingest.core.home import Home
from ingest.core.outgoing_text import readable, without_formula
from ingest.core.records import in_words
from ingest.releases.intake import ReleaseOutcome

FAILED, WAITS = 1, 3


class Terminal(Console):
    """A console that an agency's words cannot steer: no escape sequence, no turned direction, no lone surrogate."""

    def print(self, *objects: Any, **options: Any) -> None:  # noqa: ANN401  rich's own signature
        """As rich prints, with every text readable."""
        super().print(*(readable(each) if isinstance(each, str) else each for each in objects), **options)


# Wide on purpose: a figure that is cut in two by a narrow terminal is read wrong; the terminal may wrap the line.
stdout = Terminal(soft_wrap=True, highlight=False, width=220)
stderr = Terminal(stderr=True, soft_wrap=True, highlight=False)
json_option = click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON instead of text.")


@contextmanager
def shown_steps(steps: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """A line that says what is being done, how far it is and since when; nothing where nobody sits at a terminal."""
    columns = SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=stderr, transient=True, disable=not stderr.is_terminal) as bar:
        shown = bar.add_task("", total=len(steps))
        yield lambda step: bar.update(shown, description=step, completed=steps.index(step) + 1)


def complain(message: str) -> None:
    """Say on the standard error stream what is wrong."""
    stderr.print(f"roxham: {message}", markup=False, style="bold red")


def pass_existing_home(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb that only reads its home; where there is none it says so, and makes none."""

    @click.pass_obj
    def with_home(home: Home, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401  click's callbacks
        if not (home.manifest.exists() or home.current.exists()):
            message = f"there is no home in {home.root}, and none was made: `make run` or `roxham replay` makes one"
            raise FileNotFoundError(message)
        return verb(home, *arguments, **options)

    return update_wrapper(with_home, verb)


def check_sources(ctx: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse names that no source has."""
    known = load_sources()
    for each in value if isinstance(value, tuple) else (value,):
        if each is not None and each not in known:
            message = f"no source {each!r}; known are {', '.join(known)}"
            raise click.BadParameter(message, ctx, parameter)
    return value


def print_rows(rows: Sequence[dict[str, Any]], as_json: bool, columns: Sequence[str] = ()) -> None:
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


def print_csv(rows: Sequence[dict[str, Any]]) -> None:
    """All columns as CSV, safe to open in a spreadsheet; nothing where there are no rows."""
    if not rows:
        return
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([_csv_cell(cell) for cell in row.values()] for row in rows)
    click.echo(stream.getvalue(), nl=False)


def _csv_cell(cell: object) -> object:
    if isinstance(cell, bool):
        return str(cell).lower()
    return without_formula(cell) if isinstance(cell, str) else cell


def _shown(cell: object) -> str:
    if isinstance(cell, list):
        return readable("\n".join(map(str, cell)))
    return "—" if cell is None else readable(str(cell))


def print_outcomes(outcomes: Sequence[ReleaseOutcome]) -> None:
    """What became of each release, with the checks that it failed."""
    for outcome in outcomes:
        release = outcome.release
        reach = f"{release.first_month} to {release.last_month}" if release.first_month else "no months"
        stdout.print(f"{in_words(release.state):<12} {release.release_id}  {release.rows} rows, {reach}", markup=False)
        for result in outcome.failed_checks:
            stdout.print(
                f"    {result.severity}: {result.check}: {result.observed} (limit {result.limit})", markup=False
            )


def exit_by(outcomes: Sequence[ReleaseOutcome], *, failed: bool = False) -> int:
    """The exit code of a verb that has judged releases."""
    if any(each.release.state != "accepted" for each in outcomes):
        return WAITS
    return FAILED if failed else 0
