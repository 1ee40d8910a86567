"""The engine: ``exchange`` decides what happens to a request, ``engine`` has the open cassette.

Nothing is imported here: the pytest plugin needs modes and settings at the start of every run, and
must not pay for matching and formats before a cassette is used.
"""
