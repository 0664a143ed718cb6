"""Makes the warehouse that readers open out of the one that was built: the schemas ``marts`` and ``raw``, and nothing else.

What dbt needs on its way (staging, intermediate) is no promise to anybody and twice the size. Written into a new file,
because a table that is dropped leaves its room in the old one.
"""

from __future__ import annotations

import shutil

import duckdb

from ingest.core.home import Home

SERVED = ("marts", "raw")
# As for dbt (profiles.yml): a build fits beside Airflow on a small machine.
BOUNDS = "set memory_limit = '1200MB'; set threads = 2; set preserve_insertion_order = false"


def write(home: Home) -> None:
    """Replace the candidate's warehouse by one of what is served; to do it again changes nothing."""
    built = home.candidate_warehouse
    with duckdb.connect(str(built)) as connection:
        schemas = connection.execute(
            "select schema_name from duckdb_schemas() where not internal and database_name = current_database()"
        ).fetchall()
        for (schema,) in schemas:
            if schema not in (*SERVED, "main"):
                connection.execute(f'drop schema "{schema}" cascade')
    written = built.with_suffix(".written")
    written.unlink(missing_ok=True)
    spilled = written.with_suffix(".tmp")
    with duckdb.connect() as connection:
        connection.execute(BOUNDS)
        connection.execute(f"set temp_directory = '{spilled}'")
        connection.execute(f"attach '{built}' as built (read_only)")
        connection.execute(f"attach '{written}' as written")
        connection.execute("copy from database built to written")
    shutil.rmtree(spilled, ignore_errors=True)
    written.replace(built)
