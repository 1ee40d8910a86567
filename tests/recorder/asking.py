"""Requests to an open cassette without a client library: what its exchange asks a driver to do."""

from __future__ import annotations

from llmcassette.recorder.exchange import Exchange
from llmcassette.recorder.steps import Caller

CALLER = Caller(is_async=False, clock=lambda: 0.0)


def steps(recorder, request, caller=CALLER):
    return Exchange(recorder, request, caller).steps()


def first_step(recorder, request):
    """The answer, the failure in its place, or the order to go live."""
    return next(steps(recorder, request))
