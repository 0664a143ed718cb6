"""`python -m sandbox`: serve a releases folder (or the bundled sample) on loopback.

Prints one line, the address, as soon as it listens. Ends on SIGTERM, SIGINT, or when its lifetime is over.
"""

from __future__ import annotations

import argparse
import signal
import tempfile
import threading
from pathlib import Path

from sandbox.sample import lay_out
from sandbox.server import Sandbox, serve_until

DEFAULT_LIFETIME_SECONDS = 3600.0


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="An agency stand-in on 127.0.0.1.")
    parser.add_argument("--releases", type=Path, metavar="DIR", help="a releases folder; default: the bundled sample")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--date", metavar="D", help="the clock, YYYY-MM-DD; default: the newest release's")
    parser.add_argument(
        "--lifetime",
        type=float,
        default=DEFAULT_LIFETIME_SECONDS,
        metavar="SECONDS",
        help="end after this long, whatever happens (default: %(default)s)",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Serve until told to end."""
    wanted = _arguments(argv)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with tempfile.TemporaryDirectory(prefix="roxham-sample-") as made:
        sandbox = Sandbox(wanted.releases or lay_out(made), wanted.date, wanted.port).start()
        print(sandbox.address, flush=True)
        serve_until(sandbox, ended, wanted.lifetime)


if __name__ == "__main__":
    main()
