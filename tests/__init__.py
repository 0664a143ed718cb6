"""Tests stand in a folder named as the room of what they test; these are the others.

``failed_cases``: committed files that a parser or suite refuses. ``bad_input``: what an agency's server does wrong, played
as a night. ``rules``: the nine rules of the design, end to end. ``golden``: what is read out of sample files, row by row.
``real_releases``: every published figure, over the real releases. ``compose``: the containers. ``support``: what tests of
several rooms need (the fake agency, small releases, builds made once a run, and the one place that knows where real
releases are).
"""
