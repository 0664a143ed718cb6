"""``python requirements/third_party.py`` writes THIRD_PARTY.md: what others made and is shipped with Roxham, and its licences.

Names come from the locks, licences from what each installed package says of itself. A package of a lock that is not
installed here (another platform's, the containers' alone) keeps the row that it has; without one the page cannot be made.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "THIRD_PARTY.md"
# What is installed where Roxham runs; tests, lint and the audit are shipped to nobody.
LOCKS = ("runtime.txt", "container.txt")
# What licences are called, in SPDX's words; the first name that a package's own words hold counts.
NAMES = (
    (r"zope", "ZPL-2.1"), (r"mpl|mozilla", "MPL-2.0"), (r"lgpl|lesser general", "LGPL"), (r"artistic", "Artistic-1.0"),
    (r"(?<!l)gpl|general public", "GPL"), (r"apache", "Apache-2.0"), (r"bsd", "BSD"), (r"\bisc\b", "ISC"),
    (r"unlicense", "Unlicense"), (r"psf|python software foundation", "PSF-2.0"), (r"mit", "MIT"),
)  # fmt: skip
# Where a package says it in its text only, or leaves the choice in words of its own.
IN_ITS_TEXT = {"openlineage-sql": "Apache-2.0", "feedgen": "BSD-2-Clause OR LGPL-3.0-or-later"}
HEAD = """# What others made

Roxham's own code is under the MIT licence ([LICENSE](LICENSE)). This page is written by `python requirements/third_party.py`
(`make lock` does it) and tested against the locks and the installed packages.

## In every site
The charts are drawn by Vega, Vega-Lite and Vega-Embed (BSD-3-Clause) with D3 (ISC) and smaller packages, which
`vl-convert-python` bundles into one script. Names, copyright notices and licence texts stand beside it in each published
site, [assets/vega-licences.txt](web/roxham_web/assets/vega-licences.txt). All else in a site is Roxham's own; fonts are
the reader's.

## Installed with Roxham
By hash from the locks, each in its own package with its licence; none is changed, and none is copied into this repository.
Figures of agencies are under the terms that README and each source's YAML name.

| package | licence |
|---|---|
"""


def locked(lock: Path) -> list[str]:
    """The names in a lock, each once, whatever platform they are for."""
    return sorted(set(re.findall(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==", lock.read_text(encoding="utf-8"), re.MULTILINE)))


def licence_of(name: str) -> str | None:
    """The licence of an installed package in SPDX's words; None where it is not installed.

    Raises:
        LookupError: when it is installed and says nothing that can be read.
    """
    try:
        said = metadata(name)
    except PackageNotFoundError:
        return None
    if name in IN_ITS_TEXT:
        return IN_ITS_TEXT[name]
    found = _expression(said) or next((known for text in _words(said) for known in _named(text)), None)
    if found is None:
        message = f"{name} does not say its licence; read its text and name it in IN_ITS_TEXT"
        raise LookupError(message)
    return found


def _expression(said: PackageMetadata) -> str | None:
    return said.get("License-Expression")


def _words(said: PackageMetadata) -> Iterator[str]:
    """What it says in words, the shortest first: classifiers, then the first line of its text."""
    yield " ".join(each for each in said.get_all("Classifier") or [] if each.startswith("License ::"))
    yield (said.get("License") or "").partition("\n")[0]


def _named(text: str) -> Iterator[str]:
    return (name for pattern, name in NAMES if re.search(pattern, text, re.IGNORECASE))


def rows_of(page: Path) -> dict[str, str]:
    """Package and licence as the page says; nothing where there is none yet."""
    return (
        dict(re.findall(r"^\| `([^`]+)` \| (.+) \|$", page.read_text(encoding="utf-8"), re.M)) if page.exists() else {}
    )


def rows(names: Iterable[str], before: dict[str, str]) -> dict[str, str]:
    """Package and licence of every name.

    Raises:
        LookupError: when a package is neither installed nor on the page already.
    """
    found = {name: licence_of(name) or before.get(name) for name in names}
    unknown = [name for name, licence in found.items() if licence is None]
    if unknown:
        message = f"neither installed nor on the page: {', '.join(unknown)}; install them beside and run this again"
        raise LookupError(message)
    return {name: str(licence) for name, licence in found.items()}


def main() -> None:
    """Write the page."""
    names = sorted({name for lock in LOCKS for name in locked(HERE / lock)})
    table = rows(names, rows_of(PAGE))
    PAGE.write_text(HEAD + "".join(f"| `{name}` | {table[name]} |\n" for name in names), encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {len(names)} packages\n")


if __name__ == "__main__":
    main()
