"""Faults laid over a recording: what a provider or the network did wrong, by the test's own wish.

``fault`` says what can go wrong, and when; ``plan`` decides which request it hits; ``before``,
``stream`` and ``content`` make the answer that goes wrong. Bodies in, bodies out: nothing here
knows a client, and the cassette stays as it is.
"""
