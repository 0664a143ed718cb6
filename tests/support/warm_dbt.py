"""dbt in a process of its own that need not import dbt first: four seconds of each command, and a build has three.

A server, started by the first command of a test process, imports dbt once and forks for each command. The child has the
command's environment, folder and output, so that no command sees another. Run as a module this is the server: a line of
JSON in, an exit code out, until its input ends.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from ingest.core.home import REPOSITORY, Home
from warehouse import dbt

_one_at_a_time = threading.Lock()


def command(arguments: list[str], env: Mapping[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run one dbt command to its end; what it prints, on either stream, is in ``stdout``."""
    with tempfile.NamedTemporaryFile(mode="r", suffix=".dbt", encoding="utf-8", errors="replace") as printed:
        request = {"arguments": arguments, "env": dict(env), "cwd": str(cwd), "printed": printed.name}
        with _one_at_a_time:
            server = _server()
            assert server.stdin and server.stdout
            server.stdin.write(json.dumps(request) + "\n")
            server.stdin.flush()
            answer = server.stdout.readline()
        assert answer, "the server of dbt commands has ended"
        return subprocess.CompletedProcess(["dbt", *arguments], int(answer), printed.read(), "")


def run(home: Home, *arguments: str, target: str = "target") -> subprocess.CompletedProcess[str]:
    """``warehouse.dbt.run``, warm."""
    home.dbt.mkdir(parents=True, exist_ok=True)
    return command(["--quiet", "--no-use-colors", *arguments], dbt.environment(home, target), dbt.PROJECT)


@functools.cache
def _server() -> subprocess.Popen[str]:
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.support.warm_dbt"],
        cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdin
    atexit.register(server.wait)
    atexit.register(server.stdin.close)
    return server


def _serve() -> None:
    import dbt.adapters.duckdb
    import dbt.cli.main  # noqa: F401  what the children then have

    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _be_dbt(json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be_dbt(request: dict[str, Any]) -> NoReturn:
    code: Any = 1
    try:
        os.environ.clear()
        # dbt's locks go with the process, which ends without clearing up what it has from the server.
        os.environ.update(request["env"], PYTHONWARNINGS="ignore:resource_tracker")
        os.chdir(request["cwd"])
        printed = os.open(request["printed"], os.O_WRONLY | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(printed, stream)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        from dbt.cli.main import cli

        cli(args=request["arguments"], prog_name="dbt")
    except SystemExit as ended:
        code = ended.code
    except BaseException as error:  # noqa: BLE001  the child must end here, whatever it was
        print(repr(error), file=sys.stderr)
    # What the way out of a process does: until the database is closed its last pages lie in a log beside the file.
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    _serve()
