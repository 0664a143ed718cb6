"""How clients read a published build; run by the Python of a client's environment, in which nothing of Roxham is.

A function is one read, its docstring what once broke. Prints a line each; exits with 1 when any failed.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import traceback
import urllib.request
from collections.abc import Callable
from pathlib import Path

SUM = (
    "select sum(value) from {}marts.crossings where measure_id = 'ca_rcmp_interceptions' and calendar_year = 2022"
    " and is_additive and place_level = 'country'"
)
RIGHT = 39540


def duckdb_opens_the_file(build: Path, url: str) -> None:
    """DuckDB 0.10.3 to 2.0.1 open it; older ones do not."""
    import duckdb

    with duckdb.connect(str(build / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute(SUM.format("")).fetchone() == (RIGHT,)
        assert connection.execute("select count(*) > 0 from marts.crossings_as_of(date '2024-06-01')").fetchone() == (
            True,
        )
        for schema, name in connection.execute(
            "select table_schema, table_name from information_schema.tables where table_schema in ('marts', 'raw')"
        ).fetchall():
            connection.execute(f'select count(*) from {schema}."{name}"').fetchone()


def duckdb_reads_views_of_a_file_attached_under_another_name(build: Path, url: str) -> None:
    """All 19 views carried the name of the catalog."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"attach '{build / 'warehouse.duckdb'}' as rox (read_only)")
        assert connection.execute(SUM.format("rox.")).fetchone() == (RIGHT,)


def duckdb_uses_a_file_attached_under_another_name(build: Path, url: str) -> None:
    """The three macros carried it as well."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"attach '{build / 'warehouse.duckdb'}' as rox (read_only)")
        connection.execute("use rox")
        assert connection.execute(SUM.format("")).fetchone() == (RIGHT,)
        assert connection.execute("select count(*) > 0 from marts.crossings_as_of(date '2024-06-01')").fetchone() == (
            True,
        )


def pandas_keeps_integers(build: Path, url: str) -> None:
    """39171 became 39171.0 wherever a column had a gap."""
    import pandas

    facts = pandas.read_parquet(build / "exports" / "fct_crossings_monthly.parquet")
    assert str(facts["value"].dtype) == "Int64" and facts["value"].isna().any()
    table = pandas.read_csv(build / "exports" / "crossings.csv.gz", dtype_backend="numpy_nullable")
    assert str(table["value"].dtype) == "Int64" and "Québec" in set(table["place_fr"])
    whole = table[(table.measure_id == "ca_rcmp_interceptions") & (table.calendar_year == 2022) & table.is_additive]
    assert whole[whole.place_level == "country"]["value"].sum() == RIGHT


def pyarrow_reads_what_a_file_says_of_itself(build: Path, url: str) -> None:
    """Nothing in a file said what it is, under which licence, and of which build."""
    import pyarrow.parquet

    told = json.loads(pyarrow.parquet.read_schema(build / "exports" / "crossings.parquet").metadata[b"roxham"])
    assert told["build"] == json.loads((build / "release.json").read_text())["build_id"]
    assert told["licenses"] and all(field["description"] for field in told["fields"])


def polars_reads_over_http(build: Path, url: str) -> None:
    """It asks for a whole file by a range, and was answered 200: it read nothing."""
    import polars

    address = f"{url}builds/{build.name}/exports/crossings.parquet"
    facts = polars.scan_parquet(address).filter(
        (polars.col("measure_id") == "ca_rcmp_interceptions") & (polars.col("calendar_year") == 2022)
        & polars.col("is_additive") & (polars.col("place_level") == "country")
    ).collect()  # fmt: skip
    assert facts["value"].sum() == RIGHT
    assert polars.read_csv(build / "exports" / "crossings.csv.gz", infer_schema_length=None).height > facts.height


def ibis_reads_the_warehouse(build: Path, url: str) -> None:
    """Opened by hand only, until now."""
    import ibis

    connection = ibis.duckdb.connect(build / "warehouse.duckdb", read_only=True)
    facts = connection.table("crossings", database="marts")
    wanted = facts.filter(facts.measure_id == "ca_rcmp_interceptions", facts.calendar_year == 2022, facts.is_additive)
    assert wanted.filter(wanted.place_level == "country").value.sum().execute() == RIGHT


def sqlalchemy_reads_the_warehouse(build: Path, url: str) -> None:
    """The README's package failed under Superset, which holds SQLAlchemy at 1.4 and takes duckdb-engine."""
    import sqlalchemy

    address = f"duckdb:///{build / 'warehouse.duckdb'}?access_mode=read_only"
    with sqlalchemy.create_engine(address).connect() as connection:
        assert connection.execute(sqlalchemy.text(SUM.format(""))).scalar() == RIGHT
    names = sqlalchemy.inspect(sqlalchemy.create_engine(address)).get_view_names(schema="marts")
    assert "crossings" in " ".join(names)


def a_whole_file_asked_for_by_a_range_comes_as_one(build: Path, url: str) -> None:
    """Answered with 206, as clients take for granted; and a build's own address may be kept for ever."""
    address = f"{url}builds/{build.name}/exports/dim_source.parquet"
    with urllib.request.urlopen(urllib.request.Request(address, headers={"Range": "bytes=0-"})) as answer:
        assert answer.status == 206 and answer.headers["ETag"] and "immutable" in answer.headers["Cache-Control"]
        assert answer.read() == (build / "exports" / "dim_source.parquet").read_bytes()


DUCKDB = (duckdb_opens_the_file, duckdb_uses_a_file_attached_under_another_name)
NEWER = (*DUCKDB, duckdb_reads_views_of_a_file_attached_under_another_name)
READS: dict[str, tuple[Callable[[Path, str], None], ...]] = {
    "clients": (
        *NEWER, pandas_keeps_integers, pyarrow_reads_what_a_file_says_of_itself, polars_reads_over_http,
        ibis_reads_the_warehouse, sqlalchemy_reads_the_warehouse, a_whole_file_asked_for_by_a_range_comes_as_one,
    ),
    "clients-superset": (sqlalchemy_reads_the_warehouse,),
    "clients-oldest": DUCKDB,
    "clients-newest": NEWER,
}  # fmt: skip
TOLD = ("duckdb", "duckdb-engine", "duckdb-sqlalchemy", "ibis-framework", "pandas", "polars", "pyarrow", "sqlalchemy")


def main(environment: str, build: Path, url: str) -> int:
    """Every read of an environment."""
    held = {
        each.metadata["Name"].lower().replace("_", "-"): each.version for each in importlib.metadata.distributions()
    }
    print(f"{environment}: " + ", ".join(f"{name} {held[name]}" for name in TOLD if name in held))
    failed = 0
    for read in READS[environment]:
        try:
            read(build, url)
            print(f"  ok    {read.__name__.replace('_', ' ')}")
        except Exception:  # every read is tried, whatever became of the one before
            failed += 1
            print(f"  FAIL  {read.__name__.replace('_', ' ')}\n{traceback.format_exc()}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
