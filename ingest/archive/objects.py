"""The archive of raw bytes: content-addressed by sha256 and write-once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

from ingest.core.home import Home
from ingest.core.trouble import MachineTrouble

# Longer than any download may take.
ABANDONED_AFTER_SECONDS = 24 * 3600


# What a file was when it was hashed: an object that was touched since is hashed again.
Stamp = tuple[int, int, int, int]


class DamagedObject(MachineTrouble):
    """The disk gives back other bytes than were archived. What was read from them earlier says nothing now."""


class Archive:
    """Bytes by their sha256. What is in it is never changed and never deleted by Roxham."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.objects = home.objects
        self.objects.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def _sweep(self) -> None:
        """Delete what downloads that were killed long ago left behind; it never had a name in the archive."""
        for path in [*self.objects.glob(".incoming-*"), *self.home.parsed.glob(".incoming-*")]:
            # Another process may give its download its name, or sweep it, between this look and the next.
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > ABANDONED_AFTER_SECONDS:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()

    def path(self, sha256: str) -> Path:
        """Where the bytes with that hash lie (or would lie)."""
        return self.objects / sha256[:2] / sha256

    def __contains__(self, sha256: str) -> bool:
        return self.path(sha256).exists()

    def read(self, sha256: str) -> bytes:
        """The bytes, checked against their name.

        Raises:
            FileNotFoundError: when they were never archived.
            DamagedObject: when the disk gives back other bytes than were archived.
        """
        content = self.path(sha256).read_bytes()
        if hashlib.sha256(content).hexdigest() != sha256:
            raise _damaged(self.path(sha256))
        return content

    def verified(self, sha256: str) -> Path:
        """Where the bytes lie, after they were checked against their name: the only path to read an object by.

        Raises:
            FileNotFoundError: when they were never archived.
            DamagedObject: when the disk gives back other bytes than were archived.
        """
        path = self.path(sha256)
        if self.hash_of(sha256) != sha256:
            raise _damaged(path)
        return path

    def hash_of(self, sha256: str) -> str:
        """What the bytes under that name hash to now: worked out once a process, and again when the file was touched.

        Raises:
            FileNotFoundError: when they were never archived.
        """
        return hash_of_file(self.path(sha256))

    def parsed_folder(self, sha256: str) -> Path:
        """Where what a parser makes of the bytes with that hash is kept."""
        return self.home.parsed

    def put(self, content: bytes) -> str:
        """Archive bytes and return their sha256; the same bytes twice are one object."""
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in self:
            with tempfile.NamedTemporaryFile(dir=self.objects, prefix=".incoming-", delete=False) as incoming:
                incoming.write(content)
            self._commit(Path(incoming.name), sha256)
        return sha256

    def put_file(self, source: Path) -> str:
        """Archive a file's bytes without holding them in memory; the source stays where it is."""
        with source.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        if sha256 not in self:
            with tempfile.NamedTemporaryFile(dir=self.objects, prefix=".incoming-", delete=False) as incoming:
                pass
            shutil.copyfile(source, incoming.name)
            self._commit(Path(incoming.name), sha256)
        return sha256

    def adopt(self, incoming: Path, sha256: str) -> None:
        """Take over a file that was downloaded into the archive's own folder under another name."""
        if sha256 in self:
            incoming.unlink()
        else:
            self._commit(incoming, sha256)

    def _commit(self, incoming: Path, sha256: str) -> None:
        # Synced before it gets its name: after a crash an object is whole or absent, never half.
        descriptor = os.open(incoming, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        incoming.chmod(0o444)
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        incoming.replace(target)


def hash_of_file(path: Path) -> str:
    """The sha256 of a file's bytes, worked out once a process, and again when the file was touched.

    Raises:
        FileNotFoundError: when it is not there.
    """
    return _hash(path, _stamp(path))


def _stamp(path: Path) -> Stamp:
    seen = path.stat()
    return (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


@cache
def _hash(path: Path, stamp: Stamp) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _damaged(path: Path) -> DamagedObject:
    return DamagedObject(
        f"archive object {path.name} is damaged on disk: restore {path} from a backup; nothing was changed, what is "
        "served stays served, and `roxham verify` names everything that is not as it was archived"
    )
