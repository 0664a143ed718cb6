"""The corrections register: figures that Roxham holds to be wrong, shown as published and flagged, with a guard.

Modelled on a register in which each entry says what it expects the publisher to print: the day the publisher mends it,
the expectation fails and a person closes the entry.
"""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

REGISTER = Path(__file__).resolve().with_name("corrections.yaml")


class Correction(BaseModel):
    """One entry: which figures, what is wrong with them and why we think so, who was told, what is expected.

    ``shown`` knows one value on purpose: a publisher's figure is never replaced (rule 7), only flagged.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9_]+$")
    measure: str
    place: str
    what: str
    why: str
    shown: Literal["as_published"]
    told: str
    status: Literal["open", "confirmed_by_publisher", "mended_by_publisher", "withdrawn"]
    since: dt.date
    # Month (YYYY-MM) to the figure that the publisher prints and that we hold to be wrong.
    expect: dict[str, int] = Field(min_length=1)

    @property
    def expected(self) -> dict[dt.date, int]:
        """The expectation by the first day of each month."""
        return {dt.date.fromisoformat(f"{month}-01"): value for month, value in self.expect.items()}


@functools.cache
def load_corrections(register: Path = REGISTER) -> tuple[Correction, ...]:
    """Every entry of the register, in its order.

    Raises:
        ValueError: when an entry lacks a part, has an unknown one, or two entries share an id.
    """
    entries = tuple(Correction.model_validate(each) for each in yaml.safe_load(register.read_text(encoding="utf-8")))
    if len({entry.id for entry in entries}) < len(entries):
        message = f"{register.name}: two entries with one id"
        raise ValueError(message)
    return entries
