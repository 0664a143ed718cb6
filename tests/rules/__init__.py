"""The nine rules of the design, end to end: one module a rule, only what no other folder's tests would notice."""
