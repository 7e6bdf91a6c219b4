"""One file of the web to one file of the disk, from servers that serve well and badly."""

from __future__ import annotations

import errno
import hashlib
import random
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn
from urllib.error import URLError

import loopback
import pytest
from loopback import Fault, Site, breaks_off, says_length

from mtkit.download import fetch as fetching
from mtkit.download.fetch import Place, fetch, is_kept, remember
from mtkit.download.table import Remote
from mtkit.download.web import mirrored, unreachable
from mtkit.errors import MtkitError

DATA = random.Random(3).randbytes(200_000)
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("no_proxy", "*")
    with loopback.serving() as found:
        found.files["/file"] = DATA
        yield found


@pytest.fixture
def get(site: Site, tmp_path: Path) -> Callable[..., Path]:
    """Fetch the file of the site; get(sha256=None, size=...)"""

    def run(sha256: str | None = SHA256, size: int | None = None, path: str = "/file") -> Path:
        url = site.address + path
        target = tmp_path / "kept" / "file"
        fetch(Remote(url, sha256, size), url, target, lambda came, total: None)
        return target

    return run


def left(tmp_path: Path) -> list[str]:
    return sorted(file.name for file in (tmp_path / "kept").iterdir())


@pytest.mark.parametrize("sha256", [SHA256, None])
@pytest.mark.parametrize("size", [len(DATA), None])
@pytest.mark.parametrize("fault", [None, loopback.without_length])
def test_a_file_is_fetched_once(
    get: Callable[..., Path], site: Site, tmp_path: Path, sha256: str | None, size: int | None,
    fault: Fault | None,
) -> None:  # fmt: skip
    site.always = fault
    for _ in range(2):
        assert get(sha256, size).read_bytes() == DATA
    assert len(site.asked) == 1
    assert left(tmp_path) == ["file"]


