"""The proof: attacks on Roxham from outside, run from the checkout (`make prove`), with one page of what held.

Nothing here is imported by the product, and what judges a mutation shares no code with what parses a release.
"""
