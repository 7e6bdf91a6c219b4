"""One file of the web to one file of the disk: continued where it broke off, checked, then named.

Bytes go to NAME.part, and NAME.part.version says which version of the file they belong to.  NAME
appears when it is whole; NAME.sha256 is what later downloads of it are compared with if nobody has
published a checksum.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from pathlib import Path

from mtkit.corpus import file_hash
from mtkit.download.table import Remote
from mtkit.download.web import ELSEWHERE, BrokenOffError, RangeError, ask, blocks
from mtkit.errors import MtkitError

TRIES = 3
LARGEST = 1 << 36  # bytes; a server that never ends must not fill the disk

Progress = Callable[[int, int | None], None]  # is told how many bytes are there, and of how many


@dataclass(frozen=True)
class Place:
    """Where a file is kept, and what belongs to it."""

    path: Path

    @property
    def part(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part")

    @property
    def version(self) -> Path:
        return self.path.with_name(f"{self.path.name}.part.version")

    @property
    def record(self) -> Path:
        return self.path.with_name(f"{self.path.name}.sha256")

    def recorded(self) -> str | None:
        """The checksum of an earlier download."""
        return self.record.read_text().split()[0] if self.record.is_file() else None

    def discard_part(self) -> None:
        for file in (self.part, self.version):
            file.unlink(missing_ok=True)


def is_kept(remote: Remote, path: Path) -> bool:
    """Whether the file is there already, with the right checksum if one is known."""
    expected = remote.sha256 or Place(path).recorded()
    return path.is_file() and expected in (None, file_hash(path))


def remember(path: Path) -> None:
    """Record the checksum of a file that proved sound, to recognise it by."""
    Place(path).record.write_text(f"{file_hash(path)}  {path.name}\n")


def forget(path: Path) -> None:
    """Remove a file that proved unsound, so that it is fetched anew."""
    for file in (path, Place(path).record):
        file.unlink(missing_ok=True)


def fetch(remote: Remote, url: str, path: Path, progress: Progress) -> None:
    """The file at `url` to `path`, unless it is there; `path` appears when it is whole.

    Errors: MtkitError for no network, a refusal, a connection that keeps breaking off, a wrong
    length or checksum, a full disk.  What came before it broke off is kept.
    """
    if is_kept(remote, path):
        return
    place = Place(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        started = persist(remote, url, place, progress)
        found = file_hash(place.part)
        expected = remote.sha256 or place.recorded()
        if started and expected not in (None, found):  # the first part may be of another version
            place.discard_part()
            persist(remote, url, place, progress)
            found = file_hash(place.part)
        if expected not in (None, found):
            place.discard_part()
            raise wrong_checksum(remote, url, place, found)
        place.part.replace(path)
        place.version.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_keep(place, error) from error


def persist(remote: Remote, url: str, place: Place, progress: Progress) -> int:
    """Try until all of the file has come; returns with how many bytes it began."""
    if remote.size and size_of(place.part) > remote.size:
        place.discard_part()
    began, reason = size_of(place.part), ""
    if began and began == remote.size:
        return began
    for _ in range(TRIES):
        try:
            receive(remote, url, place, progress)
            return began
        except RangeError as error:
            if error.size == str(size_of(place.part)):
                return began
            place.discard_part()
        except BrokenOffError as error:
            reason = f" ({error})" if str(error) else ""
    raise MtkitError(
        f"{url}: the connection broke off {TRIES} times{reason}; "
        f"{size_of(place.part):,} bytes have come",
        "the same command goes on from there",
    )


def receive(remote: Remote, url: str, place: Place, progress: Progress) -> None:
    """One request: all of the file, or what is missing of it."""
    with ask(url, continuation(remote, place)) as answer:
        start = offset(answer, place)
        total = length(answer, start, remote, url)
        check_room(place, (total or 0) - start)
        place.version.write_text(version_of(answer))
        came, most = start, LARGEST if total is None else total
        with place.part.open("ab" if start else "wb") as stream:
            for block in blocks(answer):
                came += len(block)
                if came > most:
                    break
                stream.write(block)
                progress(came, total)
            stream.flush()
            os.fsync(stream.fileno())
    if came > most:
        place.discard_part()
        raise MtkitError(f"{url}: more came than the {most:,} bytes that it should be", ELSEWHERE)
    if came != size_of(place.part):
        raise MtkitError(
            f"`{place.part}` was changed while it was fetched",
            "only one `mtkit download` may fetch it at a time: run it again",
        )
    if total is not None and came < total:
        raise BrokenOffError


def check_room(place: Place, size: int) -> None:
    """Errors: MtkitError if so many bytes do not fit on the disk."""
    if shutil.disk_usage(place.path.parent).free < size:
        raise MtkitError(
            f"`{place.path.parent}`: no room for the {size:,} bytes of {place.path.name}",
            "free some space, or keep downloads elsewhere (variable MTKIT_CACHE)",
        )


def continuation(remote: Remote, place: Place) -> dict[str, str]:
    """What to ask for: only what is missing, if that can be told to belong to what is there."""
    have = size_of(place.part)
    version = place.version.read_text() if place.version.is_file() else ""
    if not have or not (version or remote.sha256):
        return {}
    return {"Range": f"bytes={have}-"} | ({"If-Range": version} if version else {})


def version_of(answer: HTTPResponse) -> str:
    """What the server calls this version of the file, if that tells versions apart."""
    for name in ("ETag", "Last-Modified"):
        said: str = answer.headers.get(name, "")
        if said and said.isprintable() and not said.startswith("W/"):
            return said
    return ""


def offset(answer: HTTPResponse, place: Place) -> int:
    """At which byte the answer begins: a server may send all of the file, whatever was asked.

    Errors: BrokenOffError where it sends a part that was not asked for.
    """
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        return 0
    have = size_of(place.part)
    if not have or not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        place.discard_part()
        raise BrokenOffError("the server sent another part of it than was asked for")
    return have


def length(answer: HTTPResponse, start: int, remote: Remote, url: str) -> int | None:
    """Of the whole file, as the server says.  Errors: MtkitError if it is known to be another."""
    said = answer.headers.get("Content-Length", "")
    total = start + int(said) if said.isdecimal() and len(said) < 16 else None
    if remote.size and total not in (None, remote.size):
        raise MtkitError(
            f"{url}: the server offers {total:,} bytes, but the file has {remote.size:,}",
            "it is another file, or a page of a proxy or login; " + ELSEWHERE,
        )
    return total if total is not None else remote.size


def size_of(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def wrong_checksum(remote: Remote, url: str, place: Place, found: str) -> MtkitError:
    """The error where what came is not what was expected; it is removed by then."""
    if remote.sha256:
        return MtkitError(
            f"{url}: wrong checksum: SHA-256 {remote.sha256} was published, {found} came; "
            "what came is removed",
            "the same command fetches it anew; if that fails again, the file was changed: "
            "name another place that has it (--mirror URL)",
        )
    return MtkitError(
        f"{url}: it has changed since it was first fetched: SHA-256 {place.recorded()} then, "
        f"{found} now; what came is removed",
        f"to trust the new one, remove `{place.record}`",
    )


def cannot_keep(place: Place, error: OSError) -> MtkitError:
    return MtkitError(
        f"`{place.part}` cannot be written: {error.strerror}",
        "free some space, or keep downloads elsewhere (variable MTKIT_CACHE); "
        "the same command goes on",
    )
