"""``python -m orchestration.component scheduler …``: an Airflow component, warmed up.

Every task runs in a process forked from the scheduler, and every parse in one forked from the dag-processor. What these
two have imported beforehand (cosmos, the steps, the plugins) none of the seventy small tasks of a build imports again,
which is most of what such a task costs.
"""

from __future__ import annotations

import sys

WARMED = frozenset({"scheduler", "dag-processor"})


def warm_up() -> None:
    """Import what DAG files and tasks import; nothing here opens files, threads or connections."""
    import cosmos.operators.local
    import cosmos.operators.watcher  # noqa: F401
    from airflow.sdk.plugins_manager import get_hook_lineage_readers_plugins

    from ingest.catalog.source import load_sources

    get_hook_lineage_readers_plugins()
    load_sources()


def main() -> None:
    """Warm up where it pays, then be Airflow."""
    from airflow.__main__ import main as airflow_main

    if WARMED & set(sys.argv[1:2]):
        warm_up()
    airflow_main()


if __name__ == "__main__":
    main()
