"""Files that must fail: one folder a case, `index.csv` with the check that stops it and the words it must say.

They go straight to parser and suite; what an agency's server does wrong belongs to `bad_input`.
To add a case, put the file at `<source>/<case>/<file as the agency names it>` and a line into `index.csv`.
"""
