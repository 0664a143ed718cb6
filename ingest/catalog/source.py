"""The sources, one YAML each, checked against a schema when they are read.

``load_sources()`` is the list that everything else follows: DAGs, fetch, checks, raw tables, status and docs.
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ingest.core.records import Basis, Severity

FOLDER = Path(__file__).resolve().with_name("sources")
# Ten times as fast where libyaml is there, and the YAMLs are read at the start of every command and task.
SAFE_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
FIXED_ORDER = (
    "id", "title", "publisher", "licence", "definition", "coverage", "calendar", "expects", "resources", "parser", "lookups",
    "assertions", "notes", "checked",
)  # fmt: skip


# A source's id is also the name of modules, tables, folders and a DAG.
ID = r"^[a-z][a-z0-9_]+$"
Format = Literal["html", "csv", "xlsx", "ods", "pdf", "mhtml", "json"]


class Model(BaseModel):
    """A part of the YAML: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Licence(Model):
    """Under which terms the agency lets its figures be used, and what must be printed with them."""

    name: str
    url: str
    attribution: str


class Measure(Model):
    """One thing that the source counts, in the agency's own sense."""

    measure: str
    title: str
    text: str
    unit: str
    counts_persons: bool
    rounded_to: int = 1
    cumulative: bool = False
    comparable_group: str
    note_url: str


class ReferenceColumns(Model):
    """Which raw columns tell the months that a file prints: its year, its month and the printed value."""

    tables: tuple[str, ...]
    year: str
    month: str
    printed: str
    # Of daily and weekly figures: the raw column with the ISO date, so that a day that stands still is seen in days.
    day: str | None = None


class Coverage(Model):
    """Which months a release speaks of."""

    frequency: Literal["monthly", "quarterly", "weekly", "daily", "once"]
    fiscal_year_start: int = Field(ge=1, le=12)
    window: str
    open_until: str
    # By what a year becomes final: the file marks it as whole, a month of the next year is printed, or nothing ever does.
    closes: Literal["when_marked", "year_end", "never"]
    # What it means when a cell that was printed before is absent in a later release that covers its month.
    absent_means: Literal["not_listed", "withdrawn"]
    reference_columns: ReferenceColumns
    # How many earlier files of its part a file is validated beside: more than one where a file brings no past of its own.
    compared_files: int = Field(default=1, ge=1)
    # Others quoting the agency: marked wherever shown, and never mixed with what agencies themselves release.
    secondary: bool = False


class Calendar(Model):
    """When the next release is due, and what tells that none will come."""

    rule: str
    allowance_days: int
    reference_must_advance_within_days: int
    sentinels: tuple[str, ...] = ()


class ExpectedFile(Model):
    """A file, or cut, that every release brings; what it means when one does not stands in the alert."""

    name: str
    # A regular expression that is found in its name.
    match: str
    reason: str


class NamedMonth(Model):
    """What a file's own name promises: the month that it reaches. Where it names none, the last of its (fiscal) year."""

    # With a group ``year`` (two or four digits) and a group ``month`` (a name of three letters and more, or a number).
    match: str
    # Whether the year is a fiscal one, named after the calendar year in which it ends.
    fiscal: bool = True

    @field_validator("match")
    @classmethod
    def _has_its_groups(cls, given: str) -> str:
        if not {"year", "month"} <= set(re.compile(given).groupindex):
            message = f"{given!r}: the groups year and month are needed"
            raise ValueError(message)
        return given


class ExpectedLabel(Model):
    """A label that stands in every file, or in every table of it: a total that proves the parts."""

    # ``table.column`` of the raw tables.
    column: str
    # A regular expression that matches some label of the column.
    match: str
    # The column that tells the tables of a file apart; without it, the file is looked at as one.
    within: str | None = None
    # Asked only where the column holds such a label as well: the total of a year stands in the table of a whole one.
    once: str = ""
    reason: str


class Expects(Model):
    """What each release promises by its source's rhythm and its own names: told as ``incomplete`` when it does not come."""

    files: tuple[ExpectedFile, ...] = ()
    named_month: NamedMonth | None = None
    labels: tuple[ExpectedLabel, ...] = ()


class Discover(Model):
    """A listing page from which the newest files are found: HTML with links, or the JSON of CKAN's `package_show`."""

    page: str
    link: str
    min_links: int
    # More than these are no listing any more: each would be asked for, and each file would be a release.
    max_links: int = 20
    format: Literal["html", "json"] = "html"


