"""One request to a web server: http and https only, every failure named."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from http.client import HTTPException, HTTPMessage, HTTPResponse
from socket import gaierror
from typing import IO, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from mtkit.errors import MtkitError

TIMEOUT = 30  # seconds in which a server has to say something
BLOCK = 1 << 16  # bytes
ELSEWHERE = "try again later, or name another place that has the file: --mirror URL"


class BrokenOffError(Exception):
    """The connection ended before the file did; trying again may help."""


class RangeError(Exception):
    """The server has nothing from there on.

    size: of the whole file, if the server says so
    """

    def __init__(self, size: str) -> None:
        super().__init__(size)
        self.size = size


def check_address(url: str) -> None:
    """Errors: MtkitError for anything but http and https."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets or a port that make no sense
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url:
        raise MtkitError(
            f"`{url}` is not an address of the web",
            "it must begin with http:// or https://, as in http://localhost:8000",
        )


def mirrored(url: str, mirror: str | None) -> str:
    """Where a mirror has a file: below the name of its own host, as `wget -x` lays files out."""
    parts = urlsplit(url)
    return f"{mirror.rstrip('/')}/{parts.netloc}{parts.path}" if mirror else url


class Redirects(HTTPRedirectHandler):
    """Redirects within the web, and never from a private connection to an open one."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        scheme = urlsplit(newurl).scheme
        if scheme not in ("http", "https") or (req.type == "https" and scheme == "http"):
            fp.close()
            raise MtkitError(
                f"{req.full_url}: the server sends on to an address of {scheme}",
                "that is not followed: it is not as safe as the one that was asked for",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def ask(url: str, headers: Mapping[str, str]) -> HTTPResponse:
    """The server's answer, ready to be read.

    Errors: MtkitError where there is none, or a refusal; RangeError; BrokenOffError.
    """
    check_address(url)
    request = Request(url, headers={"User-Agent": "mtkit", **headers})
    try:
        answer: HTTPResponse = build_opener(Redirects).open(request, timeout=TIMEOUT)
        return answer
    except HTTPError as error:
        error.close()
        refused(url, error)
    except URLError as error:
        raise unreachable(url, error.reason) from error
    except (OSError, HTTPException) as error:
        raise broken_off(error) from error


def blocks(answer: HTTPResponse) -> Iterator[bytes]:
    """What the server sends, as it comes.  Errors: BrokenOffError."""
    try:
        while block := answer.read(BLOCK):
            yield block
    except (OSError, HTTPException) as error:
        raise broken_off(error) from error


def broken_off(error: Exception) -> BrokenOffError:
    if isinstance(error, TimeoutError):
        return BrokenOffError(f"nothing came for {TIMEOUT} seconds")
    return BrokenOffError(getattr(error, "strerror", None) or type(error).__name__)


def refused(url: str, error: HTTPError) -> NoReturn:
    if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise RangeError(error.headers.get("Content-Range", "").rpartition("/")[2])
    try:
        phrase = f"{error.code} {HTTPStatus(error.code).phrase}"
    except ValueError:
        phrase = str(error.code)
    gone = error.code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
    raise MtkitError(
        f"{url}: the server answers {phrase}",
        "the file has moved: name another place that has it (--mirror URL)" if gone else ELSEWHERE,
    ) from error


def unreachable(url: str, reason: object) -> MtkitError:
    """The error where no connection comes about; reason: what urllib says."""
    host = urlsplit(url).hostname
    if isinstance(reason, gaierror):
        return MtkitError(
            f"{url}: there is no network, or no host {host}",
            "connect to the network and try again; a proxy is named in the variable https_proxy",
        )
    if isinstance(reason, ssl.SSLCertVerificationError):
        return MtkitError(
            f"{url}: the certificate of {host} is not to be trusted: {reason.verify_message}",
            "check the clock and the certificates of this machine (variable SSL_CERT_FILE)",
        )
    said = (isinstance(reason, OSError) and reason.strerror) or reason
    return MtkitError(f"{url}: {host} cannot be reached: {said}", ELSEWHERE)
