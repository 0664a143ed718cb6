"""What readers open of a build: two schemas, in a file that has no room in it for what is gone."""

from __future__ import annotations

import duckdb

from ingest.core.home import Home
from warehouse import served_file


def test_staging_and_intermediate_leave_the_file_with_the_room_that_they_took(home: Home) -> None:
    """A published file held 42 relations that nobody is promised, and was twice the size."""
    home.candidate.mkdir(parents=True)
    with duckdb.connect(str(home.candidate_warehouse)) as connection:
        for schema in ("raw", "marts", "staging", "intermediate"):
            connection.execute(f"create schema {schema}")
        connection.execute("create table raw.cells as select 1 as n")
        connection.execute("create table marts.facts (n integer not null)")
        connection.execute("insert into marts.facts select n from raw.cells")
        connection.execute("comment on column marts.facts.n is 'A figure.'")
        connection.execute("create view marts.labelled as select n from marts.facts")
        connection.execute("create macro marts.of(wanted) as table select n from marts.facts where n = wanted")
        connection.execute("create view staging.seen as select n from raw.cells")
        connection.execute("create table intermediate.many as select hash(range) as n from range(1000000)")
    before = home.candidate_warehouse.stat().st_size
    for _ in range(2):  # a step that was killed after it is done again
        served_file.write(home)
    assert home.candidate_warehouse.stat().st_size < before / 4
    assert sorted(path.name for path in home.candidate.iterdir()) == ["warehouse.duckdb"]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.candidate_warehouse}' as rox (read_only)")
        held = connection.execute(
            "select schema_name from duckdb_schemas() where database_name = 'rox' and not internal order by 1"
        ).fetchall()
        assert held in ([("marts",), ("raw",)], [("main",), ("marts",), ("raw",)])
        assert connection.execute("from rox.marts.labelled").fetchall() == [(1,)]
        connection.execute("use rox")
        assert connection.execute("from marts.of(1)").fetchall() == [(1,)]
        told = connection.execute(
            "select is_nullable, comment from duckdb_columns() where database_name = 'rox' and table_name = 'facts'"
        ).fetchall()
    assert told == [(False, "A figure.")]
