"""Environments that differ in what is installed, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from tests.clients.support import URL, cassette, recorded


@pytest.fixture
def run(tmp_path):
    cassette(tmp_path / "weather.yaml", recorded(b"sunny"), recorded(b"sunny"))

    def running(program):
        code = textwrap.dedent(program).replace("URL", repr(URL))
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True, text=True, timeout=60, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return running


def test_without_httpx2_httpx_is_served(run):
    assert run(
        """
        import sys
        sys.modules["httpx2"] = None
        import httpx, llmcassette
        transport = llmcassette.CassetteTransport("weather.yaml")
        print(httpx.Client(transport=transport).get(URL).text)
        with llmcassette.use_cassette("weather.yaml"):
            print(httpx.get(URL).text)
        """
    ) == ["sunny", "sunny"]


def test_where_httpx_is_an_alias_of_httpx2_both_names_are_served(run):
    assert run(
        """
        import httpx2
        httpx2.alias_httpx()
        import httpx, llmcassette
        original = httpx2.Client._transport_for_url
        with llmcassette.use_cassette("weather.yaml"):
            print(httpx.get(URL).text, httpx2.get(URL).text)
        print(httpx2.Client._transport_for_url is original)
        with llmcassette.CassetteTransport("weather.yaml") as transport:
            print(httpx.Client(transport=transport).get(URL).text)
        """
    ) == ["sunny", "sunny", "True", "sunny"]


def test_a_library_that_cannot_be_imported_does_no_harm(run, tmp_path):
    (tmp_path / "httpx2.py").write_text("raise RuntimeError('a broken installation')")
    assert run(
        """
        import sys
        sys.path.insert(0, ".")
        import httpx, llmcassette
        with llmcassette.use_cassette("weather.yaml"):
            print(httpx.get(URL).text)
            try:
                import httpx2
            except RuntimeError as error:
                print(str(error).split()[-1], "httpx2" in sys.modules)
            print(httpx.get(URL).text)
        """
    ) == ["sunny", "installation", "False", "sunny"]


def test_a_library_is_served_that_is_imported_while_a_cassette_is_open(run):
    assert run(
        """
        import sys
        import llmcassette
        finders = list(sys.meta_path)
        with llmcassette.use_cassette("weather.yaml"):
            assert not {"httpx", "httpx2", "http.client", "urllib3", "aiohttp"} & set(sys.modules)
            import httpx2
            print(httpx2.get(URL).text)
            import urllib.request
            with urllib.request.urlopen(URL) as answer:
                print(answer.read().decode())
            assert not {"httpx", "urllib3", "aiohttp"} & set(sys.modules)
        assert sys.meta_path == finders
        import http.client, inspect
        print(http.client.__spec__.loader.__class__.__module__, inspect.getsource(http.client)[:4])
        """
    ) == ["sunny", "sunny", "_frozen_importlib_external", 'r"""']
