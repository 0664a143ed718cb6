"""``make test-clients``: what people read builds with, each in an environment of its own, over the bundled sample.

Reads the published build of ``ROXHAM_HOME`` where there is one, else makes one of the sample below it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from roxham_web import serve

from ingest.core.home import Home
from pipeline import steps
from sandbox.sample import lay_out

READS = Path(__file__).with_name("reads.py")
ENVIRONMENTS = ("clients", "clients-superset", "clients-oldest", "clients-newest")


def build_to_read(home: Home) -> Home:
    """The home itself where something is published in it, else one below it with a build of the sample."""
    if (home.current / "release.json").exists():
        return home
    sample = Home(home.root / "clients" / "sample-home")
    if not (sample.current / "release.json").exists():
        steps.replay(sample, lay_out(home.root / "clients" / "sample"), bundled=True)
        steps.build_and_publish(sample)
    return sample


def main() -> int:
    """Every environment's reads, one after another; 1 when any of them fails."""
    home = Home.from_environment()
    read = build_to_read(home)
    failed = []
    with serve.server(read, cors=True) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        for name in ENVIRONMENTS:
            python = home.root / "clients" / name / "bin" / "python"
            command = [str(python), str(READS), name, str(read.current.resolve()), serve.url_of(listening)]
            if subprocess.run(command, check=False, timeout=600).returncode != 0:
                failed.append(name)
        listening.shutdown()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
