"""The report of a request that no recorded interaction answers."""
