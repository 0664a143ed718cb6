"""`python -m tests.golden`: write the golden files again, after a change of a parser that was meant.

Look at the difference before it is committed: it is what every reader will see.
"""

from tests.golden.rows import golden_of, read, samples

for sample in samples():
    golden_of(sample).write_text(read(sample), encoding="utf-8", newline="")
    print(f"written {golden_of(sample).relative_to(sample.parents[1])}")
