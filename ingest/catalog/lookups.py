"""What a publisher's labels mean: exact after folding, or by pattern. Unknown stays unknown and stops the source.

Folding removes what typesetting changes and no meaning hangs on: case, accents, runs of blanks, no-break and
zero-width spaces, curly quotes, the kind of dash and blanks around it (``Nouveau- Brunswick``, ``févr.`` / ``fevr.``).
"""

from __future__ import annotations

import functools
import re
import unicodedata

from ingest.catalog.source import Lookup

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212]\s*")


@functools.lru_cache(maxsize=65536)
def fold(label: str) -> str:
    """The label without what typesetting changes."""
    bare = unicodedata.normalize("NFKD", label.translate(_INVISIBLE))
    plain = "".join(character for character in bare if not unicodedata.combining(character))
    plain = plain.replace("’", "'").replace("‘", "'").rstrip().rstrip("*†‡")
    return _DASHES.sub("-", " ".join(plain.split())).casefold()


def resolve(lookup: Lookup, label: str) -> str | None:
    """What the label means in that lookup, or None when nobody has said so yet."""
    folded = fold(label)
    for known, value in lookup.labels.items():
        if fold(known) == folded:
            return value
    for pattern in lookup.patterns:
        found = re.search(pattern.match, folded)
        if found:
            return found.expand(pattern.value)
    return None
