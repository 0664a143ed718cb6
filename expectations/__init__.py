"""Great Expectations suites per source and for the marts, and the runner that turns their results into check rows.

``runner.validate_load`` asks ``expectations.<source id>`` what must hold for one release before it counts;
``runner.validate_marts`` asks ``expectations.marts`` what must hold before a build is served. A new source adds one
module with ``suite(release_id, source)`` and nothing else. Only the runner imports Great Expectations, and
only when it runs: the import costs seconds.
"""
