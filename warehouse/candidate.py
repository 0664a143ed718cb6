"""Makes a candidate build: a warehouse with the raw tables of every accepted release, a function of archive and code.

The candidate has one place, ``candidate/``. Whatever an interrupted build left there is wiped by the next one.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from ingest.archive.collection import Collection, collection_of
from ingest.archive.kept_back import KeptBack, all_kept_back
from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.corrections import load_corrections
from ingest.catalog.source import Source, load_sources
from ingest.core.builds import BuildError, CandidateInfo, SourceFailed, current_inputs
from ingest.core.home import REPOSITORY, Home
from ingest.core.records import CheckResult, Release, ReleaseFile
from ingest.releases import raw_tables
from monitoring.freshness import TROUBLED, judge_source
from warehouse import observation_models

CODE_FOLDERS = ("ingest", "expectations", "dbt_project", "web", "warehouse")
# In every build: the archive's manifest as it was when the build was made.
ARCHIVE_THEN = "archive.sqlite"
CODE_SUFFIXES = {".py", ".yaml", ".yml", ".sql", ".csv", ".html", ".css", ".js", ".svg"}


def describe_candidate(home: Home) -> CandidateInfo | None:
    """What a build of the archive as it stands would be made of; None while no release is accepted."""
    with Manifest(home.manifest) as manifest:
        kept = kept_back_now(manifest)
        releases = releases_of_build(manifest, kept)
        states, collection = troubled(manifest), collection_of(manifest, load_sources())
    accepted = [release for release in releases if release.state == "accepted"]
    if not accepted:
        return None
    as_of = day_of_build(releases, states)
    inputs = _fingerprint(Archive(home), releases, states, kept, collection)
    return CandidateInfo(
        build_id=f"{as_of.isoformat()}-{inputs[:10]}",
        inputs=inputs,
        as_of=as_of,
        sample=any(release.origin == "sample" for release in accepted),
        releases=tuple(release.release_id for release in accepted),
    )


def day_of_build(releases: Iterable[Release], states: Mapping[str, tuple[str, str, str]]) -> dt.date:
    """The day of the last thing that the archive knows: the same archive gives the same build on whatever day it is made."""
    moments = [release.retrieved_at for release in releases]
    moments += [dt.datetime.fromisoformat(since) for _, _, since in states.values()]
    return max(moments).date()


def is_due(home: Home) -> bool:
    """Whether the archive says something that the served build does not: an event was lost, or a build interrupted."""
    info = describe_candidate(home)
    return info is not None and info.inputs != current_inputs(home)


def prepare(home: Home) -> CandidateInfo | None:
    """Load the raw tables of a new candidate; None when ``current`` is already made of the same inputs.

    Raises:
        BuildError: when nothing was ever accepted and there is nothing to build from.
    """
    observation_models.refresh()
    info = describe_candidate(home)
    if info is None:
        message = "no release was accepted yet, so there is nothing to build from; nothing is served, nothing was lost"
        raise BuildError(message)
    if current_inputs(home) == info.inputs:
        return None
    shutil.rmtree(home.candidate, ignore_errors=True)
    home.candidate.mkdir(parents=True)
    with Manifest(home.manifest) as manifest:
        manifest.copy_to(home.candidate / ARCHIVE_THEN)
    _load_raw(home, info)
    (home.candidate / "candidate.json").write_text(json.dumps(info.as_dict(), indent=2) + "\n")
    return info


def read_candidate(home: Home) -> CandidateInfo:
    """What the candidate in ``candidate/`` was prepared from.

    Raises:
        BuildError: when there is none.
    """
    path = home.candidate / "candidate.json"
    if not path.exists():
        message = "no candidate is being built: prepare one first (roxham build); what is served is untouched"
        raise BuildError(message)
    return CandidateInfo.from_dict(json.loads(path.read_text()))


def code_fingerprint(folders: Iterable[str] = CODE_FOLDERS) -> str:
    """A hash over all code that can be wrong about data; it stands for the commit, also where there is no git."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((REPOSITORY / folder).rglob("*")):
            inside = path.relative_to(REPOSITORY)
            if path.suffix in CODE_SUFFIXES and not {"target", "logs", "__pycache__"} & set(inside.parts):
                digest.update(str(inside).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def code_commit() -> str | None:
    """The commit of the code, ``-dirty`` where it was changed since; None where there is no git."""
    git = shutil.which("git")
    if git is None or not (REPOSITORY / ".git").exists():
        return None
    asked = [git, "-C", str(REPOSITORY), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty"]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)
    return told.stdout.strip() or None


def kept_back_now(manifest: Manifest) -> dict[str, KeptBack]:
    """The sources whose accepted releases, by the code as it stands, are known to fail."""
    known = all_kept_back(manifest)
    if not known:
        return {}
    code = code_fingerprint()
    accepted = {source: [each.release_id for each in manifest.releases(source, "accepted")] for source in known}
    return {source: each for source, each in known.items() if each.applies(accepted[source], code)}


def releases_of_build(manifest: Manifest, kept: Mapping[str, KeptBack]) -> list[Release]:
    """All releases; those that failed with their source's marts are marked as kept back."""
    out = {release_id for each in kept.values() for release_id in each.left_out}
    return [
        dataclasses.replace(each, state="kept_back") if each.release_id in out else each for each in manifest.releases()
    ]


def _fingerprint(
    archive: Archive,
    releases: list[Release],
    states: dict[str, tuple[str, str, str]],
    kept: Mapping[str, KeptBack],
    collection: Collection,
) -> str:
    """A hash over code, dates, decisions and the bytes as they are on disk: mended bytes are no damaged ones."""
    facts = [
        code_fingerprint(),
        *collection.facts(),
        *(
            f"{each.release_id} {each.published} {each.state} {each.retrieved_at.isoformat()} {each.decided_by} "
            f"{each.decision_reason} {' '.join(_bytes_of(archive, file) for file in each.files)}"
            for each in releases
        ),
        *(f"{source} {state} {since}" for source, (state, _, since) in sorted(states.items())),
        *(f"kept back {source} {each.reason}" for source, each in sorted(kept.items())),
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _bytes_of(archive: Archive, file: ReleaseFile) -> str:
    try:
        return f"{file.file_name}:{archive.hash_of(file.sha256)}"
    except FileNotFoundError:
        return f"{file.file_name}:missing"


def troubled(manifest: Manifest) -> dict[str, tuple[str, str, str]]:
    """Sources that were judged late, frozen or failing: that a source is well is no news that needs a build."""
    return {source: state for source, state in manifest.source_states().items() if state[0] in TROUBLED}


def _load_raw(home: Home, info: CandidateInfo) -> None:
    archive, sources = Archive(home), load_sources()
    with Manifest(home.manifest) as manifest:
        kept = kept_back_now(manifest)
        releases, attempts = releases_of_build(manifest, kept), manifest.attempts()
        results = manifest.check_results()
        standing = _standing(home, manifest, info.as_of, kept)
    known = [release for release in releases if release.source_id in sources]
    accepted = [release for release in known if release.state == "accepted"]
    connection = duckdb.connect(str(home.candidate_warehouse))
    try:
        raw_tables.create_schema(connection, sources.values())
        unreadable: list[CheckResult] = []
        raw_tables.load_files(
            connection, archive,
            [(sources[release.source_id], release.release_id, file) for release in accepted for file in release.files],
            on_failure=lambda *failure: unreadable.append(_unreadable(*failure)),
        )  # fmt: skip
        if unreadable:
            message = "; ".join(f"{each.release_id}: {each.observed}" for each in unreadable)
            raise SourceFailed(f"accepted releases can no longer be read: {message}", unreadable)
        for source in sources.values():
            raw_tables.load_lookups(connection, source)
        raw_tables.load_declarations(
            connection, sources.values(), {each.source_id for each in accepted if each.origin == "sample"}
        )
        raw_tables.load_corrections(connection, load_corrections())
        raw_tables.load_releases(connection, known)
        raw_tables.load_attempts(connection, attempts)
        audits = [check for each in kept.values() for check in each.checks]
        raw_tables.load_check_results(connection, [*results, *_decisions(known), *audits])
        raw_tables.load_flagged_cells(connection, results)
        raw_tables.insert(connection, "raw.source_status", standing)
        facts = {"as_of": info.as_of.isoformat(), "sample": str(info.sample).lower(), "commit": code_fingerprint(),
                 "build_id": info.build_id}  # fmt: skip
        raw_tables.insert(connection, "raw.build", list(facts.items()))
    finally:
        connection.close()


def _unreadable(source: Source, release_id: str, file: ReleaseFile, error: Exception) -> CheckResult:
    return CheckResult(
        check="release_is_read",
        severity="critical",
        success=False,
        observed=f"{file.file_name} (sha256 {file.sha256[:12]}): {error}",
        limit="the tables that its parser reads",
        reason="an accepted release that the code as it stands cannot read any more",
        source_id=source.id,
        release_id=release_id,
        stage="marts",
        about="structure",
    )


def _standing(home: Home, manifest: Manifest, as_of: dt.date, kept: Mapping[str, KeptBack]) -> list[tuple[object, ...]]:
    """Source, status, reason and next expected day of every source as of the build: by the archive, no poll is asked."""
    sources, states = load_sources(), troubled(manifest)
    collection = collection_of(manifest, sources)
    rows: list[tuple[object, ...]] = []
    for source in sources.values():
        told = states.get(source.id)
        failing = told[1] if told and told[0] == "failing" else None
        verdict = judge_source(home, manifest, source, collection, as_of, failing_reason=failing)
        held = kept.get(source.id)
        left_out = " ".join(held.left_out) if held else None
        rows.append((source.id, verdict.status, verdict.reason, verdict.next_expected, left_out))
    return rows


def _decisions(releases: Iterable[Release]) -> list[CheckResult]:
    """What people decided, as check results: shown wherever the checks that they overruled are shown."""
    return [
        CheckResult(
            check="decided_by_a_person",
            severity="info",
            success=True,
            observed=f"{release.state} by {release.decided_by}",
            limit=None,
            reason=release.decision_reason or "",
            source_id=release.source_id,
            release_id=release.release_id,
            stage="ingest",
        )
        for release in releases
        if release.decided_by
    ]


def record_build_checks(home: Home, results: Iterable[CheckResult], quality_query: str) -> None:
    """Add the results of this build's own checks, which dbt could not know yet, and fill ``rpt_quality`` again."""
    with duckdb.connect(str(home.candidate_warehouse)) as connection:
        raw_tables.load_check_results(connection, results)
        connection.execute("delete from marts.rpt_quality")
        connection.execute(f"insert into marts.rpt_quality by name {quality_query}")


def archive_failed(home: Home) -> Path:
    """Move a candidate that failed its audit to ``failed/`` for inspection; returns where it lies."""
    info = read_candidate(home)
    target = home.failed / info.build_id
    shutil.rmtree(target, ignore_errors=True)
    home.failed.mkdir(parents=True, exist_ok=True)
    home.candidate.replace(target)
    return target
