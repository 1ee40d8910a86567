"""The table of record modes in docs/reference/recording.md, cell by cell."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import httpx
import pytest

from llmcassette import CassetteError, UnmatchedRequestError, load, use_cassette
from llmcassette.recorder.modes import RECORDING_MODES
from llmcassette.recorder.run import current_run
from tests.recording.provider_server import Answer


class Asker:
    """Asks the provider; each answer says which question it is the how-manieth answer to."""

    def __init__(self, provider):
        self.provider = provider
        self.live = 0

    def __call__(self, question):
        self.live += 1
        self.provider.will_answer(Answer.json(f"{question} {self.live}"))
        before = len(self.provider.asked)
        with httpx.Client(verify=False) as client:
            answer = client.post(self.provider.url, json={"question": question}).json()
        if len(self.provider.asked) == before:
            self.live -= 1
        return answer

    @property
    def went_live(self):
        return len(self.provider.asked)


@pytest.fixture
def ask(provider):
    return Asker(provider)


@pytest.fixture
def run(monkeypatch):
    """``run()``: a test run begins now."""

    def begin():
        started = max(current_run.started or 0, Path.cwd().stat().st_mtime) + 1
        monkeypatch.setattr(current_run, "started", started)
        monkeypatch.setattr(current_run, "_older", {})

    return begin


def answers(path):
    return [one.response.body.decode().strip('"') for one in load(path).interactions]


@pytest.fixture
def recorded(path, ask):
    """The file, with the answers ``a 1`` and ``b 2``."""
    with use_cassette(path, mode="once"):
        ask("a")
        ask("b")
    assert answers(path) == ["a 1", "b 2"]
    return path


def state(path):
    found = path.stat()
    return found.st_ino, found.st_mtime_ns, path.read_bytes()


# none


def test_none_replays_what_is_recorded_and_writes_nothing(recorded, ask):
    before = state(recorded)
    with use_cassette(recorded, mode="none"):
        assert (ask("a"), ask("b")) == ("a 1", "b 2")
    assert state(recorded) == before
    assert ask.went_live == 2


def test_none_makes_what_is_not_recorded_an_error(recorded, ask):
    with use_cassette(recorded, mode="none"), pytest.raises(UnmatchedRequestError):
        ask("c")
    assert ask.went_live == 2


def test_none_needs_the_file(path):
    with pytest.raises(CassetteError, match="there is no such cassette"):
        use_cassette(path, mode="none").__enter__()


# once


def test_once_records_where_there_is_no_file(path, ask):
    with use_cassette(path, mode="once") as recorder:
        assert ask("a") == "a 1"
    assert recorder._cassette.saved
    assert answers(path) == ["a 1"]


def test_once_replays_where_there_is_one_and_makes_the_rest_an_error(recorded, ask):
    before = state(recorded)
    with use_cassette(recorded, mode="once") as recorder:
        assert ask("a") == "a 1"
        with pytest.raises(UnmatchedRequestError):
            ask("c")
    assert not recorder._cassette.saved
    assert state(recorded) == before


def test_once_goes_on_recording_a_file_that_was_absent_when_the_run_began(run, path, ask):
    run()
    with use_cassette(path, mode="once"):
        ask("a")
    with use_cassette(path, mode="once"):
        assert ask("b") == "b 2"
        assert ask("a") == "a 3"  # what was recorded in this run is not replayed in it
    assert answers(path) == ["a 1", "b 2"]  # nor needed twice: the next run's blocks play the first


@pytest.mark.parametrize("mode", ["once", "new_episodes"])
def test_what_one_block_asks_twice_is_kept_twice_though_another_asks_it_too(run, path, ask, mode):
    run()
    with use_cassette(path, mode=mode):
        ask("a")
    with use_cassette(path, mode=mode):
        assert [ask("a"), ask("a")] == ["a 2", "a 3"]
    assert answers(path) == ["a 1", "a 3"]


def test_once_replays_a_file_that_an_earlier_run_made(run, recorded, ask):
    run()
    with use_cassette(recorded, mode="once"):
        assert ask("a") == "a 1"
        with pytest.raises(UnmatchedRequestError):
            ask("c")


def test_once_goes_on_recording_a_file_that_another_worker_made_in_this_run(run, recorded, ask):
    run()
    os.utime(recorded, (current_run.started + 1,) * 2)
    with use_cassette(recorded, mode="once"):
        assert ask("c") == "c 3"
    assert answers(recorded) == ["a 1", "b 2", "c 3"]


def test_once_does_not_take_a_file_for_new_that_this_run_only_added_to(run, recorded, ask):
    run()
    with use_cassette(recorded, mode="new_episodes"):
        ask("c")
    os.utime(recorded, (current_run.started + 1,) * 2)
    with use_cassette(recorded, mode="once"):
        assert ask("a") == "a 1"
        with pytest.raises(UnmatchedRequestError):
            ask("d")


def test_once_without_a_request_makes_no_file(path):
    with use_cassette(path, mode="once"):
        pass
    assert not path.exists()


# new_episodes


def test_new_episodes_replays_what_is_recorded_and_adds_what_is_not(recorded, ask):
    with use_cassette(recorded, mode="new_episodes") as recorder:
        assert ask("a") == "a 1"
        assert ask("c") == "c 3"
    assert len(recorder.recorded) == 1
    assert answers(recorded) == ["a 1", "b 2", "c 3"]


def test_new_episodes_adds_behind_what_is_there_to_the_byte(recorded, ask):
    before = recorded.read_text(encoding="utf-8")
    with use_cassette(recorded, mode="new_episodes"):
        ask("c")
    assert recorded.read_text(encoding="utf-8").startswith(before)


def test_new_episodes_makes_the_file(path, ask):
    with use_cassette(path, mode="new_episodes"):
        ask("a")
    assert answers(path) == ["a 1"]


def test_new_episodes_records_the_second_of_two_equal_requests_too(path, ask):
    with use_cassette(path, mode="new_episodes"):
        assert [ask("a"), ask("a")] == ["a 1", "a 2"]
    assert answers(path) == ["a 1", "a 2"]


def test_new_episodes_does_not_replay_what_this_run_added(run, recorded, ask):
    run()
    with use_cassette(recorded, mode="new_episodes"):
        assert ask("c") == "c 3"
    with use_cassette(recorded, mode="new_episodes"):
        assert ask("a") == "a 1"
        assert ask("c") == "c 4"


def test_new_episodes_leaves_the_file_alone_where_nothing_is_new(recorded, ask):
    before = state(recorded)
    with use_cassette(recorded, mode="new_episodes") as recorder:
        ask("a")
    assert not recorder._cassette.saved
    assert state(recorded) == before


# all


def test_all_goes_live_replaces_what_it_recorded_again_and_keeps_the_rest(recorded, ask):
    with use_cassette(recorded, mode="all"):
        assert ask("b") == "b 3"
        assert ask("c") == "c 4"
    assert answers(recorded) == ["a 1", "b 3", "c 4"]


def test_all_replaces_equal_requests_one_by_one(path, ask):
    with use_cassette(path, mode="once"):
        assert [ask("a"), ask("a"), ask("a")] == ["a 1", "a 2", "a 3"]
    with use_cassette(path, mode="all"):
        assert [ask("a"), ask("a")] == ["a 4", "a 5"]
    assert answers(path) == ["a 4", "a 5", "a 3"]


def test_all_adds_what_is_asked_more_often_than_before_though_repeats_are_allowed(path, ask):
    with use_cassette(path, mode="once"):
        ask("a")
    with use_cassette(path, mode="all", allow_repeats=True):
        assert [ask("a"), ask("a")] == ["a 2", "a 3"]
    assert answers(path) == ["a 2", "a 3"]


def test_all_replaces_what_is_asked_in_another_order_though_cassettes_are_ordered(path, ask):
    with use_cassette(path, mode="once"):
        assert [ask("a"), ask("b")] == ["a 1", "b 2"]
    with use_cassette(path, mode="all", ordered=True):
        assert [ask("b"), ask("a")] == ["b 3", "a 4"]
    assert answers(path) == ["a 4", "b 3"]


def test_all_never_replays_what_it_recorded(path, ask):
    with use_cassette(path, mode="all"):
        assert [ask("a"), ask("a")] == ["a 1", "a 2"]


def test_all_knows_a_request_again_though_it_was_redacted(provider, path):
    url = f"{provider.url}/v1?key=AIzaSyA-0123456789abcdefghijklmnopqrstu"
    for answer in ("old", "new"):
        provider.will_answer(Answer.json(answer))
        with use_cassette(path, mode="all"):
            httpx.post(url, json={"password": "correct horse battery"})
    assert answers(path) == ["new"]


def test_all_obeys_a_matcher_of_the_users_own(path, ask):
    def never(recorded, sent):
        return False

    for _ in range(2):
        with use_cassette(path, mode="all", matcher=never):
            ask("a")
    assert answers(path) == ["a 1", "a 2"]


def test_all_keeps_a_recording_beside_when_the_matcher_fails(path, ask):
    def failing(recorded, sent):
        raise ZeroDivisionError

    with use_cassette(path, mode="all"):
        ask("a")
    with (
        pytest.raises(CassetteError, match="was saved as"),
        use_cassette(path, mode="all", matcher=failing),
    ):
        ask("a")
    assert answers(path) == ["a 1"]
    assert answers(path.with_name("cassette.unsaved-1.yaml")) == ["a 2"]


# rewrite


def test_rewrite_replaces_the_file_by_what_was_recorded(recorded, ask):
    with use_cassette(recorded, mode="rewrite"):
        assert ask("b") == "b 3"
    assert answers(recorded) == ["b 3"]


def test_rewrite_does_not_read_the_file_that_it_replaces(path, ask):
    path.write_text("not: [a cassette", encoding="utf-8")
    with use_cassette(path, mode="rewrite"):
        ask("a")
    assert answers(path) == ["a 1"]


def test_rewrite_without_a_request_leaves_the_file(recorded):
    before = state(recorded)
    with use_cassette(recorded, mode="rewrite"):
        pass
    assert state(recorded) == before


def test_rewrite_twice_in_one_run_keeps_what_the_first_recorded(run, recorded, ask):
    """Two blocks that share a file; what answers the same request need not be there twice."""
    run()
    with use_cassette(recorded, mode="rewrite"):
        assert ask("b") == "b 3"
    with use_cassette(recorded, mode="rewrite"):
        assert [ask("b"), ask("c")] == ["b 4", "c 5"]
    assert answers(recorded) == ["b 3", "c 5"]
    run()
    with use_cassette(recorded, mode="rewrite"):
        ask("d")
    assert answers(recorded) == ["d 6"]


def test_rewrite_adds_to_what_another_worker_rewrote_in_this_run(run, recorded, ask):
    run()
    os.utime(recorded, (current_run.started + 1,) * 2)
    with use_cassette(recorded, mode="rewrite"):
        assert [ask("a"), ask("c")] == ["a 3", "c 4"]
    assert answers(recorded) == ["a 1", "b 2", "c 4"]


# live


def test_live_goes_live_and_touches_nothing(recorded, ask):
    before = state(recorded)
    with use_cassette(recorded, mode="live") as recorder:
        assert ask("a") == "a 3"
    assert (recorder.played, recorder.recorded, recorder._cassette.saved) == ((), (), False)
    assert state(recorded) == before


def test_live_needs_no_file(path, ask):
    with use_cassette(path, mode="live"):
        assert ask("a") == "a 1"
    assert not path.exists()


# All that record


@pytest.mark.parametrize("mode", sorted(RECORDING_MODES))
def test_a_block_that_fails_keeps_the_old_file(mode, path, ask):
    if mode != "once":
        path.write_text("---\nversion: 2\ninteractions: []\n", encoding="utf-8")
    with contextlib.suppress(KeyError), use_cassette(path, mode=mode) as recorder:
        ask("a")
        raise KeyError
    assert len(recorder.recorded) == 1
    assert not recorder._cassette.saved
    assert path.exists() is (mode != "once")
    assert mode == "once" or answers(path) == []


@pytest.mark.parametrize("mode", sorted(RECORDING_MODES))
def test_closing_without_saving_keeps_the_old_file(mode, path, ask):
    with use_cassette(path, mode=mode) as recorder:
        ask("a")
        recorder._cassette.close(save=False)
    assert not path.exists()


@pytest.mark.parametrize("mode", sorted(RECORDING_MODES))
def test_a_folder_in_the_place_of_the_file_is_told_before_anything_is_asked(mode, tmp_path):
    with pytest.raises(CassetteError, match="is a folder"):
        use_cassette(tmp_path, mode=mode).__enter__()


@pytest.mark.parametrize("mode", ["none", *sorted(RECORDING_MODES)])
def test_a_name_that_is_too_long_is_told_before_anything_is_asked(mode, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = f"{'n' * 300}.yaml"
    with pytest.raises(CassetteError) as caught:
        use_cassette(name, mode=mode).__enter__()
    assert str(caught.value) == (
        f"{name}: the name is too long for this file system: choose a shorter one"
    )


@pytest.mark.parametrize("mode", sorted(RECORDING_MODES - {"rewrite"}))
def test_a_file_that_is_no_cassette_is_told_before_anything_is_asked(mode, path):
    path.write_text("not: [a cassette", encoding="utf-8")
    with pytest.raises(CassetteError):
        use_cassette(path, mode=mode).__enter__()


@pytest.mark.parametrize("mode", sorted(RECORDING_MODES))
def test_closing_twice_saves_once(mode, path, ask):
    with use_cassette(path, mode=mode) as recorder:
        ask("a")
        recorder._cassette.close()
        before = state(path)
    recorder._cassette.close()
    assert state(path) == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_saves_nothing(path, ask):
    with use_cassette(path, mode="once") as recorder:
        ask("a")
        child = os.fork()
        if child == 0:
            try:
                recorder._cassette.close()
            finally:
                os._exit(int(path.exists()))
        assert os.waitpid(child, 0)[1] == 0
        assert not path.exists()
        ask("b")
    assert answers(path) == ["a 1", "b 2"]


# CI


def test_in_ci_nothing_records(path, ask, monkeypatch):
    monkeypatch.setenv("CI", "true")
    with pytest.raises(CassetteError, match="there is no such cassette"):
        use_cassette(path, mode="once").__enter__()


def test_in_ci_a_cassette_may_say_that_it_does_not_count(path, ask, monkeypatch):
    monkeypatch.setenv("CI", "true")
    with use_cassette(path, mode="once", ci=False):
        ask("a")
    assert answers(path) == ["a 1"]


def test_ci_yields_to_the_command_line(path, ask, monkeypatch):
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(current_run, "command_line", "once")
    with use_cassette(path):
        ask("a")
    assert answers(path) == ["a 1"]


def test_replay_only_beats_everything(path, ask, monkeypatch):
    monkeypatch.setattr(current_run, "replay_only", True)
    with pytest.raises(CassetteError, match="there is no such cassette"):
        use_cassette(path, mode="once", ci=False).__enter__()
