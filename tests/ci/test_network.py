"""In CI nothing leaves this machine, in the whole run."""

from __future__ import annotations

import pytest

from tests.ci.conftest import START, errors, problems
from tests.plugin.conftest import section

# TEST-NET-1 (RFC 5737): nobody is there, should the guard fail.
ELSEWHERE = """
    import contextlib, socket
    def phone_home(host="192.0.2.1"):
        with contextlib.suppress(BaseException), socket.socket() as there:
            there.settimeout(0.01)
            there.connect((host, 443))
    """
UNMARKED = """
    def test_x():
        phone_home()
    """
MARKED = """
    @pytest.mark.llm_cassette("a.yaml")
    def test_y():
        ask("one")
    """
LOOKING_UP = """
    def test_x():
        with contextlib.suppress(BaseException):
            socket.getaddrinfo("llm.example.com", 443)
    """
CALLING = MARKED.replace('ask("one")', 'ask("one"); phone_home()')


def test_a_test_that_connects_fails_although_it_swallows_the_error(project):
    project.test(START, ELSEWHERE, UNMARKED)

    result = project.ci()

    result.assert_outcomes(failed=1)
    assert section(result, "FAILURES").splitlines()[1:] == [
        "socket tried to connect to 192.0.2.1:443, but the network is blocked.",
        "  test      test_it.py::test_x",
        "If the test needs this host, add to [tool.llmcassette] in pyproject.toml:",
        '  allowed_hosts = ["192.0.2.1"]',
        "If it is telemetry, let it fail unnoticed:",
        '  ignore_hosts = ["192.0.2.1"]',
        "If it is a request to an LLM: no cassette was open; a test has one by the marker "
        "llm_cassette, a fixture by llm_cassettes, other code by use_cassette.",
        "",
        "test_it.py:8: BlockedHostError",
    ]


def test_a_look_up_leaves_the_machine_too(project):
    project.test(START, ELSEWHERE, LOOKING_UP)

    result = project.ci()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["socket tried to look up llm.example.com:443, but*"])


def test_an_open_cassette_is_named(project):
    project.cassette("a.yaml", "one")
    project.test(START, ELSEWHERE, CALLING)

    result = project.ci()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  cassette  cassettes/a.yaml"])


def test_while_tests_are_collected(project):
    project.test(START, ELSEWHERE, "phone_home()\ndef test_x(): pass\n")

    result = project.ci()

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert section(result, "ERRORS").splitlines()[:3] == [
        "_________________________ ERROR at teardown of the run _________________________",
        "blocked: socket tried to connect to 192.0.2.1:443, but the network is blocked.",
        "  test      none: no test is running",
    ]


def test_where_the_environment_says_ci_only_projects_with_cassettes(project, monkeypatch):
    monkeypatch.setenv("CI", "true")
    project.cassette("a.yaml", "one")
    project.test(START, ELSEWHERE, UNMARKED)
    project.run().assert_outcomes(passed=1)

    project.test(START, ELSEWHERE, UNMARKED, MARKED)

    project.run().assert_outcomes(passed=1, failed=1)


def test_elsewhere_while_a_cassette_is_open_unless_a_setting_forbids_it(project):
    project.cassette("a.yaml", "one")
    project.test(START, ELSEWHERE, UNMARKED, CALLING)
    project.run().assert_outcomes(passed=1, failed=1)

    project.settings("block_network = false")

    project.run().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    "setting",
    [
        "block_network = false",
        'allowed_hosts = ["192.0.2.*"]',
        'pass_hosts = ["192.0.2.1:443"]',
        'ignore_hosts = ["192.0.2.1"]',
    ],
)
def test_settings_let_it_pass(project, setting):
    project.cassette("a.yaml", "one")
    project.test(START, ELSEWHERE, UNMARKED, CALLING)
    project.settings(setting)

    project.ci().assert_outcomes(passed=2)


def test_a_marker_lets_it_pass_for_its_test(project):
    project.cassette("a.yaml", "one")
    allowing = CALLING.replace('"a.yaml"', '"a.yaml", allowed_hosts=["192.0.2.1"]')
    project.test(START, ELSEWHERE, UNMARKED, allowing)

    result = project.ci()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_x - socket tried to connect*"])


def test_a_mode_on_the_command_line_opens_it(project, monkeypatch):
    monkeypatch.setenv("CI", "true")
    project.test(START, ELSEWHERE, UNMARKED)

    project.run("--llm-mode=live").assert_outcomes(passed=1)


def test_is_open_again_after_the_run(project):
    import socket

    project.test("def test_x(): pass")
    before = socket.socket.connect

    project.ci().assert_outcomes(passed=1)

    assert socket.socket.connect is before


def test_a_run_without_a_fault_says_nothing(project):
    project.cassette("a.yaml", "one")
    project.test(START, MARKED)

    result = project.ci()

    assert errors(result) == problems(result) == []
