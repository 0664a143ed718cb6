"""``roxham new-source``: writes the five places of a new source from the template that the repository keeps."""

from __future__ import annotations

from pathlib import Path

import click

from ingest.catalog.source import source_id_fault
from ingest.core.home import REPOSITORY
from warehouse import observation_models

TEMPLATE = REPOSITORY / "source_template"
PLACEHOLDER = "new_source_id"
NEXT = """\
The template reads a table of year, month, place and count; it runs as it stands. Next:
 1. {id}.yaml: replace every "Say:" and agency.example; keys stay in their order.
 2. the parser: the shape of the real file; then a small release of our own writing in tests/golden/{id}/, and
    `python -m tests.golden` writes what is read out of it. Look at the difference.
 3. the suite and the staging model: what the columns mean. A new place goes into dbt_project/seeds/geography.csv.
 4. a row of README's table of sources; cases that must fail in tests/failed_cases/.
Try it: roxham check FILE --source {id}; make lint; make test-fast."""


def write_source(source_id: str, repository: Path = REPOSITORY, template: Path = TEMPLATE) -> list[Path]:
    """Write the template's files for that source and the list of observation models; returns the new paths.

    Raises:
        ValueError: when the id is no id, or one of the places has it already.
    """
    if fault := source_id_fault(source_id):
        raise ValueError(fault)
    wanted = {repository / _named(path.relative_to(template).as_posix(), source_id): path for path in _files(template)}
    taken = [path.relative_to(repository).as_posix() for path in wanted if path.exists()]
    if taken:
        message = f"source {source_id!r} is there already: {', '.join(taken)}"
        raise ValueError(message)
    for path, pattern in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_named(pattern.read_text(encoding="utf-8"), source_id), encoding="utf-8", newline="")
    observation_models.refresh(repository / "dbt_project")
    return sorted(wanted)


def _files(template: Path) -> list[Path]:
    return sorted(path for path in template.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def _named(text: str, source_id: str) -> str:
    return text.replace(PLACEHOLDER, source_id)


@click.command(name="new-source")
@click.argument("source_id", required=False, metavar="ID")
@click.option("--refresh", is_flag=True, help="Only write dbt's list of observation models again.")
def new_source(source_id: str | None, refresh: bool) -> None:
    """Write the five places of a new source ID from the template: YAML, parser, sample with golden rows, staging, suite."""
    if refresh == (source_id is not None):
        message = "give an ID, or --refresh"
        raise click.UsageError(message)
    if source_id is None:
        written = observation_models.refresh()
        click.echo("observation models: " + ("written again" if written else "up to date"))
        return
    for path in write_source(source_id):
        click.echo(f"written {path.relative_to(REPOSITORY)}")
    click.echo(NEXT.format(id=source_id))
