"""Blocks: nested, in threads, in forked children, and gone without a trace."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import multiprocessing
import socket
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from llmcassette.clients.network import block as network
from llmcassette.errors import BlockedHostError

GUARDED = [
    (socket.socket, name) for name in ("connect", "connect_ex", "sendto", "sendmsg", "bind")
] + [
    (socket, name)
    for name in ("create_connection", "getaddrinfo", "gethostbyname", "gethostbyaddr")
]


def attempt(host="192.0.2.1"):
    with socket.socket() as sock:
        sock.connect((host, 80))


def guarded():
    return [vars(owner).get(name) for owner, name in GUARDED]


def test_everything_is_as_it_was_after_the_block(guard):
    before = guarded()
    with guard.block():
        assert all(now is not then for now, then in zip(guarded(), before, strict=True))
    assert guarded() == before


def test_everything_is_as_it_was_after_an_error(guard):
    before = guarded()
    with pytest.raises(BlockedHostError), guard.block():
        attempt()
    assert guarded() == before


def test_after_the_block_the_network_is_open(below, guard):
    with guard.block():
        pass
    attempt()
    assert below.connected == [("192.0.2.1", 80)]


def test_the_innermost_block_decides_and_is_told(below, guard):
    with guard.block("192.0.2.1", label="outer"):
        with guard.block("192.0.2.2", label="inner"):
            attempt("192.0.2.2")
            with pytest.raises(BlockedHostError, match="inner"):
                attempt("192.0.2.1")
        attempt("192.0.2.1")
        with pytest.raises(BlockedHostError, match="outer"):
            attempt("192.0.2.2")
    assert below.connected == [("192.0.2.2", 80), ("192.0.2.1", 80)]


def test_blocks_may_end_in_any_order(guard):
    before = guarded()
    first, second = guard.block(label="first"), guard.block(label="second")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    with pytest.raises(BlockedHostError, match="second"):
        attempt()
    second.__exit__(None, None, None)
    assert guarded() == before


def test_a_block_may_end_in_another_context(guard):
    entered = guard.block(label="elsewhere")
    contextvars.copy_context().run(entered.__enter__)
    with pytest.raises(BlockedHostError, match="elsewhere"):
        attempt()
    entered.__exit__(None, None, None)
    with guard.block(label="here"), pytest.raises(BlockedHostError, match="here"):
        attempt()


def test_a_thread_that_inherited_nothing_is_guarded(closed):
    with ThreadPoolExecutor(1) as pool, closed.refuses("192.0.2.1", 80):
        pool.submit(attempt).result()


def test_such_a_thread_may_do_what_any_running_block_allows(below, guard):
    with (
        ThreadPoolExecutor(1) as pool,
        guard.block("192.0.2.1", label="outer"),
        guard.block("192.0.2.2", label="inner"),
    ):
        pool.submit(attempt, "192.0.2.1").result()
        pool.submit(attempt, "192.0.2.2").result()
        with pytest.raises(BlockedHostError, match="inner"):
            pool.submit(attempt, "192.0.2.3").result()


def test_each_context_has_its_own_blocks(below, guard):
    barrier = threading.Barrier(2, timeout=60)
    refused = {}

    def work(mine, others):
        with guard.block(mine, label=mine):
            barrier.wait()
            attempt(mine)
            try:
                attempt(others)
            except BlockedHostError as error:
                refused[mine] = str(error)
            barrier.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ["192.0.2.1", "192.0.2.2"], ["192.0.2.2", "192.0.2.1"]))
    assert sorted(refused) == ["192.0.2.1", "192.0.2.2"]
    assert all(f"  test      {mine}\n" in text for mine, text in refused.items())


def test_many_threads_leave_nothing_behind(guard):
    before = guarded()

    def work(_):
        for _ in range(10):
            with guard.block(), pytest.raises(BlockedHostError):
                attempt()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8)))
    assert len(guard.kept) == 80
    assert guarded() == before


def test_a_task_inherits_the_block_of_its_context(guard):
    async def main():
        with guard.block(label="outer"), guard.block(label="inner"):
            return await asyncio.gather(asyncio.to_thread(attempt), return_exceptions=True)

    (error,) = asyncio.run(main())
    assert "inner" in str(error)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_keeps_the_block(closed):
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, context) as pool, pytest.raises(BlockedHostError) as caught:
        pool.submit(attempt).result()
    assert (caught.value.host, caught.value.port) == ("192.0.2.1", 80)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_forked_while_another_thread_enters_a_block_does_not_hang(guard):
    entering, go_on = threading.Event(), threading.Event()

    def hold():
        with network._lock:
            entering.set()
            go_on.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    entering.wait()
    child = multiprocessing.get_context("fork").Process(target=_enter_and_leave, daemon=True)
    child.start()
    child.join(60)
    go_on.set()
    thread.join()
    assert child.exitcode == 0


def _enter_and_leave():
    with network.block("child", (), lambda error: error):
        pass


def test_the_patch_of_another_library_inside_the_block_stays_its_own(below, guard, monkeypatch):
    before = socket.getaddrinfo
    with guard.block():
        ours = socket.getaddrinfo
        theirs = functools.wraps(ours)(lambda *arguments: ours(*arguments))
        monkeypatch.setattr(socket, "getaddrinfo", theirs)
        with guard.block(), guard.refuses("example.invalid", 80):
            socket.getaddrinfo("example.invalid", 80)
        with guard.refuses("example.invalid", 80):
            socket.getaddrinfo("example.invalid", 80)
    assert socket.getaddrinfo is theirs
    below.names["example.invalid"] = "192.0.2.1"
    assert socket.getaddrinfo("example.invalid", 80)

    socket.getaddrinfo = ours  # as a library does that saves what it finds
    with guard.block(), guard.refuses("example.invalid", 80):
        socket.getaddrinfo("example.invalid", 80)
    assert socket.getaddrinfo is before


def test_a_wrapper_that_others_take_off_is_put_on_again_by_the_next_block(guard, monkeypatch):
    inherited = super(socket.socket, socket.socket).connect
    with guard.block():
        monkeypatch.setattr(socket.socket, "connect", inherited)
        with guard.refuses("192.0.2.1", 80):  # the audit hook is still there
            attempt()
        with guard.block():
            assert socket.socket.connect is not inherited
            with guard.refuses("example.invalid", 80):
                attempt("example.invalid")
    assert socket.socket.connect is inherited


def test_a_class_in_place_of_socket_is_guarded_by_the_one_below_it(below, guard, monkeypatch):
    """As pytest-socket and PySocks do."""

    class Theirs(socket.socket):
        pass

    true = socket.socket
    monkeypatch.setattr(socket, "socket", Theirs)
    with guard.block():
        for made in (Theirs, true):
            with made() as sock, guard.refuses("192.0.2.1", 80):
                sock.connect(("192.0.2.1", 80))
    assert below.connected == []
    assert "connect" not in vars(Theirs)


def test_a_function_in_place_of_socket_leaves_it_to_the_audit_hook(guard, monkeypatch):
    true = socket.socket
    monkeypatch.setattr(socket, "socket", lambda *arguments: true(*arguments))
    with guard.block(), guard.refuses("192.0.2.1", 80), true() as sock:
        sock.connect(("192.0.2.1", 80))


def test_a_block_that_cannot_begin_leaves_nothing_behind(below, guard, monkeypatch):
    before = guarded()

    def broken():
        raise RuntimeError("no hooks here")

    monkeypatch.setattr("llmcassette.clients.network.block.add_audit_hook", broken)
    with pytest.raises(RuntimeError, match="no hooks here"), guard.block():
        pass
    assert guarded() == before
    attempt()
    assert below.connected == [("192.0.2.1", 80)]


def test_importing_the_guard_imports_no_event_loop_and_no_client():
    program = (
        "import sys, llmcassette.clients.network.block\n"
        "heavy = {'asyncio', 'uvloop', 'httpx', 'httpx2', 'pytest', 'yaml'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"
