"""``python -m pipeline.cli``: the ``roxham`` command."""

from pipeline.cli.main import main

if __name__ == "__main__":
    main()
