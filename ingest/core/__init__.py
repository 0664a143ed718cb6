"""What everything else stands on: records, the clock, the home, locks, settings. Imports nothing of Roxham."""
