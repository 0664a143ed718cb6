"""Bad input from the agency's side to its end: a named outcome, words for 3 a.m., bytes kept, nothing served.

Here the sandbox alters what it serves, and a whole night is played over it. A file as such belongs to ``failed_cases``,
a promise of the design that spans several rooms to ``rules``.
"""
