"""The ``roxham`` command: every step of a run by hand, and the questions that people ask of what is served.

Exit codes, of every verb: 0 done, or nothing to do · 1 Roxham or an agency failed, or there is nothing to answer from ·
2 wrong usage · 3 something waits for a person: a release that is quarantined or refused, a damaged archive, a state or an
alert that ``--fail-on`` names.
"""

from pipeline.cli.main import main

__all__ = ["main"]
