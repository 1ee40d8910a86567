"""Another tool that answers for the network, in the same test and in others."""

from __future__ import annotations

import pytest

from tests.plugin.conftest import section

USES = {
    "respx's fixture": (
        "respx",
        """
        def test_x(llm_cassette_or_none, respx_mock):
            respx_mock.post(URL).respond(json={"answer": "mocked"})
            assert ask("one") == "mocked"
        """,
    ),
    "respx's decorator": (
        "respx",
        """
        @respx.mock
        def test_x(llm_cassette_or_none):
            respx.post(URL).respond(json={"answer": "mocked"})
            assert ask("one") == "mocked"
        """,
    ),
    "vcrpy": (
        "vcrpy",
        """
        def test_x(llm_cassette_or_none):
            with vcr.use_cassette("vcr.yaml", record_mode="none"):
                assert ask("one") == "mocked"
        """,
    ),
}

START = """
import pytest, respx, vcr
from app import URL, ask

@pytest.fixture
def llm_cassette_or_none(): pass
"""

VCR = """\
interactions:
- request:
    body: '{"question":"one"}'
    headers: {}
    method: POST
    uri: https://api.example.com/v1/ask
  response:
    body:
      string: '{"answer":"mocked"}'
    headers: {}
    status:
      code: 200
      message: OK
version: 1
"""


@pytest.fixture
def mocked(project):
    project.cassette("a.yaml", "one")
    (project.path / "vcr.yaml").write_text(VCR)
    return project


@pytest.mark.parametrize("use", USES)
def test_in_one_test_with_a_cassette_is_an_error_that_names_both(mocked, use):
    tool, text = USES[use]
    mocked.test(START, 'pytestmark = pytest.mark.llm_cassette("a.yaml")\n', text)

    result = mocked.run()

    result.assert_outcomes(failed=1)
    assert section(result, "FAILURES").splitlines()[1:3] == [
        f"{tool} and the cassette cassettes/a.yaml are active at the same time, and both answer "
        "for httpx.",
        "Use one of them in this test; different tests may use different ones.",
    ]


@pytest.mark.parametrize("use", USES)
def test_may_be_used_by_other_tests_of_the_run(mocked, use):
    _, text = USES[use]
    mocked.test(
        START,
        text,
        """
        @pytest.mark.llm_cassette("a.yaml")
        def test_y():
            assert ask("one") == "re: one"
        """,
        text.replace("test_x", "test_z"),
    )

    mocked.run("-W", "error").assert_outcomes(passed=3)
