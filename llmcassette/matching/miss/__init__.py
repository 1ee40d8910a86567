"""A miss: the nearest recording, what differs from it, and the report that shows it."""
