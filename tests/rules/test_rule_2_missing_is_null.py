"""Rule 2: missing is NULL plus a reason; every 0 points at a printed 0.

Guards against `--` read as 2 or as 0 and a missing cell read as 0: the public scraper that wrote 0 a day for over a
thousand days and missed 104,884 arrivals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from expectations.cells import NOT_DIGITS
from expectations.ircc_rcmp_interceptions import NUMBER
from ingest.catalog.source import load_sources
from ingest.core.home import REPOSITORY, Home
from ingest.releases import raw_tables
from tests.support.nights import CBP, IRCC
from warehouse.dbt import compiled_sql

# Whatever turns nothing into a zero, in Python and in SQL.
MADE_UP_ZEROS = re.compile(
    r"\bor 0(\.0)?\b(?!\s*=)|\bfillna\(|\bnan_to_num\(|\bzeroifnull\(|\bfill_null\("
    r"|\b(coalesce|ifnull|nvl|if_null)\([^;]*?,\s*0(\.0)?\s*\)|\.get\([^()]*,\s*0(\.0)?\s*\)",
    re.IGNORECASE,
)
CODE = {"ingest": ".py", "dags": ".py", "dbt_project/models": ".sql", "dbt_project/macros": ".sql"}
# One cell as a page or a file might print it: digits, and whatever stands around digits.
cells = st.text(st.sampled_from(list("0123456789,. '\"-–—−+()%*~ \u00a0\u202f\u2009\u200b\tnaOoIl½²")), max_size=9)
PLAIN_COUNT = re.compile(r"\d{1,15}|\d{1,3}(?:,\d{3}){1,4}|\d{1,3}(?: \d{3}){1,4}", re.ASCII)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("folder", CODE)
def test_no_line_of_code_turns_missing_into_zero(folder: str) -> None:
    files = sorted((REPOSITORY / folder).rglob(f"*{CODE[folder]}"))
    assert files
    found = {
        f"{path.relative_to(REPOSITORY)}: {match.group()}"
        for path in files
        if not {"target", "logs"} & set(path.parts)
        for match in MADE_UP_ZEROS.finditer(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "text",
    ["value = row[1] or 0", "frame.fillna(0)", "coalesce(sum(n), 0)", "COALESCE(\n  value,\n  0\n)", "ifnull(n,0)",
     "cells.get(month, 0)", "coalesce(nullif(n, ''), 0.0)"],
)  # fmt: skip
def test_the_search_for_made_up_zeros_finds_them(text: str) -> None:
    assert MADE_UP_ZEROS.search(text)


@contextmanager
def staging(home: Home, folder: Path, source_id: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """The source's staging model as the sample's build compiled it, over an empty raw schema."""
    source = load_sources()[source_id]
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        raw_tables.create_schema(connection, [source])
        raw_tables.load_declarations(connection, [source], set())
        for lookup, label, value in LABELS[source_id]:
            raw_tables.insert(connection, "raw.lookups", [(source_id, lookup, label, value)])
        connection.execute(
            "insert into raw.releases by name select 'r' as release_id, ? as source_id, date '2024-06-01' as published_at,"
            " 'day' as published_precision, 'accepted' as state, 1 as release_order",
            [source_id],
        )
        connection.execute("create schema staging")
        releases = compiled_sql(home, "stg_roxham__releases")
        connection.execute(f"create view staging.stg_roxham__releases as {releases}")
        connection.execute(f"create view staged as {compiled_sql(home, f'stg_{source_id}')}")
        yield connection


LABELS = {
    IRCC: [("table", "air", "cbsa_air"), ("month", "Jan", "1"), ("place", "Quebec", "CA-QC")],
    CBP: [("fiscal_year", "2024", "2024"), ("month", "OCT", "10"), ("state", "NY", "US-NY"),
          ("region", "north", "us-land-border-northern")],
}  # fmt: skip
RAW = {
    IRCC: "insert into raw.ircc_rcmp_interceptions__cells by name select '2023' as page_year, 'en' as language, "
    "'air' as caption, 'Quebec' as row_label, 'Jan' as column_label, unnest(?::text[]) as printed, 'r' as _release_id, "
    "unnest(?::text[]) as _sha256, 'here' as _locator",
    CBP: "insert into raw.cbp_nationwide_encounters__state by name select '2024' as fiscal_year, 'OCT' as month_abbv, "
    "'north' as land_border_region, 'NY' as state, unnest(?::text[]) as encounter_count, 'r' as _release_id, "
    "unnest(?::text[]) as _sha256, 'here' as _locator",
}
TABLE = {IRCC: "raw.ircc_rcmp_interceptions__cells", CBP: "raw.cbp_nationwide_encounters__state"}


def staged(connection: duckdb.DuckDBPyConnection, source_id: str, printed: list[str]) -> list[tuple[str, int, str]]:
    """What staging makes of each printed cell: (printed, value, reason), in their order."""
    connection.execute(f"delete from {TABLE[source_id]}")
    connection.execute(RAW[source_id], [printed, [f"{number:04d}" for number in range(len(printed))]])
    when = "2023-01-01" if source_id == IRCC else "2023-10-01"
    return connection.execute(
        f"select printed, value, missing_reason from staged where month = date '{when}' order by sha256"
    ).fetchall()


def meaning(printed: str, source_id: str) -> int | None:
    """Worked out again, without SQL: what a person would read as a count, or None."""
    text = re.sub("[\u200b\ufeff]", "", re.sub("[\u00a0\u202f\u2009\u2007]", " ", printed))
    quoted = re.fullmatch(r'\s*"(.*)"\s*', text, re.ASCII)
    text = (quoted.group(1) if quoted else text).strip(" ")
    if PLAIN_COUNT.fullmatch(text):
        return int(re.sub("[ ,]", "", text))
    # A program that knows only fractions writes CBP's whole numbers with zeros behind the point.
    whole = re.fullmatch(r"(.*[0-9])[.]0{1,3}", printed) if source_id == CBP else None
    return meaning(whole[1], IRCC) if whole else None


@pytest.mark.slow
@pytest.mark.xdist_group("sample")
@pytest.mark.parametrize("source_id", [IRCC, CBP])
def test_what_is_not_plainly_a_count_never_becomes_a_number_and_never_a_zero(
    sample_home: Home, tmp_path: Path, source_id: str
) -> None:
    with staging(sample_home, tmp_path, source_id) as connection:

        @quick
        @example(["--", "—", "", " ", "0", "00", "-0", "0.0", "o", "%null%", "n/a", "1,5", "1.234", '"0"', '"', "½"])
        @given(st.lists(cells, min_size=1, max_size=25))
        def check(printed: list[str]) -> None:
            for text, value, reason in staged(connection, source_id, printed):
                assert value == meaning(text, source_id), repr(text)
                assert (value is None) == (reason is not None), repr(text)
                if value == 0:
                    assert set(re.sub(r"\D", "", text)) == {"0"}, repr(text)

        check()


@pytest.mark.slow
@pytest.mark.xdist_group("sample")
def test_a_mask_is_suppressed_a_dash_is_not_yet_published_and_words_are_not_readable(
    sample_home: Home, tmp_path: Path
) -> None:
    with staging(sample_home, tmp_path, IRCC) as connection:
        printed = ["--", "–", "", "n/a", "0"]
        assert staged(connection, IRCC, printed) == [
            ("--", None, "suppressed"),
            ("–", None, "not_yet_published"),
            ("", None, "not_yet_published"),
            ("n/a", None, "parse_failed"),
            ("0", 0, None),
        ]


@pytest.mark.slow
@pytest.mark.xdist_group("sample")
def test_what_validation_reads_as_a_number_staging_reads_as_the_same_number(sample_home: Home, tmp_path: Path) -> None:
    """Otherwise a load passes its checks and then fails every build, or is served as missing."""
    number = f"cast(regexp_replace(?, {NOT_DIGITS}, '', 'g') as bigint)"
    read = f"select case when regexp_full_match(?, '{NUMBER}') then {number} end"
    with staging(sample_home, tmp_path, IRCC) as connection:

        @quick
        @example(['"2,680', "1,234 567", "1234567890123456", '"46"', "3 066", "3\u00a0066"])
        @given(st.lists(cells, min_size=1, max_size=25))
        def check(printed: list[str]) -> None:
            for text, value, _ in staged(connection, IRCC, printed):
                [validated] = connection.execute(read, [text, text]).fetchone() or (None,)
                assert validated is None or validated == value, repr(text)

        check()
