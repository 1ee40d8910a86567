"""An open cassette without a file, and requests to it without a client library."""

from __future__ import annotations

from pathlib import Path

from llmcassette.recorder.engine import Contents, Engine, Remedy
from llmcassette.recorder.exchange import Exchange
from llmcassette.recorder.settings import Settings
from llmcassette.recorder.steps import Caller

CALLER = Caller(is_async=False, clock=lambda: 0.0)


def opened(*interactions, path=Path("weather.yaml"), mode="none", **settings):
    """The cassette as an exchange uses it; ``Recorder(cassette)`` is what a test sees of it."""
    contents = Contents(interactions, records=mode not in {"none", "live"})
    return Engine(path, mode, contents, Settings(**settings), Remedy("record it again"))


def steps(cassette, request, caller=CALLER):
    """What the exchange asks a driver to do."""
    return Exchange(cassette, request, caller).steps()


def first_step(cassette, request):
    """The answer, the failure in its place, or the order to go live."""
    return next(steps(cassette, request))
