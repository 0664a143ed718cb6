"""The bundled sample: `lay_out(directory)` writes a releases folder from the small tables in `sandbox/sample/`.

Several sources, several vintages each, real revisions; every line of its releases.csv says `roxham-sample`, and every build
made from it is stamped SAMPLE. What is in it and what is left out: sandbox/sample/README.md.
"""

from __future__ import annotations

import argparse
from itertools import chain
from pathlib import Path

from sandbox import cbp_files, claimant_files, irb_pages, rcmp_pages, sector_pdf, southwest_files
from sandbox.folder import FolderWriter

ORIGIN = "roxham-sample"
STATE = "sample"


def lay_out(directory: Path | str) -> Path:
    """Write the sample as a releases folder; the same bytes every time.

    Args:
        directory: the folder to write; made if missing.

    Returns:
        The folder, ready for `roxham replay --releases` or for `Sandbox`.
    """
    folder = Path(directory)
    writer = FolderWriter(folder, origin=ORIGIN, state=STATE)
    written = (
        rcmp_pages.pages(), cbp_files.files(), southwest_files.files(), sector_pdf.files(), claimant_files.files(),
        irb_pages.pages(),
    )  # fmt: skip
    for item in chain.from_iterable(written):
        writer.add(item)
    writer.finish()
    return folder


def main() -> None:
    """`python -m sandbox.sample DIRECTORY`."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.sample", description="Lay the bundled sample out as a releases folder."
    )
    parser.add_argument("directory", type=Path)
    print(lay_out(parser.parse_args().directory))


if __name__ == "__main__":
    main()
