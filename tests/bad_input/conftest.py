"""Every case has an empty home of its own before the small world's agencies."""

from __future__ import annotations

import pytest

from tests.support.nights import Nights


@pytest.fixture
def nights(small_nights: Nights) -> Nights:
    """The agencies at their first vintage, without any fault yet."""
    return small_nights
