"""``python -m orchestration.local.down``: end the Airflow that ``python -m orchestration.local.up`` keeps running."""

from __future__ import annotations

import os
import signal
import sys
import time

from orchestration import run_mode
from orchestration.airflow_settings import airflow_home
from orchestration.local.processes import SessionRecord
from orchestration.local.up import facts_of, is_up
from orchestration.run_mode import WrongRunMode

DOWN_WITHIN = 40.0


def main() -> int:
    """End it and wait until it is gone; returns the exit code."""
    try:
        home = run_mode.run_mode_from_environment().home
    except WrongRunMode as error:
        print(f"roxham: {error}")
        return 2
    record = SessionRecord(airflow_home(home) / "sessions.json")
    if not is_up(home):
        left = record.end_leftovers()
        print(f"nothing is up in {home.root}" + (f"; ended {left} leftover process(es)" if left else ""))
        return 0
    holder = facts_of(home).get("pid")
    if holder is None:
        print("roxham: something else holds this home's Airflow (`make run`, or one that is starting); wait for it")
        return 1
    os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_WITHIN
    while is_up(home) and time.monotonic() < deadline:
        time.sleep(0.3)
    if is_up(home):
        os.kill(holder, signal.SIGKILL)
        time.sleep(0.5)
        record.end_leftovers()
    print(f"down: {home.root}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
