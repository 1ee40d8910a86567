"""Faults: what a test makes a provider or the network do wrong, applied to a recording.

``constructors`` lists them all, and ``applying`` what each does to an answer; ``overlay`` decides
which request gets which. Bodies in, bodies out: nothing here knows a client, and the cassette stays
as it is.
"""
