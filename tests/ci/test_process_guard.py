"""Under ``--llm-ci`` nothing leaves from the first conftest to the end of the process."""

from __future__ import annotations

import pytest

# TEST-NET-1 (RFC 5737): nobody is there, should the guard fail.
PHONING = """
    import atexit, contextlib, socket, threading, time
    def phone_home():
        with contextlib.suppress(BaseException), socket.socket() as there:
            there.settimeout(0.01)
            there.connect(("192.0.2.1", 443))
    """
ATTEMPT = "socket tried to connect to 192.0.2.1:443, but the network is blocked."


@pytest.fixture
def apart(project):
    """Runs pytest under ``--llm-ci`` in a process of its own, with this as conftest.py."""

    def run(conftest, test="def test_x(): pass", *options):
        project.write(conftest=PHONING + conftest, test_it=test)
        return project.run_apart("--llm-ci", *options)

    project.ini()
    return run


@pytest.mark.parametrize(
    "conftest",
    [
        """
    phone_home()
    """,
        """
    def pytest_configure(config): phone_home()
    """,
        """
    import pytest
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(session): phone_home()
    """,
        """
    def pytest_runtest_logfinish(nodeid):
        threading.Thread(target=lambda: (time.sleep(0.3), phone_home())).start()
    """,
    ],
    ids=["top level", "configure", "sessionstart", "thread"],
)
def test_what_a_conftest_tries_is_an_error_of_the_run(apart, conftest):
    result = apart(conftest)

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"blocked: {ATTEMPT}"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_an_error_that_a_conftest_lets_out_stops_the_run_without_a_traceback(apart):
    result = apart("""
    socket.create_connection(("192.0.2.1", 443))
    """)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {ATTEMPT}" in result.errlines
    assert "Traceback" not in result.stderr.str()


def test_what_runs_at_exit_is_blocked_printed_and_fails_the_process(apart):
    result = apart("""
    atexit.register(phone_home)
    """)

    result.assert_outcomes(passed=1)
    assert f"llmcassette: after the tests, {ATTEMPT}" in result.errlines
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_idle_threads_of_an_executor_are_not_waited_for(apart):
    test = """
        import concurrent.futures
        pool = concurrent.futures.ThreadPoolExecutor()
        def test_x(): assert pool.submit(lambda: 1).result() == 1
        """
    waiting = """
    def pytest_sessionstart(session):
        from conftest_plugin.run import guard
        guard._SECONDS_FOR_THREADS = 1000
    """

    apart(waiting, test).assert_outcomes(passed=1)


def test_a_run_inside_another_program_leaves_the_network_open_afterwards(project):
    project.write(
        test_it="def test_x(): pass",
        program="""
            import socket
            import pytest
            before = socket.socket.connect
            assert pytest.main(["--llm-ci", "test_it.py"]) == 0
            assert socket.socket.connect is before
            """,
    )
    project.ini()

    assert project.pytester.runpython("program.py").ret == 0
