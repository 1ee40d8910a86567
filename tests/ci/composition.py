"""What the tests of compositions share."""

from __future__ import annotations

from tests.plugin.conftest import URL

ASKED = f"POST {URL}"

OURS = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_ours():
        assert ask("one") == "re: one"
    """

BOTH = [
    "vcrpy and the cassette cassettes/a.yaml are active at the same time, and both answer for "
    "httpx.",
    "Use one of them in this test; different tests may use different ones.",
]
