"""``python containers/make_env.py [PROFILES]``: write an .env for docker compose with generated secrets.

Needs nothing but Python. An .env that is there is left alone: its passwords are in the volumes by then.
"""

from __future__ import annotations

import base64
import os
import secrets
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
KNOWN_PROFILES = {"sample", "celery"}


def fill_in(example: str, profiles: str) -> str:
    """The text of the example with a secret of its own at each of the six, and the profiles.

    Raises:
        ValueError: on a profile that there is not.
    """
    unknown = {each.strip() for each in profiles.split(",") if each.strip()} - KNOWN_PROFILES
    if unknown:
        message = f"no profile {', '.join(sorted(unknown))}; known are {', '.join(sorted(KNOWN_PROFILES))}"
        raise ValueError(message)
    made = {
        "COMPOSE_PROFILES": profiles,
        "ROXHAM_FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "ROXHAM_ADMIN_PASSWORD": secrets.token_urlsafe(16),
        "ROXHAM_JWT_SECRET": secrets.token_urlsafe(48),
        "ROXHAM_SESSION_SECRET": secrets.token_urlsafe(48),
        "ROXHAM_REDIS_PASSWORD": secrets.token_urlsafe(24),
    }
    lines = [f"{line}{made.get(line[:-1], '')}" if line.endswith("=") else line for line in example.splitlines()]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Write it; returns the exit code."""
    target = Path(arguments[1]) if len(arguments) > 1 else HERE / ".env"
    if target.exists():
        print(f"{target} is there already and stays as it is")
        return 0
    try:
        text = fill_in((HERE / ".env.example").read_text(), arguments[0] if arguments else "")
    except ValueError as error:
        print(f"roxham: {error}", file=sys.stderr)
        return 2
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    print(f"wrote {target}; the user is admin, the password stands in it as ROXHAM_ADMIN_PASSWORD")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
