"""Keeps the sources back whose newest releases fail a build, so that all others are published the same night."""

from __future__ import annotations

from collections import defaultdict

from ingest.archive.kept_back import KeptBack
from ingest.archive.kept_back import keep_back as remember
from ingest.archive.manifest import Manifest
from ingest.core.builds import AuditFailed, SourceFailed, served
from ingest.core.home import Home
from ingest.core.records import CheckResult
from warehouse.candidate import code_fingerprint, day_of_build, kept_back_now, troubled


def keep_back(home: Home, failure: SourceFailed) -> list[str]:
    """Pin each failed source to its releases of the served build, none where it never was served.

    Returns:
        The sources, in alphabetical order; each call pins at least one that was not, so trying again comes to an end.

    Raises:
        AuditFailed: when a source fails at the releases that are served: then the build is wrong, not a release.
    """
    by_source: dict[str, list[CheckResult]] = defaultdict(list)
    for result in failure.results:
        by_source[result.source_id or ""].append(result)
    with Manifest(home.manifest) as manifest:
        kept = [_kept(home, manifest, source, checks) for source, checks in sorted(by_source.items())]
        already = kept_back_now(manifest)
        again = [each.source_id for each in kept if each.source_id in already or not each.left_out]
        if again:
            message = (
                f"{', '.join(again)} fails at the releases that are served, too; nothing was published.\n{failure}"
            )
            raise AuditFailed(message)
        remember(manifest, kept)
    return sorted(by_source)


def _kept(home: Home, manifest: Manifest, source_id: str, checks: list[CheckResult]) -> KeptBack:
    accepted = [each.release_id for each in manifest.releases(source_id, "accepted")]
    build = served(home)
    held = set(build.releases) if build else set()
    return KeptBack(
        source_id, tuple(each for each in accepted if each in held), tuple(accepted), code_fingerprint(),
        day_of_build(manifest.releases(), troubled(manifest)), tuple(checks),
    )  # fmt: skip
