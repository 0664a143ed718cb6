"""README's table of sources follows the YAMLs."""

from __future__ import annotations

import re

from ingest.catalog.source import load_sources
from ingest.core.home import REPOSITORY


def test_readme_names_no_source_that_is_not_there() -> None:
    """Not the other way round: `roxham sources` lists every one, and a row here is no sixth place of a new source."""
    section = re.search(r"^## Sources\n(.*?)^## ", (REPOSITORY / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    assert section
    heads = [line.split("|")[1] for line in section[1].splitlines() if line.startswith("| `")]
    named = [name for head in heads for name in re.findall(r"`(\w+)`", head)]
    assert len(named) == len(set(named)) > 10
    assert set(named) <= set(load_sources())
