"""The shapes that flow through Roxham: attempts, releases, parsed tables and check results."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from ingest.core.foreign_text import iso_parts

Severity = Literal["critical", "warning", "info"]
Stage = Literal["ingest", "load", "dbt", "marts"]
# What a check is about: is the file shaped as promised; do its figures hold together; is all of it there; can it be true?
# "check" is about none of these: a parser or a check of our own broke, and nothing is said of the file.
About = Literal["structure", "figures", "completeness", "plausibility", "check"]
Precision = Literal["day", "month", "year"]
Basis = Literal["document", "header", "file_name", "listing", "releases_csv", "first_seen"]
# Set aside: its file is none that the source's parser knows. Kept back: accepted, and left out of a build because its marts
# failed the audit; known to builds, not to the manifest.
ReleaseState = Literal["pending", "accepted", "set_aside", "quarantined", "rejected", "kept_back"]
# Kept out until a person decides, or a retry takes them in.
WAITING_STATES: frozenset[ReleaseState] = frozenset({"set_aside", "quarantined"})


def in_words(state: ReleaseState) -> str:
    """A release's state as a person says it."""
    return state.replace("_", " ")


AttemptOutcome = Literal[
    "archived", "unchanged", "not_offered", "gone", "http_error", "timeout", "unreachable", "truncated",
    "wrong_type", "empty", "too_large", "redirect_refused", "no_links", "too_many_links", "robots_refused",
    "unreadable_answer",
]  # fmt: skip

# The origin of files that lie in this repository (registers of our own writing).
BUNDLED = "bundled"

# Outcomes of an attempt after which the source is as well as it was before.
GOOD_OUTCOMES: frozenset[str] = frozenset({"archived", "unchanged", "not_offered"})


@dataclass(frozen=True)
class CheckResult:
    """What one check saw. Ingest checks, GX expectations and dbt tests all yield this shape.

    ``about`` says what an alert calls a failure. ``overridable``: whether a person may accept a release in spite of it;
    where nobody said so, nobody may. ``cells``: the printed cells, as (file's sha256, locator), that a failure puts in doubt.
    """

    check: str
    severity: Severity
    success: bool
    observed: str | None
    limit: str | None
    reason: str
    source_id: str | None = None
    release_id: str | None = None
    stage: Stage = "load"
    about: About = "figures"
    overridable: bool = False
    cells: tuple[tuple[str, str], ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether a person hears of it; that a first release has nothing to be compared with is only said."""
        return not self.success and self.severity != "info"

    @property
    def blocks(self) -> bool:
        """Whether this result keeps a load or a build from being served."""
        return not self.success and self.severity == "critical"

    def as_dict(self) -> dict[str, object]:
        """The result as plain data, for events, alerts and files: the cells are counted, as there may be thousands."""
        return {**asdict(self), "cells": len(self.cells)}


@dataclass(frozen=True)
class Published:
    """When the agency said it: the text as found, its precision, and where it was found."""

    text: str
    precision: Precision
    basis: Basis

    @property
    def known_on(self) -> dt.date:
        """The last day of the period: what was published "in November" was surely known on the 30th."""
        parts = iso_parts(self.text)
        if self.precision == "day":
            return dt.date(*parts)
        year, month = parts[0], parts[1] if self.precision == "month" else 12
        return dt.date(year, month, calendar.monthrange(year, month)[1])

    @classmethod
    def from_text(cls, text: str, basis: Basis) -> Published:
        """From ``2023-11-07``, ``2023-11`` or ``2023``.

        Raises:
            ValueError: when the text is none of the three or no real date.
        """
        precisions: dict[int, Precision] = {1: "year", 2: "month", 3: "day"}
        published = cls(text, precisions.get(text.count("-") + 1, "day"), basis)
        try:
            plausible = dt.date(1990, 1, 1) <= published.known_on <= dt.date(2100, 12, 31)
        except (ValueError, TypeError) as error:  # "2024-02-30", "22 April 2024": say what was printed, too
            message = f"{text!r} is no date of publication ({error})"
            raise ValueError(message) from error
        if not plausible:
            message = f"{text!r} is no plausible date of publication"
            raise ValueError(message)
        return published


@dataclass(frozen=True)
class Attempt:
    """One request (or one file taken from a releases folder), whatever came of it."""

    source_id: str
    resource_id: str
    url: str
    outcome: AttemptOutcome
    retrieved_at: dt.datetime
    final_url: str | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sha256: str | None = None
    bytes: int | None = None
    sniffed_type: str | None = None
    message: str = ""
    published: Published | None = None
    origin: str = "agency"
    file_name: str = ""
    # Whether the bytes are meant to be parsed; a listing page is archived, but is no release; a notice is none either: a page
    # that has no figures any more and says itself that it is closed.
    role: Literal["data", "listing", "notice"] = "data"
    # A replay asks nobody: it says nothing of whether the agencies are polled.
    via: Literal["poll", "replay"] = "poll"


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release."""

    sha256: str
    resource_id: str
    file_name: str
    url: str
    bytes: int


@dataclass(frozen=True)
class Release:
    """One publication of one source: the unit of vintages."""

    release_id: str
    source_id: str
    published: Published
    retrieved_at: dt.datetime
    state: ReleaseState
    origin: str
    files: tuple[ReleaseFile, ...]
    rows: int | None = None
    first_month: dt.date | None = None
    last_month: dt.date | None = None
    # The newest day with a figure, of sources whose YAML names the column (``coverage.reference_columns.day``).
    last_day: dt.date | None = None
    decided_by: str | None = None
    decision_reason: str | None = None

    @property
    def known_on(self) -> dt.date:
        """The first day on which this release counts in an as-of question."""
        return self.published.known_on

    @property
    def order(self) -> tuple[dt.date, int, dt.datetime, str, str]:
        """Sort key within a source: day known, coarse dates before exact ones, time retrieved, file name.

        Of two releases that an agency dates alike, the one that it showed later is the later one. A replay retrieves
        all files of a day at once, so there the file name decides.
        """
        coarseness = {"year": 0, "month": 1, "day": 2}[self.published.precision]
        first_file = min((file.file_name for file in self.files), default="")
        return (self.known_on, coarseness, self.retrieved_at, first_file, self.release_id)


@dataclass(frozen=True)
class Rows:
    """A parsed table as rows: every value a string as published, the last one a locator."""

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self.rows)


@dataclass(frozen=True)
class CsvTable:
    """A file that is a table already: DuckDB's own reader loads it, all text, with a locator per line."""

    table: str
    columns: tuple[str, ...]
    header: tuple[str, ...]
    path: Path
    value_header: str


ParsedTable = Rows | CsvTable


class StructureError(ValueError):
    """A file is not shaped as the publisher's page promises: caption, column or header missing or doubled."""


class UnknownFile(StructureError):
    """A file is none of the documents that its source's parser knows: another table, another subject."""
