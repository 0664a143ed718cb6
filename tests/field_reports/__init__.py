"""What went wrong for people who scrape these figures or build on this stack: each report a case tried on Roxham.

Modules are named for the layer that failed; docstrings name the public thread that told it.
"""
