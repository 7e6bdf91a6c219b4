"""A web server on loopback that serves files well, or badly in a given way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

Fault = Callable[["Answer", bytes], None]


@dataclass
class Site:
    """The files by their path, what was asked, and what goes wrong at the next requests."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    always: Fault | None = None
    tag: str = '"one"'

    @property
    def ranges(self) -> list[str | None]:
        return [headers.get("Range") for _, headers in self.asked]


class Answer(BaseHTTPRequestHandler):
    """One request to the site."""

    site: Site

    def do_GET(self) -> None:  # noqa: N802
        self.site.asked.append((self.path, dict(self.headers)))
        data = self.site.files.get(self.path)
        fault = self.site.faults.pop(0) if self.site.faults else self.site.always
        with contextlib.suppress(ConnectionError):
            if fault:
                fault(self, data or b"")
            elif data is None:
                self.send_error(404)
            else:
                self.serve(data)

    def serve(self, data: bytes, upto: int | None = None) -> None:
        """All of it, or from where it was asked for; `upto`: break off at this byte."""
        start = self.start(len(data))
        if start > len(data) or (start and start == len(data)):
            self.head(416, 0, {"Content-Range": f"bytes */{len(data)}"})
            return
        span = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"} if start else {}
        self.head(206 if start else 200, len(data) - start, span)
        self.wfile.write(data[start:upto])

    def start(self, size: int) -> int:
        wanted = self.headers.get("Range")
        if not wanted or self.headers.get("If-Range", self.site.tag) != self.site.tag:
            return 0
        return int(wanted.removeprefix("bytes=").removesuffix("-"))

    def head(self, status: int, length: int | None, more: dict[str, str] | None = None) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        if self.site.tag:
            self.send_header("ETag", self.site.tag)
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on stderr."""


def breaks_off(at: int) -> Fault:
    """Says the right length, and goes away before."""
    return lambda answer, data: answer.serve(data, at)


def says_length(difference: int) -> Fault:
    """Lies about the length, and sends all of the file."""

    def fault(answer: Answer, data: bytes) -> None:
        answer.head(200, len(data) + difference)
        answer.wfile.write(data)

    return fault


def whole(answer: Answer, data: bytes) -> None:
    """Sends all of the file, whatever part was asked for."""
    answer.head(200, len(data))
    answer.wfile.write(data)


def another_part(answer: Answer, data: bytes) -> None:
    """Sends the first bytes, whatever part was asked for."""
    answer.head(206, 5, {"Content-Range": f"bytes 0-4/{len(data)}"})
    answer.wfile.write(data[:5])


def without_length(answer: Answer, data: bytes) -> None:
    answer.head(200, None)
    answer.wfile.write(data)


def endless(answer: Answer, data: bytes) -> None:
    answer.head(200, None)
    while True:
        answer.wfile.write(data)


def status(code: int) -> Fault:
    return lambda answer, data: answer.send_error(code)


def redirect(address: str) -> Fault:
    return lambda answer, data: answer.head(302, 0, {"Location": address})


def hangs_up(answer: Answer, data: bytes) -> None:
    """Says nothing at all."""


@contextlib.contextmanager
def serving() -> Iterator[Site]:
    """A site for as long as it is needed."""
    site = Site()
    handler = type("AnswerOfSite", (Answer,), {"site": site})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        site.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def mirroring(patch: pytest.MonkeyPatch, place: Path) -> Iterator[Site]:
    """A mirror of all hosts, which `mtkit download` uses; it works and keeps files in `place`."""
    with serving() as site:
        patch.setenv("no_proxy", "*")
        patch.setenv("MTKIT_MIRROR", site.address)
        patch.setenv("MTKIT_CACHE", str(place / "cache"))
        patch.setenv("COLUMNS", "80")
        patch.chdir(place)
        yield site
