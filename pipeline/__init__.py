"""The steps of a run, the replay of a folder, and the ``roxham`` command."""