class Resource(Model):
    """What is fetched: an address, a family of year pages, files behind a listing page, or a file of this folder."""

    id: str
    url: str | None = None
    first_year: int | None = None
    discover: Discover | None = None
    # What its bytes may be; an agency that changed from PDF to spreadsheets has two.
    format: tuple[Format, ...] = Field(min_length=1)
    # A register of our own writing, by its name in this folder: archived and processed like any other file.
    bundled: Annotated[str, Field(pattern=r"^[a-z0-9_]+\.csv$")] | None = None
    max_bytes: int
    published: tuple[Basis, ...]
    # False: the address no longer serves the files; releases come in from a folder (`roxham replay`) only.
    polled: bool = True

    @field_validator("format", mode="before")
    @classmethod
    def _one_format_or_several(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_way_to_get_it(self) -> Resource:
        if sum(each is not None for each in (self.url, self.discover, self.bundled)) != 1:
            message = f"resource {self.id}: give exactly one of url, discover and bundled"
            raise ValueError(message)
        if self.url and ("{year}" in self.url) != (self.first_year is not None):
            message = f"resource {self.id}: {{year}} in the url and first_year go together"
            raise ValueError(message)
        return self

    @property
    def bundled_path(self) -> Path | None:
        """Where a bundled file lies; None for what an agency serves."""
        return FOLDER / self.bundled if self.bundled else None

    @property
    def bundled_address(self) -> str:
        """What stands for the address of a bundled file in the manifest."""
        return f"bundled:{self.bundled}"


class Resources(Model):
    """The resources and the only hosts that they may come from, also after a redirect."""

    domains: tuple[str, ...]
    page_url: str
    items: tuple[Resource, ...]


class Pattern(Model):
    """A label family: a regular expression over the folded label, and what it means."""

    match: str
    value: str


class Lookup(Model):
    """What the labels of some raw columns mean. A label that is not here stops the source (rule 3)."""

    columns: tuple[str, ...]
    labels: dict[str, str] = {}
    patterns: tuple[Pattern, ...] = ()
    # False: a label without a meaning here is no fault, because another lookup of the same column knows it.
    required: bool = True


class Assertion(Model):
    """A limit on a load, with its reason and the date since when it stands."""

    check: str
    severity: Severity
    limit: float
    reason: str
    since: dt.date


class Source(Model):
    """One agency's recurring publication, declared whole."""

    id: Annotated[str, Field(pattern=ID)]
    title: str
    publisher: str
    licence: Licence
    definition: tuple[Measure, ...]
    coverage: Coverage
    calendar: Calendar
    expects: Expects
    resources: Resources
    parser: str
    lookups: dict[str, Lookup]
    assertions: tuple[Assertion, ...]
    notes: tuple[str, ...]
    checked: dt.date

    @property
    def is_polled(self) -> bool:
        """Whether the agency is asked for anything; a series that comes from folders only is never silent."""
        return any(resource.polled for resource in self.resources.items)

    def limit(self, check: str) -> Assertion:
        """The assertion of that name.

        Raises:
            KeyError: when the YAML states none.
        """
        for assertion in self.assertions:
            if assertion.check == check:
                return assertion
        message = f"{self.id}: the YAML states no assertion {check!r}"
        raise KeyError(message)


def source_id_fault(source_id: str) -> str | None:
    """Why a word cannot be a source's id; None where it can."""
    return (
        None if re.fullmatch(ID, source_id) else f"{source_id!r} is no id: small letters, digits and _, a letter first"
    )


def read_source(path: Path) -> Source:
    """One source's YAML, checked.

    Raises:
        ValueError: when keys are missing, unknown or out of the fixed order, or the id is not the file's name.
    """
    content = yaml.load(path.read_text(encoding="utf-8"), Loader=SAFE_LOADER)  # noqa: S506  both are safe loaders
    if tuple(content) != FIXED_ORDER:
        message = f"{path.name}: keys must be {', '.join(FIXED_ORDER)} in this order, found {', '.join(content)}"
        raise ValueError(message)
    source = Source.model_validate(content)
    if source.id != path.stem:
        message = f"{path.name}: its id says {source.id!r}; file and id must agree"
        raise ValueError(message)
    return source


@functools.cache
def load_sources(folder: Path = FOLDER) -> dict[str, Source]:
    """Every source by its id, in alphabetical order."""
    return {source.id: source for source in map(read_source, sorted(folder.glob("*.yaml")))}
