"""Connections for libraries whose own pool costs too much at 64 calls in flight.

httpcore 1 (under httpx, under dashscope) looks at every connection of its pool for every call, and
hands one idle connection to all calls that wait: 8 ms of CPU a call with 64 in flight, where this
takes 1.5. httpcore2 (under httpx2, under openai) asks the system about every idle connection for
every call: 2 ms, and each question lets go of the interpreter, which another thread then takes.
Here each call takes a connection off a stack and puts it back.
"""

from collections.abc import AsyncIterator
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import httpx2

CONNECT_S = 10.0
KEEP_S = 60.0


class StackedConnections:
    """A transport for a client of `library` (httpx or httpx2, which speak alike): as many
    connections as there are calls in flight; whoever calls bounds their number.
    """

    def __init__(self, library: ModuleType, base_url: str) -> None:
        parts = urlsplit(base_url)
        direct = not parts.hostname or proxy_bypass(parts.hostname)
        self._library: Any = library
        self._proxy = None if direct else getproxies().get(parts.scheme)
        self._tls = self._library.create_ssl_context() if parts.scheme == "https" else False
        self._free: list[Any] = []

    async def handle_async_request(self, request: Any) -> Any:
        connection = self._free.pop() if self._free else self._open()
        try:
            response = await connection.handle_async_request(request)
        except BaseException:  # a cancelled call too gives its connection back
            self._free.append(connection)
            raise
        response.stream = _Returning(response.stream, connection, self._free)
        return response

    async def aclose(self) -> None:
        while self._free:
            await self._free.pop().aclose()

    async def __aenter__(self) -> "StackedConnections":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _open(self) -> Any:
        limits = self._library.Limits(max_connections=1, keepalive_expiry=KEEP_S)
        return self._library.AsyncHTTPTransport(verify=self._tls, proxy=self._proxy, limits=limits)


class _Returning(httpx.AsyncByteStream, httpx2.AsyncByteStream):
    """A body whose end puts its connection back; both libraries ask for their own class."""

    def __init__(self, body: Any, connection: Any, free: list[Any]) -> None:
        self._body = body
        self._connection = connection
        self._free = free

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            self._free.append(self._connection)
