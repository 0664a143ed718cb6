"""Takes a release apart when a file of it stops it, so that its siblings go on: files are judged one by one.

Each part is a release of its own, named by its own files: what was taken in stays the same release when a retry or a
person decides about the rest, and the same files under the same code are parted the same way in every replay.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from ingest.core.records import CheckResult, Release, ReleaseFile
from ingest.releases.grouping import release_id

# A release with what is known of its dates.
Dated = tuple[Release, list[CheckResult]]


def parts_of(
    release: Release, dates: Sequence[CheckResult], is_fit: Callable[[Dated], bool], is_known: Callable[[Dated], bool]
) -> list[Dated]:
    """The parts in which a release that was stopped is judged: the files that hold alone together, each other one alone.

    Where every known file is stopped the doubt is about all of them, and they stay together.

    Args:
        release: the release that was stopped as a whole.
        dates: what its dates of publication gave away.
        is_fit: whether a file would be accepted as a release of its own.
        is_known: whether a file is one of the documents that the parser knows.
    """
    alone = [(file, part(release, dates, [file])) for file in release.files]
    fit = [file for file, dated in alone if is_fit(dated)]
    known = [file for file, dated in alone if is_known(dated)]
    together = fit or known
    if not together or len(together) == len(release.files):
        return [(release, list(dates))] if len(known) == len(release.files) else [dated for _file, dated in alone]
    left = [dated for file, dated in alone if file not in together]
    return [part(release, dates, together), *left]


def part(release: Release, dates: Sequence[CheckResult], files: Sequence[ReleaseFile]) -> Dated:
    """These files of a release as one of their own; a date that is in doubt stays with the file that prints it."""
    name = release_id(release.source_id, release.published, (file.sha256 for file in files))
    parted = [
        dataclasses.replace(
            check,
            release_id=name,
            success=check.success or not any(file.file_name in (check.observed or "") for file in files),
        )
        for check in dates
    ]
    return dataclasses.replace(release, release_id=name, files=tuple(files)), parted
