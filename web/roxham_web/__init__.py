"""The BI site: static pages and charts, written into every build from its own warehouse.

``site`` writes it; ``sections`` is the list of what is shown where; ``marts`` reads, ``charts`` draws, ``tables`` lays
out, ``text`` speaks English and French, ``figures`` leads table cells back to printed ones, ``pages`` puts it together.
"""
