"""A zip whose bytes are those of its members alone: the same ones on whatever day it is written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

# The first moment that a zip can name.
THEN = (1980, 1, 1, 0, 0, 0)


def zipped(members: Iterable[tuple[str, bytes]]) -> bytes:
    """The members in this order, deflated."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as container:
        for name, content in members:
            container.writestr(zipfile.ZipInfo(name, THEN), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
