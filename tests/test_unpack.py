"""Archives that are sound, damaged, or hostile."""

from __future__ import annotations

import gzip
import io
import random
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from mtkit.download import unpack as unpacking
from mtkit.download.unpack import unpack
from mtkit.errors import MtkitError

TEXT = "".join(f"line {n} of a text\n" for n in random.Random(1).sample(range(9999), 900)).encode()
GOOD = {"en-de/train.en": TEXT, "en-de/README": b"hello\n"}
BIG = 60 << 20


def tar_of(path: Path, *members: tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, data in GOOD.items():
            archive.addfile(tar_info(name, len(data)), io.BytesIO(data))
        for member in members:
            info, data = member if isinstance(member, tuple) else (member, b"")
            archive.addfile(info, io.BytesIO(data))
    return path


def tar_info(
    name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, to: str = ""
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, to
    return info


def zip_of(path: Path, *members: tuple[zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in GOOD.items():
            archive.writestr(name, data)
        for info, data in members:
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return path


def zip_info(name: str, mode: int = stat.S_IFREG) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (mode | 0o777) << 16
    return info


def gz_of(path: Path, data: bytes) -> Path:
    path.write_bytes(gzip.compress(data))
    return path


def test_wanted_files_are_written_where_they_are_wanted(tmp_path: Path) -> None:
    for archive in (
        tar_of(tmp_path / "a.tgz", tar_info("en-de", kind=tarfile.DIRTYPE)),
        zip_of(tmp_path / "a.zip", (zip_info("en-de/", stat.S_IFDIR), b"")),
    ):
        out = tmp_path / f"{archive.suffix}.out"
        unpack(archive, {"en-de/train.en": out})
        assert out.read_bytes() == TEXT
    unpack(gz_of(tmp_path / "train.en.gz", TEXT), {"": tmp_path / "train.en"})
    assert (tmp_path / "train.en").read_bytes() == TEXT


def test_every_file_of_an_archive_can_be_had(tmp_path: Path) -> None:
    """Sizes around those of the blocks that a tar is made of."""
    sizes = [0, 1, 511, 512, 513, 1024, 10_240]
    members = [(tar_info(f"{size}", size), b"x" * size) for size in sizes]
    wanted = {f"{size}": tmp_path / f"out-{size}" for size in sizes}
    unpack(tar_of(tmp_path / "a.tgz", *members), wanted)
    assert [wanted[f"{size}"].stat().st_size for size in sizes] == sizes


HOSTILE: dict[str, Callable[[Path], Path]] = {
    "tar, path out of the folder": lambda p: tar_of(p / "a.tgz", tar_info("en-de/../../evil")),
    "tar, absolute path": lambda p: tar_of(p / "a.tgz", tar_info("/tmp/evil")),
    "tar, path of another system": lambda p: tar_of(p / "a.tgz", tar_info("C:\\evil")),
    "tar, symbolic link": lambda p: tar_of(
        p / "a.tgz", tar_info("link", kind=tarfile.SYMTYPE, to="/etc/passwd")
    ),
    "tar, hard link": lambda p: tar_of(
        p / "a.tgz", tar_info("link", kind=tarfile.LNKTYPE, to="en-de/train.en")
    ),
    "tar, device": lambda p: tar_of(p / "a.tgz", tar_info("null", kind=tarfile.CHRTYPE)),
    "tar, pipe": lambda p: tar_of(p / "a.tgz", tar_info("pipe", kind=tarfile.FIFOTYPE)),
    "tar, bomb": lambda p: tar_of(p / "a.tgz", (tar_info("zeros", BIG), bytes(BIG))),
    "tar, bomb in a name": lambda p: tar_of(
        p / "a.tgz", (tar_info("n", BIG, tarfile.GNUTYPE_LONGNAME), bytes(BIG))
    ),
    "tar, file with holes": lambda p: tar_of(
        p / "a.tgz", tar_info("holes", kind=tarfile.GNUTYPE_SPARSE)
    ),
    "zip, path out of the folder": lambda p: zip_of(p / "a.zip", (zip_info("a/../../evil"), b"")),
    "zip, absolute path": lambda p: zip_of(p / "a.zip", (zip_info("/tmp/evil"), b"")),
    "zip, path of another system": lambda p: zip_of(p / "a.zip", (zip_info("..\\evil"), b"")),
    "zip, symbolic link": lambda p: zip_of(
        p / "a.zip", (zip_info("link", stat.S_IFLNK), b"/etc/passwd")
    ),
    "zip, device": lambda p: zip_of(p / "a.zip", (zip_info("null", stat.S_IFCHR), b"")),
    "zip, bomb": lambda p: zip_of(p / "a.zip", (zip_info("zeros"), bytes(BIG))),
    "gz, bomb": lambda p: gz_of(p / "a.gz", bytes(BIG)),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_archive_is_refused(tmp_path: Path, kind: str) -> None:
    archive = HOSTILE[kind](tmp_path)
    wanted = {"en-de/absent": tmp_path / "out"} if archive.suffix != ".gz" else {"": tmp_path / "o"}
    with pytest.raises(MtkitError, match="is not unpacked: ") as caught:
        unpack(archive, wanted)
    reason = {
        "path": "written outside of its folder", "link": "is a link", "bomb": "holds far more",
        "device": "no plain file", "pipe": "no plain file", "holes": "no plain file",
    }  # fmt: skip
    assert next(text for word, text in reason.items() if word in kind) in caught.value.message
    assert not (tmp_path / "out").exists()
    assert not Path("/tmp/evil").exists()
    assert "evil" not in [file.name for file in tmp_path.parent.iterdir()]


def test_a_zip_that_lies_about_how_much_it_holds(tmp_path: Path) -> None:
    """Its directory says 10 bytes of what unpacks to 60 MB."""
    archive = zip_of(tmp_path / "a.zip", (zip_info("zeros"), bytes(BIG)))
    lie = archive.read_bytes().replace(BIG.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    archive.write_bytes(lie)
    with pytest.raises(MtkitError, match="it is damaged"):
        unpack(archive, {"zeros": tmp_path / "out"})
    assert (tmp_path / "out").stat().st_size <= 10


def test_too_many_files_are_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MEMBERS", 1)
    for archive in (tar_of(tmp_path / "a.tgz"), zip_of(tmp_path / "a.zip")):
        with pytest.raises(MtkitError, match="holds far more"):
            unpack(archive, {"x": tmp_path / "out"})


def test_names_are_shown_without_what_a_terminal_would_act_upon(tmp_path: Path) -> None:
    archive = tar_of(tmp_path / "a.tgz", tar_info("/\x1b[2Jevil"))
    with pytest.raises(MtkitError, match=r"`/\?\[2Jevil`"):
        unpack(archive, {"x": tmp_path / "out"})


@pytest.mark.parametrize("name", ["a.tgz", "a.zip", "a.gz"])
@pytest.mark.parametrize("data", [b"", b"<html>Please log in</html>", TEXT])
def test_what_is_no_archive(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(MtkitError, match=r"it is damaged|it holds no"):
        unpack(tmp_path / name, {"en-de/train.en": tmp_path / "out"})


def test_a_zip_with_a_password_or_an_unusual_packing(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_BZIP2) as opened:
        opened.writestr("train", TEXT)
    with pytest.raises(MtkitError, match="hardly any program"):
        unpack(archive, {"train": tmp_path / "out"})
    data = bytearray(zip_of(archive).read_bytes())
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    archive.write_bytes(data)
    with pytest.raises(MtkitError, match="it is encrypted"):
        unpack(archive, {"en-de/train.en": tmp_path / "out"})


@pytest.mark.parametrize("name", ["a.tgz", "a.zip", "a.gz"])
def test_a_full_disk_is_no_fault_of_the_archive(tmp_path: Path, name: str) -> None:
    make = {"a.tgz": tar_of, "a.zip": zip_of}.get(name, lambda path: gz_of(path, TEXT))
    with pytest.raises(OSError, match="No space left on device"):
        unpack(
            make(tmp_path / name), {"" if name == "a.gz" else "en-de/train.en": Path("/dev/full")}
        )


@pytest.mark.parametrize("make", [tar_of, zip_of, lambda path: gz_of(path, TEXT)])
def test_damage_anywhere_is_one_error_or_does_no_harm(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    suffix = {tar_of: ".tgz", zip_of: ".zip"}.get(make, ".gz")
    good = make(tmp_path / f"good{suffix}").read_bytes()
    draw, bad = random.Random(7), tmp_path / f"bad{suffix}"
    refused = 0
    for _ in range(150):
        data = bytearray(good)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        bad.write_bytes(data[: draw.choice([len(data), draw.randrange(len(data))])])
        try:
            unpack(bad, {"" if suffix == ".gz" else "en-de/train.en": tmp_path / "out"})
        except MtkitError:
            refused += 1
    assert refused > 75
    assert {file.name for file in tmp_path.iterdir()} <= {f"good{suffix}", bad.name, "out"}
