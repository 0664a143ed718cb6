"""Files that must fail: one folder a case, `index.csv` with the check that stops it and the words it must say.

To add a case, put the file at `<source>/<case>/<file as the agency names it>` and a line into `index.csv`.
"""
