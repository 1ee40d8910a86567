"""The one place that decides what happens to a request.

Nothing is imported here: the pytest plugin needs modes and settings' sources at start-up, and must
not pay for matching and formats before a cassette is used.
"""
