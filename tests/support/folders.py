"""Writes small releases folders for tests."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

HEAD = ("source", "vintage", "file", "role", "agency_url", "published", "published_precision", "sha256", "origin")
CBP, IRCC = "cbp_nationwide_encounters", "ircc_rcmp_interceptions"


class ReleasesFolder:
    """A releases folder that grows file by file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.rows: list[dict[str, str]] = []
        root.mkdir(parents=True, exist_ok=True)

    def add(
        self,
        source: str,
        published: str,
        name: str,
        content: str | bytes,
        role: str = "data",
        sha256: str | None = None,
        url: str | None = None,
    ) -> ReleasesFolder:
        """One file of one vintage, listed in releases.csv."""
        raw = content.encode() if isinstance(content, str) else content
        path = self.root / source / published / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        self.rows.append(
            {
                "source": source, "vintage": published, "file": path.relative_to(self.root).as_posix(), "role": role,
                "agency_url": url or f"https://agency.example/{name}", "published": published,
                "published_precision": ("year", "month", "day")[published.count("-")],
                "sha256": sha256 or hashlib.sha256(raw).hexdigest(), "origin": "a test",
            }
        )  # fmt: skip
        self.write_index()
        return self

    def write_index(self) -> None:
        """Write releases.csv as it stands."""
        with (self.root / "releases.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, HEAD)
            writer.writeheader()
            writer.writerows(self.rows)
