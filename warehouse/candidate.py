"""Makes a candidate build: a warehouse with the raw tables of every accepted release, a function of archive and code.

The candidate has one place, ``candidate/``. Whatever an interrupted build left there is wiped by the next one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import duckdb

from ingest.archive.manifest import Manifest
from ingest.archive.objects import Archive
from ingest.catalog.calendar import judge
from ingest.catalog.corrections import load_corrections
from ingest.catalog.source import load_sources
from ingest.core.builds import BuildError, CandidateInfo, current_inputs
from ingest.core.home import REPOSITORY, Home
from ingest.core.records import CheckResult, Release
from ingest.releases import raw_tables
from ingest.releases.notices import closing_words

CODE_FOLDERS = ("ingest", "expectations", "dbt_project", "web", "warehouse")
CODE_SUFFIXES = {".py", ".yaml", ".yml", ".sql", ".csv", ".html", ".css", ".js", ".svg"}


def describe_candidate(home: Home) -> CandidateInfo | None:
    """What a build of the archive as it stands would be made of; None while no release is accepted."""
    with Manifest(home.manifest) as manifest:
        releases = manifest.releases()
        states = _not_fresh(manifest)
    accepted = [release for release in releases if release.state == "accepted"]
    if not accepted:
        return None
    # The build's date is the day of the last thing that the archive knows, so that the same archive gives the same
    # build on whatever day it is built again.
    moments = [release.retrieved_at for release in releases]
    moments += [dt.datetime.fromisoformat(since) for _, _, since in states.values()]
    as_of = max(moments).date()
    inputs = _fingerprint(releases, states)
    return CandidateInfo(
        build_id=f"{as_of.isoformat()}-{inputs[:10]}",
        inputs=inputs,
        as_of=as_of,
        sample=any(release.origin == "sample" for release in accepted),
        releases=tuple(release.release_id for release in accepted),
    )


def is_due(home: Home) -> bool:
    """Whether the archive says something that the served build does not: an event was lost, or a build interrupted."""
    info = describe_candidate(home)
    return info is not None and info.inputs != current_inputs(home)


def prepare(home: Home) -> CandidateInfo | None:
    """Load the raw tables of a new candidate; None when ``current`` is already made of the same inputs.

    Raises:
        BuildError: when nothing was ever accepted and there is nothing to build from.
    """
    info = describe_candidate(home)
    if info is None:
        message = "no release was accepted yet, so there is nothing to build from; nothing is served, nothing was lost"
        raise BuildError(message)
    if current_inputs(home) == info.inputs:
        return None
    shutil.rmtree(home.candidate, ignore_errors=True)
    home.candidate.mkdir(parents=True)
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


def _fingerprint(releases: list[Release], states: dict[str, tuple[str, str, str]]) -> str:
    facts = [
        code_fingerprint(),
        *(
            f"{each.release_id} {each.state} {each.retrieved_at.isoformat()} {each.decided_by} {each.decision_reason}"
            for each in releases
        ),
        *(f"{source} {state} {since}" for source, (state, _, since) in sorted(states.items())),
    ]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _not_fresh(manifest: Manifest) -> dict[str, tuple[str, str, str]]:
    """Sources that were judged late, frozen or failing: that a source is well is no news that needs a build."""
    return {source: state for source, state in manifest.source_states().items() if state[0] != "fresh"}


def _load_raw(home: Home, info: CandidateInfo) -> None:
    archive, sources = Archive(home), load_sources()
    with Manifest(home.manifest) as manifest:
        releases, attempts = manifest.releases(), manifest.attempts()
        results = manifest.check_results()
        states = _not_fresh(manifest)
    known = [release for release in releases if release.source_id in sources]
    accepted = [release for release in known if release.state == "accepted"]
    connection = duckdb.connect(str(home.candidate_warehouse))
    try:
        raw_tables.create_schema(connection, sources.values())
        raw_tables.load_files(
            connection, archive,
            [(sources[release.source_id], release.release_id, file) for release in accepted for file in release.files],
        )  # fmt: skip
        for source in sources.values():
            raw_tables.load_lookups(connection, source)
        raw_tables.load_declarations(
            connection, sources.values(), {each.source_id for each in accepted if each.origin == "sample"}
        )
        raw_tables.load_corrections(connection, load_corrections())
        raw_tables.load_releases(connection, known)
        raw_tables.load_attempts(connection, attempts)
        raw_tables.load_check_results(connection, [*results, *_decisions(known)])
        raw_tables.load_flagged_cells(connection, results)
        for source in sources.values():
            mine = [release for release in accepted if release.source_id == source.id]
            state = states.get(source.id)
            verdict = judge(
                source, mine, info.as_of,
                sentinel=closing_words(home, source, [each for each in attempts if each.source_id == source.id]),
                failing_reason=state[1] if state and state[0] == "failing" else None,
            )  # fmt: skip
            raw_tables.insert(
                connection, "raw.source_status", [(source.id, verdict.status, verdict.reason, verdict.next_expected)]
            )
        facts = {"as_of": info.as_of.isoformat(), "sample": str(info.sample).lower(), "commit": code_fingerprint(),
                 "build_id": info.build_id}  # fmt: skip
        raw_tables.insert(connection, "raw.build", list(facts.items()))
    finally:
        connection.close()


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
