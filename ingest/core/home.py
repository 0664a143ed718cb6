"""Where everything lives: one directory, nothing is written outside of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.core.settings import HomeSettings

REPOSITORY = Path(__file__).resolve().parents[2]
MADE_OVER = "made-over"


@dataclass(frozen=True)
class Home:
    """The folders and files below ``ROXHAM_HOME``."""

    root: Path

    @classmethod
    def from_environment(cls, override: str | Path | None = None) -> Home:
        """The home that ``--home`` or ``ROXHAM_HOME`` names, else ``.home`` in the repository."""
        chosen = override or HomeSettings().home or REPOSITORY / ".home"
        return cls(Path(chosen).expanduser().resolve())

    @property
    def made_over(self) -> str | None:
        """What kind of releases this home was made over (sample, folder, live); None where no run said so."""
        try:
            return (self.root / MADE_OVER).read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

    def claim(self, kind: str) -> None:
        """Say what kind of releases this home is made over: figures of one kind are false vintages of another's."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / MADE_OVER).write_text(kind + "\n", encoding="utf-8")

    @property
    def objects(self) -> Path:
        """Archived bytes, one write-once file per sha256."""
        return self.root / "archive" / "objects"

    @property
    def parsed(self) -> Path:
        """What parsers made of the archived files, as Parquet; safe to delete."""
        return self.root / "archive" / "parsed"

    @property
    def manifest(self) -> Path:
        """The archive's SQLite manifest: attempts, releases, check results, decisions."""
        return self.root / "archive" / "manifest.sqlite"

    @property
    def work(self) -> Path:
        """Scratch space of the running step; safe to delete whenever nothing runs."""
        return self.root / "work"

    @property
    def candidate(self) -> Path:
        """The build being made."""
        return self.root / "candidate"

    @property
    def candidate_warehouse(self) -> Path:
        """The DuckDB file of the build being made."""
        return self.candidate / "warehouse.duckdb"

    @property
    def builds(self) -> Path:
        """Published builds, one complete directory each."""
        return self.root / "builds"

    @property
    def failed(self) -> Path:
        """Candidates that failed their audit, kept for inspection."""
        return self.root / "failed"

    @property
    def current(self) -> Path:
        """Symlink to the build that readers open."""
        return self.root / "current"

    @property
    def status(self) -> Path:
        """Last attempts and source states, beside the builds because they change every night."""
        return self.root / "status.json"

    @property
    def dbt(self) -> Path:
        """Dbt's target and logs."""
        return self.root / "dbt"

    @property
    def locks(self) -> Path:
        """Lock files: one writer at a time."""
        return self.root / "locks"
