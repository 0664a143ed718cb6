"""What an agency's robots.txt asks of robots (https://www.rfc-editor.org/rfc/rfc9309): read here, obeyed by ``http``."""

from __future__ import annotations

import re
from urllib.robotparser import RobotFileParser

# The standard's own measure: what stands beyond it need not be read.
MAX_BYTES = 500 * 1024
NAME = "Roxham"
# The lines that say who may read what; a delay of 5,000 digits or in Thai ones would raise.
_RULE = re.compile(r"\s*(user-agent|allow|disallow)\s*:[\x20-\x7e\t]*", re.IGNORECASE)


class Robots:
    """The rules of one host."""

    def __init__(self, content: bytes) -> None:
        lines = content.decode("utf-8", errors="replace").splitlines()
        self._rules = RobotFileParser()
        # Blank lines part one agent's rules from the next one's.
        self._rules.parse([line for line in lines if not line.strip() or _RULE.fullmatch(line)])

    def allows(self, url: str) -> bool:
        """Whether Roxham may ask for that address."""
        return self._rules.can_fetch(NAME, url)


NO_RULES = Robots(b"")
