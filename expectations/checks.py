"""What a suite is made of: an asset (rows to look at) and the checks on it, as plain data.

Suites say *what* must hold and why; the runner makes Great Expectations' objects of it. So a suite can be read, listed
and tested without importing Great Expectations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.core.records import Severity

SQL_CHECK = "UnexpectedRowsExpectation"


@dataclass(frozen=True)
class Check:
    """One expectation with its severity and, in plain words, why a failure matters.

    Attributes:
        name: Name under which the result is known everywhere.
        severity: ``critical`` keeps the load or build from being served; ``warning`` and ``info`` are shown.
        reason: Why it matters, for a reader who does not know the code.
        kind: Class name of a Great Expectations expectation.
        arguments: Its arguments. For SQL checks ``unexpected_rows_query``: one row per finding, in a column
            ``observed`` of plain words; no row means passed.
        limit: What was allowed, in words or as the number.
        measured: SQL over ``{batch}`` for one text that is told when the check passes.
    """

    name: str
    severity: Severity
    reason: str
    kind: str = SQL_CHECK
    arguments: Mapping[str, Any] = field(default_factory=dict)
    limit: str | None = None
    measured: str | None = None


@dataclass(frozen=True)
class Asset:
    """Rows to look at, given by a query, and the checks on them."""

    name: str
    query: str
    checks: Sequence[Check]


def none_found(
    name: str,
    severity: Severity,
    findings: str,
    reason: str,
    *,
    limit: str | None = None,
    measured: str | None = None,
) -> Check:
    """A check that passes when ``findings`` (SQL over ``{batch}`` with a text column ``observed``) has no row.

    The findings are ordered, because Great Expectations hands over only the first 200 of them.
    """
    query = f"select observed from ({findings}) as finding order by observed"
    return Check(name, severity, reason, SQL_CHECK, {"unexpected_rows_query": query}, limit, measured)


def literal(value: str) -> str:
    """A text as an SQL literal; braces doubled, as Great Expectations fills ``{batch}`` by ``str.format``."""
    return "'" + value.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"


def listed(values: Sequence[str]) -> str:
    """Texts as an SQL list of literals."""
    return ", ".join(map(literal, values))
