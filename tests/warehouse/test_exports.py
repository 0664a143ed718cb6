"""Exports: safe to open in a spreadsheet, valid as a Frictionless data package."""

from __future__ import annotations

import csv
import datetime as dt
import json
from functools import cache

import duckdb
import frictionless
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.core.builds import CandidateInfo
from ingest.core.home import Home
from ingest.core.outgoing_text import FORMULA_STARTS, without_formula
from warehouse import exports

NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", '=HYPERLINK("http://x")']
PLAIN = ["Quebec", "a=b", " =1", "'quoted", "3-4", ""]
INFO = CandidateInfo("2024-01-01-aaaa", "a", dt.date(2024, 1, 1), False, ())


@pytest.fixture
def written(home: Home) -> Home:
    """Exports of a mart that somebody means ill with."""
    home.candidate.mkdir(parents=True)
    with duckdb.connect(str(home.candidate_warehouse)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            'create table marts.m (n integer, x double, day date, seen timestamp, yes boolean, "check" text)'
        )
        for number, text in enumerate([*NASTY, *PLAIN]):
            connection.execute("insert into marts.m values (?, ?, '2024-01-01', '2024-01-01 12:00:00', true, ?)",
                               [-number, -number / 2, text])  # fmt: skip
        connection.execute("create table marts.only_numbers (n integer)")
        connection.execute("comment on table marts.m is 'Nasty rows.'")
    exports.write(home, INFO)
    return home


def test_no_text_in_a_csv_can_become_a_formula(written):
    with (written.candidate / "exports" / "m.csv").open(encoding="utf-8", newline="") as stream:
        said = {-int(row["n"]): row["check"] for row in csv.DictReader(stream)}
    assert [said[number] for number in range(len(NASTY))] == [f"'{text}" for text in NASTY]
    assert [said[len(NASTY) + number] for number in range(len(PLAIN))] == PLAIN


def test_numbers_keep_their_sign_and_parquet_keeps_every_text(written):
    folder = written.candidate / "exports"
    with (folder / "m.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert min(float(row["x"]) for row in rows) == -(len(NASTY) + len(PLAIN) - 1) / 2
    assert {row["seen"] for row in rows} == {"2024-01-01T12:00:00Z"}
    found = duckdb.sql(f"select \"check\" from '{folder / 'm.parquet'}' order by n desc").fetchall()
    assert [text for (text,) in found] == [*NASTY, *PLAIN]


def test_the_data_package_says_so_and_is_valid(written):
    package = json.loads((written.candidate / "datapackage.json").read_text())
    assert "apostrophe" in package["description"]
    assert package["resources"][0]["description"] == "Nasty rows."
    report = frictionless.validate(str(written.candidate / "datapackage.json"))
    assert report.valid, report.flatten(["name", "fieldName", "message"])


@cache
def empty_database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@given(st.text())
def test_python_and_sql_escape_alike(text):
    """It once looked at Python's escape only."""
    safe = without_formula(text)
    assert safe == text or (safe == f"'{text}" and text[0] in FORMULA_STARTS)
    assert not safe.startswith(tuple(FORMULA_STARTS))
    connection = empty_database()
    connection.execute("create or replace table export as select ?::varchar as said", [text])
    columns = exports._safe_columns(connection)
    assert connection.execute(f"select {columns} from export").fetchall() == [(safe,)]


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_data_package_of_a_whole_build_is_valid_and_its_dictionary_complete(sample_home):
    path = sample_home.current / "datapackage.json"
    package = json.loads(path.read_text())
    assert {each["path"].removeprefix("exports/") for each in package["resources"]} == {
        each.name for each in (sample_home.current / "exports").glob("*.csv")
    }
    for resource in package["resources"]:
        assert resource["description"], resource["name"]
        assert all(field["description"] for field in resource["schema"]["fields"]), resource["name"]
    report = frictionless.validate(str(path.resolve()))
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:20]