def test_progress_is_told(site: Site, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    url = f"{site.address}/file"
    fetch(Remote(url), url, tmp_path / "file", lambda *step: told.append(step))
    assert len(told) > 2
    assert told == sorted(told)
    assert told[-1] == (len(DATA), len(DATA))


@pytest.mark.parametrize("sha256", [SHA256, None])
def test_a_download_that_breaks_off_goes_on_where_it_was(
    get: Callable[..., Path], site: Site, sha256: str | None
) -> None:
    site.faults = [breaks_off(90_000), breaks_off(150_000)]
    assert get(sha256).read_bytes() == DATA
    assert site.ranges == [None, "bytes=90000-", "bytes=150000-"]
    assert site.asked[1][1]["If-Range"] == '"one"'


def test_what_came_is_kept_for_the_next_command(
    get: Callable[..., Path], site: Site, tmp_path: Path
) -> None:
    site.faults = [breaks_off(10), breaks_off(20), breaks_off(30_000)]
    with pytest.raises(MtkitError, match="broke off 3 times.*; 30,000 bytes have come") as caught:
        get()
    assert caught.value.hint == "the same command goes on from there"
    assert left(tmp_path) == ["file.part", "file.part.version"]
    assert get().read_bytes() == DATA
    assert site.ranges[3:] == ["bytes=30000-"]
    assert left(tmp_path) == ["file"]


@pytest.mark.parametrize("fault", [loopback.whole, loopback.another_part, loopback.hangs_up])
@pytest.mark.parametrize("sha256", [SHA256, None])
def test_a_server_that_cannot_continue_starts_over(
    get: Callable[..., Path], site: Site, fault: Fault, sha256: str | None
) -> None:
    site.faults = [breaks_off(90_000), fault]
    assert get(sha256).read_bytes() == DATA


def test_a_file_that_changed_meanwhile_starts_over(
    get: Callable[..., Path], site: Site, tmp_path: Path
) -> None:
    site.faults = [breaks_off(90_000)] * 3
    with pytest.raises(MtkitError, match="broke off"):
        get(None)
    site.tag, site.files["/file"] = '"two"', DATA[::-1]
    assert get(None).read_bytes() == DATA[::-1]


def test_nothing_is_continued_that_nobody_can_check(
    get: Callable[..., Path], site: Site, tmp_path: Path
) -> None:
    site.tag, site.faults = "", [breaks_off(90_000)]
    assert get(None).read_bytes() == DATA
    assert site.ranges == [None, None]
    site.asked, site.faults = [], [breaks_off(90_000)]
    get(None).unlink()
    assert get().read_bytes() == DATA
    assert site.ranges == [None, "bytes=90000-"]


def test_a_part_of_another_version_is_found_out_by_the_checksum(
    get: Callable[..., Path], site: Site, tmp_path: Path
) -> None:
    site.tag = ""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file.part").write_bytes(b"x" * 1000)
    assert get().read_bytes() == DATA
    assert site.ranges == ["bytes=1000-", None]


@pytest.mark.parametrize("size", [len(DATA), None])
@pytest.mark.parametrize("sha256", [SHA256, None])
def test_a_part_that_is_the_whole_file_is_taken(
    get: Callable[..., Path], site: Site, tmp_path: Path, sha256: str | None, size: int | None
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file.part").write_bytes(DATA)
    (tmp_path / "kept" / "file.part.version").write_text('"one"')
    assert get(sha256, size).read_bytes() == DATA
    assert len(site.asked) == (0 if size else 1)


@pytest.mark.parametrize("size", [len(DATA), None])
def test_a_part_that_is_longer_than_the_file_starts_over(
    get: Callable[..., Path], site: Site, tmp_path: Path, size: int | None
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file.part").write_bytes(DATA + b"more")
    assert get(size=size).read_bytes() == DATA


@pytest.mark.parametrize("sha256", [SHA256, None])
def test_a_server_that_says_too_much_of_the_length(
    get: Callable[..., Path], site: Site, tmp_path: Path, sha256: str | None
) -> None:
    site.always = says_length(+100)
    with pytest.raises(MtkitError, match="broke off 3 times"):
        get(sha256)
    assert "file" not in left(tmp_path)


def test_a_server_that_says_too_little_of_the_length(
    get: Callable[..., Path], site: Site, tmp_path: Path
) -> None:
    site.always = says_length(-100)
    with pytest.raises(MtkitError, match="wrong checksum"):
        get()
    assert left(tmp_path) == []


@pytest.mark.parametrize("difference", [-100, +100])
def test_a_length_that_is_not_the_known_one_is_refused_at_once(
    get: Callable[..., Path], site: Site, tmp_path: Path, difference: int
) -> None:
    site.always = says_length(difference)
    said = f"offers {len(DATA) + difference:,} bytes, but the file has 200,000"
    with pytest.raises(MtkitError, match=said) as caught:
        get(size=len(DATA))
    assert "login" in caught.value.hint
    assert left(tmp_path) == []


def test_a_server_that_sends_more_than_it_should(
    get: Callable[..., Path], site: Site, tmp_path: Path
) -> None:
    site.always = loopback.endless
    with pytest.raises(MtkitError, match=r"more came than the 199,999 bytes"):
        get(size=len(DATA) - 1)
    assert left(tmp_path) == []


def test_a_server_that_never_ends(
    get: Callable[..., Path], site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 1_000_000)
    site.always = loopback.endless
    with pytest.raises(MtkitError, match=r"more came than the 1,000,000 bytes"):
        get(None)
    assert left(tmp_path) == []


def test_two_that_fetch_the_same_file_notice(site: Site, tmp_path: Path) -> None:
    url, target = f"{site.address}/file", tmp_path / "file"

    def another(came: int, total: int | None) -> None:
        if came > 90_000:
            with Place(target).part.open("ab") as stream:
                stream.write(b"more")

    site.faults = [breaks_off(90_000)]
    with pytest.raises(MtkitError, match="was changed while it was fetched"):
        fetch(Remote(url), url, target, another)
    assert not target.exists()
    fetch(Remote(url, SHA256), url, target, lambda came, total: None)
    assert target.read_bytes() == DATA


def test_a_wrong_checksum(get: Callable[..., Path], site: Site, tmp_path: Path) -> None:
    site.files["/file"] = DATA[:-1] + b"\0"
    with pytest.raises(MtkitError) as caught:
        get()
    came = hashlib.sha256(site.files["/file"]).hexdigest()
    assert f"SHA-256 {SHA256} was published, {came} came" in caught.value.message
    assert "--mirror" in caught.value.hint
    assert left(tmp_path) == []


def test_a_damaged_file_in_the_cache_is_fetched_anew(get: Callable[..., Path]) -> None:
    get().write_bytes(DATA[:-1])
    assert get().read_bytes() == DATA


def test_the_first_download_is_remembered_where_nobody_published_a_checksum(
    get: Callable[..., Path], site: Site, tmp_path: Path
) -> None:
    file = get(None)
    remember(file)
    assert Place(file).record.read_text() == f"{SHA256}  file\n"
    assert is_kept(Remote("http://x/file"), file)
    site.files["/file"] = DATA[::-1]
    file.write_bytes(b"damaged")
    with pytest.raises(MtkitError, match="it has changed since it was first fetched") as caught:
        get(None)
    assert f"remove `{Place(file).record}`" in caught.value.hint
    Place(file).record.unlink()
    file.unlink()
    assert get(None).read_bytes() == DATA[::-1]


@pytest.mark.parametrize(
    ("fault", "parts"),
    [
        (loopback.status(404), ["404 Not Found", "has moved"]),
        (loopback.status(410), ["410 Gone", "has moved"]),
        (loopback.status(403), ["403 Forbidden", "--mirror"]),
        (loopback.status(503), ["503 Service Unavailable", "try again later"]),
        (loopback.status(799), ["answers 799", "try again later"]),
        (loopback.redirect("file:///etc/passwd"), ["answers 302"]),
        (loopback.redirect("ftp://127.0.0.1/file"), ["an address of ftp", "not followed"]),
        (loopback.redirect("/file"), ["answers 302"]),
        (loopback.hangs_up, ["broke off 3 times", "same command"]),
    ],
)
def test_a_server_that_refuses(
    get: Callable[..., Path], site: Site, tmp_path: Path, fault: Fault, parts: list[str]
) -> None:
    site.always = fault
    with pytest.raises(MtkitError) as caught:
        get()
    for part in parts:
        assert part in f"{caught.value.message} {caught.value.hint}"
    assert left(tmp_path) == []


def test_a_redirect_within_the_web_is_followed(get: Callable[..., Path], site: Site) -> None:
    site.faults = [loopback.redirect("/file"), breaks_off(50_000), loopback.redirect("/file")]
    assert get(path="/old").read_bytes() == DATA
    assert site.ranges == [None, None, "bytes=50000-", "bytes=50000-"]


def test_a_proxy_is_asked(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", site.address)
    url = "http://corpus.example/file"
    site.files[url] = DATA
    fetch(Remote(url, SHA256), url, tmp_path / "file", lambda came, total: None)
    assert (tmp_path / "file").read_bytes() == DATA


def test_nobody_listens(get: Callable[..., Path], site: Site, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/file"
        with pytest.raises(MtkitError, match=r"127\.0\.0\.1 cannot be reached: Connection refused"):
            fetch(Remote(url), url, tmp_path / "file", lambda came, total: None)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_says_nothing_for_long(
    get: Callable[..., Path], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opens_late(*arguments: object, **options: object) -> NoReturn:
        raise TimeoutError

    monkeypatch.setattr("urllib.request.OpenerDirector.open", opens_late)
    with pytest.raises(MtkitError, match=r"broke off 3 times \(nothing came for 30 seconds\)"):
        get()


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        (socket.gaierror(-2, "Name or service not known"), "there is no network, or no host h.org"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "Network is unreachable"),
        ("unknown url type", "unknown url type"),
    ],
)
def test_why_there_is_no_connection(reason: str | Exception, part: str) -> None:
    assert part in unreachable("https://h.org/f", URLError(reason).reason).message


def test_a_certificate_that_is_not_trusted() -> None:
    reason = ssl.SSLCertVerificationError()
    reason.verify_message = "self-signed certificate"
    found = unreachable("https://h.org/f", reason)
    assert "h.org is not to be trusted: self-signed certificate" in found.message


@pytest.mark.parametrize(
    "url",
    ["localhost:80", "ftp://h/f", "file:///etc/passwd", "http://", "http://[/f", "http://h:x/f",
     "http://h/a b", "http://h/ä", "http://h/\n", "/f", ""],
)  # fmt: skip
def test_only_addresses_of_the_web_are_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(MtkitError, match="is not an address of the web"):
        fetch(Remote(url), url, tmp_path / "file", lambda came, total: None)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_without_room_is_noticed_before(
    get: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=199_999))
    with pytest.raises(MtkitError, match="no room for the 200,000 bytes") as caught:
        get()
    assert "MTKIT_CACHE" in caught.value.hint
    assert left(tmp_path) == []


def test_a_disk_that_fills_up_meanwhile(
    get: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(MtkitError, match="cannot be written: No space left") as caught:
            get()
    assert "the same command goes on" in caught.value.hint
    assert "file" not in left(tmp_path)
    assert get().read_bytes() == DATA


def test_a_cache_that_is_no_directory(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    url = f"{site.address}/file"
    with pytest.raises(MtkitError, match=r"`.*part` cannot be written: ") as caught:
        fetch(Remote(url), url, tmp_path / "file" / "file", lambda came, total: None)
    assert "MTKIT_CACHE" in caught.value.hint


def test_a_mirror_has_the_files_below_the_names_of_their_hosts() -> None:
    url = "https://h.org:1/a/b.gz"
    assert mirrored(url, None) == url
    assert mirrored(url, "http://127.0.0.1:8000/all/") == "http://127.0.0.1:8000/all/h.org:1/a/b.gz"
