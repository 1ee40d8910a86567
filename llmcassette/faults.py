"""Faults of providers and networks, to test how a program handles them.

Each function returns a fault for the setting ``faults``, which applies it to recorded answers::

    from llmcassette import faults

    @pytest.mark.llm_cassette("weather.yaml", faults=[faults.status(429, times=2)])

``interaction=``, ``model=``, ``when=`` and ``times=`` select the requests.
"""

from __future__ import annotations

from llmcassette.recorder.faults import constructors
from llmcassette.recorder.faults.constructors import *  # noqa: F403 - the one list of faults
from llmcassette.recorder.faults.fault import Fault

__all__ = ["Fault"]
__all__ += constructors.__all__
