"""The report over a test run."""
