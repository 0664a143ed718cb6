"""The measurements behind ``make bench``: ratios in one run, printed as a table and written to ``bench/results.md``."""
