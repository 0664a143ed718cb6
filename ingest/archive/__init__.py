"""Bytes and attempts, write-once: objects by their sha256, the manifest of what happened, people's decisions."""
