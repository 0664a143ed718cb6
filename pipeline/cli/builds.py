"""The verbs that make what readers open, and keep it: build, publish, rebuild, builds."""

from __future__ import annotations

import json
import sys

import click

from ingest.archive.home_clock import clock_of
from ingest.core.builds import PublishedBuild, served
from ingest.core.home import Home
from pipeline import steps
from pipeline.cli.common import WAITS, json_option, print_rows, shown_steps, stdout
from warehouse.kept_builds import KEPT_BUILDS


@click.command()
@json_option
@click.pass_obj
def build(home: Home, as_json: bool) -> None:
    """Build a candidate from the accepted releases, audit it and finish it, without publishing."""
    with shown_steps(steps.STEPS_OF_BUILD) as say:
        info = steps.build_candidate(home, clock_of(home), say)
    if as_json:
        click.echo(json.dumps({"candidate": info and info.as_dict()}))
    else:
        said = f"candidate {info.build_id} is audited and ready: `roxham publish`" if info else "unchanged"
        stdout.print(said)


@click.command()
@json_option
@click.pass_obj
def publish(home: Home, as_json: bool) -> None:
    """Swap the finished candidate in front of the readers."""
    before = served(home)
    published = steps.publish(home, clock_of(home))
    is_new = before is None or before.build_id != published.build_id
    if as_json:
        click.echo(json.dumps({**published.as_dict(), "is_new": is_new}))
    elif is_new:
        print_published(published)
    else:
        stdout.print(f"nothing new to publish: {published.build_id} stays published")


def print_published(published: PublishedBuild) -> None:
    """One line of what readers see now."""
    stamp = " [SAMPLE]" if published.sample else ""
    stdout.print(
        f"published {published.build_id}{stamp}: {published.releases} releases, {published.path}", markup=False
    )


@click.command()
@click.argument("build_id", metavar="BUILD")
@json_option
@click.pass_obj
def rebuild(home: Home, build_id: str, as_json: bool) -> None:
    """Make a kept BUILD again and compare exports and site byte for byte; exit code 3 when any file differs.

    Refused when this checkout's code is not the code that made it: the message names the commit to check out.
    """
    with shown_steps(steps.STEPS_OF_BUILD) as say:
        rebuilt = steps.rebuild(home, build_id, say)
    if as_json:
        click.echo(json.dumps(rebuilt.as_dict(), indent=2))
    else:
        for name in rebuilt.differing:
            stdout.print(f"differs: {name}", markup=False)
        said = f"{len(rebuilt.differing)} differ" if rebuilt.differing else "all are the same, byte for byte"
        stdout.print(f"{build_id} was made again, {rebuilt.files} files were compared: {said}", markup=False)
    if rebuilt.differing:
        sys.exit(WAITS)


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def builds(ctx: click.Context, as_json: bool) -> None:
    """List the builds that are kept; `roxham builds prune|pin|unpin` decide which."""
    if ctx.invoked_subcommand is None:
        rows = [each.as_dict() for each in steps.builds(ctx.obj)]
        print_rows(rows, as_json)


@builds.command()
@click.option("--keep", type=click.IntRange(min=1), default=KEPT_BUILDS, show_default=True, help="How many stay.")
@click.pass_obj
def prune(home: Home, keep: int) -> None:
    """Delete all but the newest builds; one that is served or pinned stays."""
    gone = steps.prune_builds(home, keep)
    stdout.print(f"deleted: {', '.join(gone)}" if gone else "nothing to delete", markup=False)


@builds.command()
@click.argument("build_id", metavar="BUILD")
@click.pass_obj
def pin(home: Home, build_id: str) -> None:
    """Keep BUILD until it is unpinned: one that was quoted, or is evidence."""
    steps.pin_build(home, build_id, pinned=True)


@builds.command()
@click.argument("build_id", metavar="BUILD")
@click.pass_obj
def unpin(home: Home, build_id: str) -> None:
    """Let BUILD go when its turn comes."""
    steps.pin_build(home, build_id, pinned=False)


VERBS = (build, publish, rebuild, builds)
