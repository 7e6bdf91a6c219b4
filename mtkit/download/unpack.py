"""A few files out of an archive, which is not trusted.

Nothing is ever written under a name that an archive gives: a wanted file goes where the caller
says.  An archive that tries anything (a path out of its folder, a link, a device, far more bytes
than it could hold) is refused as a whole.
"""

from __future__ import annotations

import gzip
import io
import re
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from mtkit.errors import MtkitError

TIMES = 50  # text is packed to a third or a tenth; more than this is a bomb
LEAST = 1 << 20  # bytes that any archive may hold
MEMBERS = 10_000
AT_ONCE = 1 << 24  # bytes; no header of an archive is longer
BLOCK = 1 << 20
ENCRYPTED = 1  # a flag of a file in a .zip
DAMAGED = (
    OSError, tarfile.TarError, zipfile.BadZipFile, zlib.error, struct.error, EOFError,
    ValueError, RuntimeError, OverflowError,
)  # fmt: skip


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Limited(io.RawIOBase):
    """A stream that is read forward only, up to a limit.  Errors: MtkitError beyond it."""

    def __init__(self, stream: Readable, archive: Path) -> None:
        self.stream, self.archive = stream, archive
        self.position, self.limit = 0, most(archive)

    def read(self, size: int | None = -1) -> bytes:
        if size is None or not 0 <= size <= AT_ONCE:
            raise bomb(self.archive)
        with refusing(self.archive):
            data = self.stream.read(size)
        self.position += len(data)
        if self.position > self.limit:
            raise bomb(self.archive)
        return data

    def tell(self) -> int:
        return self.position

    def seek(self, position: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or position < self.position:
            raise io.UnsupportedOperation("only forward")
        while self.position < position:
            if not self.read(min(BLOCK, position - self.position)):
                break
        return self.position


def unpack(archive: Path, wanted: Mapping[str, Path]) -> None:
    """Write each wanted file of a .zip, .tgz or .gz.

    wanted: where to write a file, by its name in the archive; that in a .gz is "".
    Errors: MtkitError for an archive that is damaged or hostile, or lacks a wanted file.
    """
    missing = set(wanted)
    for name, stream in members(archive):
        if name in missing:
            missing.remove(name)
            write(Limited(stream, archive), wanted[name])
    if missing:
        raise unsound(archive, f"it holds no `{min(missing)}`")


@contextmanager
def refusing(archive: Path) -> Iterator[None]:
    """What the standard library finds wrong with an archive, as one error."""
    try:
        yield
    except DAMAGED as error:
        why = shown(str(error)) or type(error).__name__
        raise unsound(archive, f"it is damaged ({why})") from error


def members(archive: Path) -> Iterator[tuple[str, Readable]]:
    """The regular files of an archive, one after the other: name, and what is in it."""
    with refusing(archive):
        if archive.suffix == ".zip":
            yield from zip_members(archive)
        elif archive.suffix == ".tgz":
            yield from tar_members(archive)
        else:
            with gzip.open(archive) as stream:
                yield "", stream


def tar_members(archive: Path) -> Iterator[tuple[str, Readable]]:
    with gzip.open(archive) as unpacked:
        limited = Limited(unpacked, archive)
        with tarfile.open(fileobj=limited, mode="r:") as opened:
            for number, member in enumerate(opened):
                check_name(member.name, archive, number)
                if member.isdir():
                    continue
                if not member.isreg() or member.issparse():
                    raise unsound(archive, f"`{shown(member.name)}` is a link, or no plain file")
                stream = opened.extractfile(member)
                if stream:
                    yield member.name, stream


def zip_members(archive: Path) -> Iterator[tuple[str, Readable]]:
    with zipfile.ZipFile(archive) as opened:
        if sum(member.file_size for member in opened.infolist()) > most(archive):
            raise bomb(archive)
        for number, member in enumerate(opened.infolist()):
            check_name(member.filename, archive, number)
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise unsound(archive, f"`{shown(member.filename)}` is a link, or no plain file")
            if member.flag_bits & ENCRYPTED:
                raise unsound(archive, "it is encrypted")
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise unsound(archive, "it is packed in a way that hardly any program knows")
            if not member.is_dir():
                with opened.open(member) as stream:
                    yield member.filename, stream


def check_name(name: str, archive: Path, number: int) -> None:
    """Errors: MtkitError for a path that could lead elsewhere, and for too many of them."""
    if re.match(r"[/\\]|[A-Za-z]:", name) or ".." in re.split(r"[/\\]", name):
        raise unsound(archive, f"`{shown(name)}` would be written outside of its folder")
    if number >= MEMBERS:
        raise bomb(archive)


def write(stream: Limited, path: Path) -> None:
    with path.open("wb") as out:
        while block := stream.read(BLOCK):
            out.write(block)


def most(archive: Path) -> int:
    """How many bytes an archive may hold."""
    return LEAST + TIMES * archive.stat().st_size


def shown(name: str) -> str:
    """A name out of an archive, without anything that a terminal would act upon."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)[:80]


def bomb(archive: Path) -> MtkitError:
    return unsound(archive, f"it holds far more than its {archive.stat().st_size:,} bytes can mean")


def unsound(archive: Path, why: str) -> MtkitError:
    return MtkitError(
        f"`{archive}` is not unpacked: {why}",
        "nothing of it was written; it is not the corpus that it should be",
    )
