"""What a suite is made of: an asset (rows to look at) and the checks on it, as plain data.

Suites say *what* must hold and why; the runner makes Great Expectations' objects of it. So a suite can be read, listed
and tested without importing Great Expectations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.core.records import About, Severity

SQL_CHECK = "UnexpectedRowsExpectation"
# The rows of the release that is judged; those of the release before stand in the same batch.
NEW: Mapping[str, Any] = {"is_new": True}


@dataclass(frozen=True)
class Check:
    """One expectation with its severity and, in plain words, why a failure matters.

    Attributes:
        name: Name under which the result is known everywhere.
        severity: ``critical`` keeps the load or build from being served; ``warning`` and ``info`` are shown.
        about: What a failure puts in doubt.
        reason: Why it matters, for a reader who does not know the code.
        kind: Class name of a Great Expectations expectation.
        arguments: Its arguments.
        findings: SQL over ``{batch}``, one row per finding, in a column ``observed`` of plain words. Of an SQL check
            it decides: no row means passed. Of the other kinds it only says what failed.
        limit: What was allowed, in words or as the number.
        measured: SQL over ``{batch}`` for one text that is told when the check passes.
        overridable: Whether a person may accept a release that fails it. A decision resolves a doubt; it cannot give an
            unknown label a meaning or an unread cell a number, and accepting such a release would fail every later build.
        by_source: Whether each finding names its source in a column ``source_id``: then a failure is a result for each
            source, and a build goes on without the newest releases of these. Findings without one fail the whole build.
        when_nothing: How bad it is that there was nothing to compare (``measured`` gave no row, or NULL): a check that
            compared nothing has not passed. Info where that is in the nature of a first release.
        rows: Of which rows an expectation is asked: those with these values (None is NULL). SQL says so itself.
        flags: SQL over ``{batch}`` for the printed cells (``_sha256, _locator``) whose figures a failure puts in doubt.
    """

    name: str
    severity: Severity
    about: About
    reason: str
    kind: str = SQL_CHECK
    arguments: Mapping[str, Any] = field(default_factory=dict)
    findings: str | None = None
    limit: str | None = None
    measured: str | None = None
    overridable: bool = False
    rows: Mapping[str, Any] = field(default_factory=dict)
    by_source: bool = False
    when_nothing: Severity = "info"
    flags: str | None = None


@dataclass(frozen=True)
class Asset:
    """Rows to look at, given by a query, and the checks on them; all of one source, if ``source_id`` says so."""

    name: str
    query: str
    checks: Sequence[Check]
    source_id: str | None = None


def none_found(
    name: str,
    severity: Severity,
    about: About,
    findings: str,
    reason: str,
    *,
    limit: str | None = None,
    measured: str | None = None,
    overridable: bool | None = None,
    by_source: bool = False,
    when_nothing: Severity = "info",
    flags: str | None = None,
) -> Check:
    """A check that passes when ``findings`` (SQL over ``{batch}`` with a text column ``observed``) has no row.

    For what no expectation of Great Expectations' own can say. ``overridable`` as for ``expected``.
    """
    return expected(
        name, severity, about, SQL_CHECK, {}, reason, findings=findings, limit=limit, measured=measured,
        overridable=overridable, rows={}, by_source=by_source, when_nothing=when_nothing, flags=flags,
    )  # fmt: skip


def expected(
    name: str,
    severity: Severity,
    about: About,
    kind: str,
    arguments: Mapping[str, Any],
    reason: str,
    *,
    findings: str | None = None,
    limit: str | None = None,
    measured: str | None = None,
    overridable: bool | None = None,
    rows: Mapping[str, Any] = NEW,
    by_source: bool = False,
    when_nothing: Severity = "info",
    flags: str | None = None,
) -> Check:
    """A check by one of Great Expectations' own expectations; ``findings`` say in words what failed.

    Unless it says otherwise a check can be overridden, but for those of structure: what was not understood cannot be
    decided upon. The findings are ordered, because Great Expectations hands over only the first 200 of them.
    """
    may_be = about != "structure" if overridable is None else overridable
    columns = "observed, source_id" if by_source else "observed"
    query = f"select {columns} from ({findings}) as finding order by observed" if findings else None
    return Check(
        name,
        severity,
        about,
        reason,
        kind,
        arguments,
        query,
        limit,
        measured,
        may_be,
        rows,
        by_source=by_source,
        when_nothing=when_nothing,
        flags=flags,
    )


def literal(value: str) -> str:
    """A text as an SQL literal; braces doubled, as Great Expectations fills ``{batch}`` by ``str.format``."""
    return "'" + value.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"


def listed(values: Sequence[str]) -> str:
    """Texts as an SQL list of literals."""
    return ", ".join(map(literal, values))
