"""Puts the verbs together: one group, whose commands end with a sentence where Roxham knows what is wrong."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import click
import duckdb

from ingest import __version__
from ingest.core.builds import BuildError
from ingest.core.home import Home
from pipeline.cli import airflow, builds, collect, decide, questions, state
from pipeline.cli.common import FAILED, complain
from pipeline.new_source import new_source


class Roxham(click.Group):
    """A group whose commands end with a sentence, not a traceback, when a build cannot go on."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  click's own signature
        """Run the command; what Roxham knows to be wrong is one message and exit code 1."""
        try:
            return super().invoke(ctx)
        except (BuildError, OSError, LookupError, ValueError, sqlite3.Error, duckdb.Error) as error:
            message = error.args[0] if isinstance(error, KeyError) and error.args else error
            complain(str(message))
            ctx.exit(FAILED)


@click.group(
    cls=Roxham,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 something waits for a person.",
)
@click.option("--home", type=click.Path(path_type=Path), help="Where everything lives (default: ROXHAM_HOME or .home).")
@click.version_option(__version__, prog_name="roxham")
@click.pass_context
def main(ctx: click.Context, home: Path | None) -> None:
    """Government border-interception releases as monthly facts that lead back to the printed cell."""
    ctx.obj = Home.from_environment(home)


main.add_command(new_source)
for module in (collect, builds, state, decide, questions, airflow):
    for verb in module.VERBS:
        main.add_command(verb)
