"""What the parsers ask of every table: heads that differ, and rows that are as wide as their head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from ingest.core.records import StructureError

Label = TypeVar("Label", bound=Hashable)


def doubled(labels: Iterable[Label]) -> list[Label]:
    """The labels (or what else) that stand more than once, in the order in which they first do."""
    return [label for label, count in Counter(labels).items() if count > 1]


def refuse_doubled(labels: Iterable[str], words: str) -> None:
    """Stop at labels that stand twice; ``words`` says what they head, as in ``two columns headed "March"``.

    Raises:
        StructureError: when one does.
    """
    found = doubled(labels)
    if found:
        message = f"{words} headed " + "; ".join(f'"{label}"' for label in found)
        raise StructureError(message)


def refuse_other_width(row: Sequence[object], heads: Sequence[object], words: str) -> None:
    """Stop at a row with more or fewer cells than there are heads; ``words`` says which row it is.

    Raises:
        StructureError: when it has.
    """
    if len(row) != len(heads):
        message = f"{words}: {len(row)} cells under {len(heads)} heads"
        raise StructureError(message)
