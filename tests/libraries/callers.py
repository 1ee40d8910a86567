"""Eight client libraries driven alike: one request, its answer read piece by piece."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiobotocore.config
import aiobotocore.session
import aiohttp
import boto3
import botocore
import botocore.config
import httpx
import httpx2
import requests
import urllib3

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

PATH = "/bucket/key"
"""Of every request: S3 is the only client that can't choose."""


@dataclass
class Got:
    """What a caller saw of one answer; ``error`` ended it, if one did."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)
    error: BaseException | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def kinds(self) -> list[type]:
        """The class of the error, and those of the errors that it says it wraps."""
        found, error = [], self.error
        while isinstance(error, BaseException):
            found.append(type(error))
            inner = next((each for each in error.args if isinstance(each, BaseException)), None)
            error = inner or getattr(error, "reason", None)
        return found


@dataclass
class Reading:
    """How a caller reads.

    Attributes:
        stop_after: how many pieces are read before the body is closed.
        on_piece: called after each piece with how many there are.
        timeout: seconds for each wait.
    """

    stop_after: int | None = None
    on_piece: Callable[[int], object] | None = None
    timeout: float = 60

    def all(self, got: Got, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            if self.is_enough(got, piece):
                return

    async def all_async(self, got: Got, pieces: AsyncIterator[bytes]) -> None:
        async for piece in pieces:
            if self.is_enough(got, piece):
                return

    def is_enough(self, got: Got, piece: bytes) -> bool:
        if piece:
            got.pieces.append(piece)
            if self.on_piece:
                self.on_piece(len(got.pieces))
        return len(got.pieces) == self.stop_after


def began(got: Got, status: int, headers: Any) -> None:
    got.status = status
    got.headers = {name.lower(): value for name, value in headers.items()}


def with_httpx(module: Any, url: str, reading: Reading, got: Got) -> None:
    with (
        module.Client(verify=False, timeout=reading.timeout) as client,
        client.stream("GET", url) as response,
    ):
        began(got, response.status_code, response.headers)
        reading.all(got, response.iter_raw())


async def with_httpx_async(module: Any, url: str, reading: Reading, got: Got) -> None:
    async with (
        module.AsyncClient(verify=False, timeout=reading.timeout) as client,
        client.stream("GET", url) as response,
    ):
        began(got, response.status_code, response.headers)
        await reading.all_async(got, response.aiter_raw())


async def with_aiohttp(url: str, reading: Reading, got: Got) -> None:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=60, sock_read=reading.timeout)
    async with (
        aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
        session.get(url) as response,
    ):
        began(got, response.status, response.headers)
        await reading.all_async(got, response.content.iter_any())


def with_requests(url: str, reading: Reading, got: Got) -> None:
    with (
        requests.Session() as session,
        session.get(url, stream=True, timeout=reading.timeout) as response,
    ):
        began(got, response.status_code, response.headers)
        reading.all(got, response.iter_content(chunk_size=None))


def with_urllib3(url: str, reading: Reading, got: Got) -> None:
    with urllib3.PoolManager() as pool:
        response = pool.request(
            "GET", url, preload_content=False, decode_content=False, retries=False,
            timeout=reading.timeout,
        )  # fmt: skip
        began(got, response.status, response.headers)
        try:
            reading.all(got, response.stream())
        finally:
            response.close()


def with_urllib(url: str, reading: Reading, got: Got) -> None:
    try:
        response = urllib.request.urlopen(url, timeout=reading.timeout)
    except urllib.error.HTTPError as error:
        response = error
    with response:
        began(got, response.status, response.headers)
        reading.all(got, iter(response.read1, b""))


def with_http_client(url: str, reading: Reading, got: Got) -> None:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = make(parts.netloc, timeout=reading.timeout)
    with contextlib.closing(connection):
        connection.request("GET", parts.path)
        with connection.getresponse() as response:
            began(got, response.status, response.headers)
            reading.all(got, iter(response.read1, b""))


def aws(make: Any, **more: Any) -> Any:
    return make(
        signature_version=botocore.UNSIGNED,
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        **more,
    )


@functools.cache
def s3(endpoint: str, timeout: float) -> Any:
    config = aws(botocore.config.Config, read_timeout=timeout)
    return boto3.client("s3", endpoint_url=endpoint, region_name="eu-west-1", config=config)


def endpoint_of(url: str) -> str:
    assert url.endswith(PATH)
    return url.removesuffix(PATH)


def with_boto3(url: str, reading: Reading, got: Got) -> None:
    answer = s3(endpoint_of(url), reading.timeout).get_object(Bucket="bucket", Key="key")
    metadata = answer["ResponseMetadata"]
    began(got, metadata["HTTPStatusCode"], metadata["HTTPHeaders"])
    with contextlib.closing(answer["Body"]) as body:
        reading.all(got, body._raw_stream.stream())


session = functools.cache(aiobotocore.session.get_session)


async def with_aiobotocore(url: str, reading: Reading, got: Got) -> None:
    config = aws(aiobotocore.config.AioConfig, read_timeout=reading.timeout)
    make = session().create_client(
        "s3", endpoint_url=endpoint_of(url), region_name="eu-west-1", config=config
    )
    async with make as client:
        answer = await client.get_object(Bucket="bucket", Key="key")
        metadata = answer["ResponseMetadata"]
        began(got, metadata["HTTPStatusCode"], metadata["HTTPHeaders"])
        body = answer["Body"]
        try:
            while piece := await body.read(1 << 16):
                if reading.is_enough(got, piece):
                    break
        finally:
            body.close()


CALLERS: dict[str, Callable[[str, Reading, Got], Any]] = {
    "httpx": functools.partial(with_httpx, httpx),
    "httpx-async": functools.partial(with_httpx_async, httpx),
    "httpx2": functools.partial(with_httpx, httpx2),
    "httpx2-async": functools.partial(with_httpx_async, httpx2),
    "aiohttp": with_aiohttp,
    "requests": with_requests,
    "urllib3": with_urllib3,
    "urllib": with_urllib,
    "http.client": with_http_client,
    "boto3": with_boto3,
    "aiobotocore": with_aiobotocore,
}
OF_HTTPX = frozenset({"httpx", "httpx-async", "httpx2", "httpx2-async"})


def ask(library: str, url: str, **reading: Any) -> Got:
    """Send a request, read its answer; return an ``Exception``, but raise a ``ReplayError``."""
    got = Got()
    try:
        call = CALLERS[library](url, Reading(**reading), got)
        if asyncio.iscoroutine(call):
            asyncio.run(call)
    except Exception as error:
        got.error = error
    return got
