"""`mtkit download` as a user types it, against a server on loopback."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import re
import signal
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import loopback
import pytest
from conftest import Command, write_lines
from loopback import Site, breaks_off
from test_bad_input import assert_refused

from mtkit.bitext import read_lines
from mtkit.corpus import corpus_in
from mtkit.download import corpora
from mtkit.download.corpora import CORPORA, MULTI30K, SETS
from mtkit.download.layout import key
from mtkit.download.table import PublicCorpus

PAIRS = [(f"Sentence {n} of all.", f"Satz {n} von allen.") for n in range(400)]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Site]:
    with loopback.mirroring(monkeypatch, tmp_path) as found:
        yield found


@pytest.fixture
def publish(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put files onto the site as those of a corpus, with their checksums if it has any."""

    def put(name: str, pair: str, data: Mapping[str, bytes], honest: bool = True) -> None:
        corpus = corpora.corpus_named(name)
        files = []
        for remote in corpus.files[pair]:
            content = data[remote.name]
            site.files["/" + remote.url.removeprefix("https://")] = content
            known = content if honest else content + b"more"
            sha256 = hashlib.sha256(known).hexdigest() if remote.sha256 else None
            files.append(replace(remote, sha256=sha256, size=remote.size and len(content)))
        changed = replace(corpus, files={**corpus.files, pair: tuple(files)})
        others = [other for other in corpora.CORPORA if other.name != name]
        monkeypatch.setattr(corpora, "CORPORA", (changed, *others))

    return put


def text(pairs: list[tuple[str, str]], side: int) -> bytes:
    return "".join(f"{pair[side]}\n" for pair in pairs).encode()


def multi30k() -> dict[str, bytes]:
    """A few lines for each file."""
    return {
        f"{name}.gz": gzip.compress(text(PAIRS[:9], int(not name.endswith("en"))), mtime=0)
        for name in MULTI30K
    }


def tatoeba(pairs: list[tuple[str, str]], codes: str = "de-en") -> dict[str, bytes]:
    """The archive of OPUS; its first language is the second of `pairs`."""
    one, other = codes.split("-")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README", "Corpus Name: Tatoeba\n")
        archive.writestr(f"Tatoeba.{codes}.{one}", text(pairs, 1))
        archive.writestr(f"Tatoeba.{codes}.{other}", text(pairs, 0))
    return {f"{codes}.txt.zip": packed.getvalue()}


def talks(pair: str = "en-de", *more: tarfile.TarInfo) -> dict[str, bytes]:
    """The archive of IWSLT 2017: a talk in each file; more: what else is in it."""
    tags = "<url>http://ted.com/%s</url>\n<keywords>talks</keywords>\n<title>A %s title</title>\n"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for side, language in enumerate(pair.split("-")):
            said = text(PAIRS[:20], side).decode()
            files = {f"train.tags.{pair}.{language}": tags % (language, language) + said}
            for row, part in enumerate(["dev2010", *(f"tst{year}" for year in range(2010, 2016))]):
                segment = f'<seg id="1"> {PAIRS[30 + row][side]} &amp; <b> </seg>\n'
                head = '<?xml version="1.0"?>\n<mteval>\n<doc docid="1">\n'
                files[f"IWSLT17.TED.{part}.{pair}.{language}.xml"] = f"{head}{segment}</doc>\n"
            for name, content in files.items():
                info = tarfile.TarInfo(f"{pair}/{name}")
                info.size = len(content.encode())
                archive.addfile(info, io.BytesIO(content.encode()))
        for info in more:
            archive.addfile(info)
    return {f"{pair}.tgz": packed.getvalue()}


def sets_in(directory: Path) -> dict[str, int]:
    """How many lines each file has."""
    return {
        file.name: len(read_lines(file))
        for file in sorted(directory.iterdir())
        if not file.name.isupper() and file.name != "SOURCE.txt" and file.name != "SHA256SUMS"
    }


def test_multi30k_is_laid_out_for_training(
    mtkit: Command, publish: Callable[..., None], site: Site, tmp_path: Path
) -> None:
    publish("multi30k", "en-de", multi30k())
    done = mtkit("download", "multi30k")
    assert done.code == 0, done.err
    directory = tmp_path / "data" / "multi30k-en-de"
    assert sets_in(directory) == {f"{name}.{side}": 9 for name in SETS for side in ("en", "de")}
    assert corpus_in(directory, "en-de").read("test").source == [pair[0] for pair in PAIRS[:9]]
    assert corpus_in(directory, "de-en").read("test2018").target == [pair[0] for pair in PAIRS[:9]]
    assert done.err.index("licence    research and education") < done.err.index("train.en.gz: ")
    assert done.err.index("https://github.com/multi30k/dataset") < done.err.index("train.en.gz: ")
    assert done.err.splitlines()[-1] == "next: mtkit train data/multi30k-en-de --pair en-de"
    assert len(site.asked) == 12
    again = mtkit("download", "multi30k", "--pair", "de-en", "--out", directory)
    assert again.code == 0
    assert "nothing to do" in again.err
    assert again.err.splitlines()[-1].endswith("--pair de-en")
    elsewhere = mtkit("download", "MULTI30K", "--out", tmp_path / "other")
    assert elsewhere.code == 0
    assert "train.en.gz: kept from before" in elsewhere.err
    assert len(site.asked) == 12


def test_licence_source_and_checksums_stand_beside_the_data(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path
) -> None:
    publish("multi30k", "en-fr", multi30k())
    assert mtkit("download", "multi30k", "--pair", "fr-en", "--out", "new").code == 0
    source = (tmp_path / "new" / "SOURCE.txt").read_text()
    assert source.startswith("multi30k task1, en-fr\n")
    assert "non-commercial" in source
    assert "https://raw.githubusercontent.com/multi30k/dataset/master/" in source
    assert hashlib.sha256(multi30k()["train.fr.gz"]).hexdigest() in source
    assert "pairs: train 9, valid 9, test 9" in source
    assert max(map(len, source.split("\n\n")[0].splitlines())) < 80
    checked = subprocess.run(
        ["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "new", capture_output=True, text=True
    )
    assert checked.returncode == 0
    assert checked.stdout.count(": OK") == 12


def test_languages_without_a_set_do_without_it(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path
) -> None:
    publish("multi30k", "en-cs", multi30k())
    assert mtkit("download", "multi30k", "--pair", "cs-en", "--out", "new").code == 0
    names = {name.partition(".")[0] for name in sets_in(tmp_path / "new")}
    assert names == {"train", "valid", "test", "test2018"}


def test_talks_are_freed_of_their_tags(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path
) -> None:
    publish("iwslt17", "en-de", talks())
    (tmp_path / "new").mkdir()
    done = mtkit("download", "iwslt17", "--out", "new")
    assert done.code == 0, done.err
    corpus = corpus_in(tmp_path / "new", "en-de")
    assert corpus.read("train").source == [pair[0] for pair in PAIRS[:20]]
    assert corpus.read("valid").target == [f"{PAIRS[30][1]} &amp; <b>"]
    assert corpus.read("test").target == [f"{pair[1]} &amp; <b>" for pair in PAIRS[31:37]]
    assert list(done.err.splitlines())[-3] == "pairs: train 20, valid 1, test 6"


def test_a_table_of_two_columns_is_divided(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path
) -> None:
    rows = [*(f"{german}\t{english}" for english, german in PAIRS), "\t", "no tab", "eins\t"]
    table = gzip.compress("".join(f"{row}\n" for row in rows).encode())
    publish("news-commentary", "de-en", {"news-commentary-v14.de-en.tsv.gz": table})
    done = mtkit("download", "news-commentary", "--out", "new")
    assert done.code == 0, done.err
    assert sets_in(tmp_path / "new") == {
        f"{name}.{side}": size
        for name, size in {"train": 384, "valid": 8, "test": 8}.items()
        for side in ("en", "de")
    }
    assert "left out: 3 with an empty side" in done.err
    assert corpus_in(tmp_path / "new", "en-de").read("train").target[0].startswith("Satz")


def test_what_is_held_out_is_always_the_same_and_nowhere_else(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path
) -> None:
    draw = random.Random(5)
    pairs = [
        (f"{draw.choice('Aa')} word  {draw.randrange(300)}", f"ein Wort {draw.randrange(300)}")
        for _ in range(2000)
    ]
    publish("tatoeba", "de-en", tatoeba(pairs))
    for name in ("one", "two"):
        done = mtkit("download", "tatoeba", "--pair", ("en-de", "de-en")[name == "two"],
                     "--out", name)  # fmt: skip
        assert done.code == 0, done.err
    sides: dict[str, list[set[str]]] = {}
    for split in ("train", "valid", "test"):
        for language in ("en", "de"):
            one, two = (tmp_path / name / f"{split}.{language}" for name in ("one", "two"))
            assert one.read_bytes() == two.read_bytes()
            sides.setdefault(language, []).append(set(map(key, read_lines(one))))
    for train, valid, test in sides.values():
        assert not (train & valid or train & test or valid & test)
        assert train
        assert 10 < len(valid) <= 40
        assert 30 < len(test) <= 40
    assert re.search(r"left out: [\d,]+ with a sentence of valid or test", done.err)


def test_mandarin_has_another_code_at_opus(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path
) -> None:
    publish("tatoeba", "zh-en", tatoeba([(a, f"句子{a}") for a, _ in PAIRS], "cmn-en"))
    done = mtkit("download", "tatoeba", "--pair", "en-zh")
    assert done.code == 0, done.err
    assert "句子" in (tmp_path / "data" / "tatoeba-en-zh" / "train.zh").read_text("utf-8")


def test_a_corpus_without_published_checksums_says_so_and_is_remembered(
    mtkit: Command, publish: Callable[..., None], site: Site, tmp_path: Path
) -> None:
    assert "none published" in re.sub(r"[│\s]+", " ", mtkit("download", "--list").out)
    publish("tatoeba", "de-en", tatoeba(PAIRS))
    done = mtkit("download", "tatoeba", "--out", "one")
    assert "nobody has published any" in done.err
    assert "no published checksum to check it by" in done.err
    assert "recorded at the first download" in (tmp_path / "one" / "SOURCE.txt").read_text()
    [kept] = (tmp_path / "cache" / "downloads").rglob("*.zip")
    assert kept.with_name(f"{kept.name}.sha256").is_file()
    kept.unlink()
    publish("tatoeba", "de-en", tatoeba(PAIRS[::-1]))
    assert_refused(mtkit("download", "tatoeba", "--out", "two"), "changed since it was first")
    assert not (tmp_path / "two").exists()


def test_what_proves_unsound_is_not_remembered(
    mtkit: Command, publish: Callable[..., None], site: Site, tmp_path: Path
) -> None:
    """A server that says too little of the length, and nobody knows better."""
    publish("tatoeba", "de-en", tatoeba(PAIRS))
    site.faults = [loopback.says_length(-100)]
    assert_refused(mtkit("download", "tatoeba", "--out", "new"), "it is damaged")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
    done = mtkit("download", "tatoeba", "--out", "new")
    assert done.code == 0, done.err


@pytest.mark.parametrize("evil", ["../../evil", "/tmp/evil"])
def test_a_hostile_archive_leaves_nothing_behind(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path, evil: str
) -> None:
    packed = io.BytesIO(tatoeba(PAIRS)["de-en.txt.zip"])
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr(evil, "evil")
    publish("tatoeba", "de-en", {"de-en.txt.zip": packed.getvalue()})
    done = mtkit("download", "tatoeba", "--out", "new")
    assert_refused(done, f"`{evil}` would be written outside of its folder")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]
    assert not Path("/tmp/evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE])
def test_a_link_in_an_archive_leaves_nothing_behind(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path, kind: bytes
) -> None:
    link = tarfile.TarInfo("en-de/link")
    link.type, link.linkname = kind, "en-de/train.tags.en-de.en"
    publish("iwslt17", "en-de", talks("en-de", link))
    done = mtkit("download", "iwslt17", "--out", "new")
    assert_refused(done, "`en-de/link` is a link, or no plain file")
    [kept] = (file for file in tmp_path.rglob("*") if file.is_file())
    assert kept.name == "en-de.tgz"


def test_nothing_heavy_is_loaded(site: Site) -> None:
    script = (
        "import sys; sys.argv = ['mtkit', 'download', 'multi30k']\n"
        "from mtkit.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'sentencepiece', 'sacrebleu', 'numpy', 'mtdata'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert shown.stdout.splitlines() == ["[]"], shown.stderr
    assert "404" in shown.stderr


def test_a_wrong_checksum_is_found_before_anything_is_unpacked(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path
) -> None:
    publish("iwslt17", "en-de", talks(), honest=False)
    assert_refused(mtkit("download", "iwslt17"), "wrong checksum: SHA-256", "--mirror URL")
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_the_same_command_goes_on_where_it_broke_off(
    mtkit: Command, publish: Callable[..., None], site: Site, tmp_path: Path
) -> None:
    publish("iwslt17", "en-de", talks())
    site.faults = [breaks_off(100), breaks_off(200), breaks_off(500)]
    broken = mtkit("download", "iwslt17")
    assert_refused(broken, "broke off 3 times", "500 bytes have come", "the same command goes on")
    assert not (tmp_path / "data").exists()
    assert mtkit("download", "iwslt17").code == 0
    assert site.ranges[3:] == ["bytes=500-"]


def test_ctrl_c_keeps_what_came(site: Site, tmp_path: Path) -> None:
    path = "/raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw/train.en.gz"
    site.files[path] = bytes(1000)
    waiting: list[subprocess.Popen[str]] = []

    def stops(answer: loopback.Answer, data: bytes) -> None:
        answer.head(200, 1_000_000)
        answer.wfile.write(bytes(200_000))
        answer.wfile.flush()
        part = tmp_path / "cache" / "downloads" / "multi30k-task1" / "train.en.gz.part"
        while not part.is_file() or part.stat().st_size < 100_000:
            time.sleep(0.01)
        waiting[0].send_signal(signal.SIGINT)
        waiting[0].wait(timeout=60)

    site.always = stops
    command = [sys.executable, "-m", "mtkit", "download", "multi30k"]
    waiting.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ))
    _, err = waiting[0].communicate(timeout=60)
    assert waiting[0].returncode == 130
    assert err.splitlines()[-1] == "interrupted: the same command goes on from there"
    part = tmp_path / "cache" / "downloads" / "multi30k-task1" / "train.en.gz.part"
    assert part.stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["multi3k"], ["no corpus `multi3k`", "did you mean `multi30k`?"]),
        (["news_commentary"], ["did you mean `news-commentary`?"]),
        (["xyzzy"], ["no corpus `xyzzy`", "multi30k, iwslt17, news-commentary, tatoeba"]),
        (["multi30k", "--pair", "en-ja"], ["multi30k has no pair `en-ja`", "de-en, en-fr, cs-en"]),
        (["multi30k", "--pair", "english"], ["--pair english is no pair of languages", "en-de"]),
        (["multi30k", "--pair", "en-en"], ["no pair of languages"]),
        (["multi30k", "--pair", "../x-en"], ["no pair of languages"]),
        (["multi30k", "--mirror", "localhost:80"], ["is not an address of the web", "http://"]),
        (["multi30k"], ["the server answers 404", "--mirror"]),
        (["multi30k", "--out", "taken"], ["`taken` holds something else", "--out DIR"]),
        (["multi30k", "--out", "taken/notes/new"], ["cannot be written below `", "taken/notes`"]),
        (["multi30k", "--out", "taken/notes"], ["`taken/notes` is a file", "--out DIR"]),
    ],
)
def test_what_cannot_be_downloaded(
    mtkit: Command, site: Site, tmp_path: Path, arguments: list[str], parts: list[str]
) -> None:
    (tmp_path / "taken").mkdir()
    write_lines(tmp_path / "taken" / "notes", ["mine"])
    assert_refused(mtkit("download", *arguments), *parts)
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["notes"]


def test_no_corpus_is_wrong_usage(mtkit: Command) -> None:
    assert mtkit("download").code == 2


def test_data_that_someone_has_worked_on_is_left_alone(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path
) -> None:
    publish("multi30k", "en-de", multi30k())
    publish("multi30k", "en-fr", multi30k())
    assert mtkit("download", "multi30k", "--out", "new").code == 0
    other = mtkit("download", "multi30k", "--pair", "en-fr", "--out", "new")
    assert_refused(other, "`new` holds `multi30k task1, en-de` already", "--out DIR")
    write_lines(tmp_path / "new" / "train.en", ["mine"])
    changed = mtkit("download", "multi30k", "--out", "new")
    assert_refused(changed, "`new/train.en` is not as it was downloaded", "remove this one")
    assert read_lines(tmp_path / "new" / "train.en") == ["mine"]


@pytest.mark.parametrize("spoil", ["en", "de"])
def test_sides_of_different_length_are_an_error(
    mtkit: Command, publish: Callable[..., None], tmp_path: Path, spoil: str
) -> None:
    files = multi30k()
    files[f"val.{spoil}.gz"] = gzip.compress(b"one\n")
    publish("multi30k", "en-de", files)
    assert_refused(mtkit("download", "multi30k"), "differ in length")
    assert not list((tmp_path / "data").rglob("*"))


def test_too_few_pairs_to_divide(mtkit: Command, publish: Callable[..., None]) -> None:
    publish("tatoeba", "de-en", tatoeba(PAIRS[:20]))
    assert_refused(mtkit("download", "tatoeba"), "20 pairs are too few")


def test_the_list_and_the_errors_spell_pairs_of_languages_alike(mtkit: Command) -> None:
    listed = re.sub(r"[│\s]+", " ", mtkit("download", "--list").out)
    for corpus in CORPORA:
        refused = mtkit("download", corpus.name, "--pair", "xx-yy")
        [known] = re.findall("hint: it has (.*)", refused.err)
        assert f"pairs {known} sentences" in listed


def test_the_list_tells_licence_size_pairs_and_checksums(mtkit: Command) -> None:
    shown = mtkit("download", "--list")
    assert shown.code == 0
    assert max(map(len, shown.out.splitlines())) <= 80
    flat = re.sub(r"[│\s]+", " ", shown.out)
    for corpus in CORPORA:
        for part in (corpus.name, corpus.licence, corpus.size, corpus.sentences, corpus.checksums):
            assert part in flat
    assert "next: mtkit download multi30k --pair en-de" in shown.err


def test_a_next_command_of_the_list_is_one_that_works(mtkit: Command, site: Site) -> None:
    command = mtkit("download", "--list").err.splitlines()[-1].removeprefix("next: mtkit ").split()
    assert_refused(mtkit(*command), "the server answers 404")


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_the_table_is_consistent(corpus: PublicCorpus) -> None:
    for pair, remotes in corpus.files.items():
        assert re.fullmatch(r"[a-z]{2}-[a-z]{2}", pair)
        assert len({remote.name for remote in remotes}) == len(remotes)
        for remote in remotes:
            assert remote.url.startswith("https://")
            assert bool(remote.sha256) == bool(corpus.checksums)
            assert remote.sha256 is None or re.fullmatch(r"[0-9a-f]{64}", remote.sha256)
    sizes = [remotes[0].size for remotes in corpus.files.values()]
    if all(sizes):
        low, high = (round(size / 1e6) for size in (min(sizes), max(sizes)))  # type: ignore[type-var,arg-type,operator]
        assert corpus.size == f"{low} to {high} MB"


def test_the_checksums_of_multi30k_are_those_that_are_known() -> None:
    known = Path(__file__).parents[2] / "shared" / "multi30k-sha256.txt"
    if not known.is_file():
        pytest.skip("the list is not here")
    table = {Path(path).name: sha for sha, path in map(str.split, known.read_text().splitlines())}
    assert {f"{name}.gz": sha for name, sha in MULTI30K.items()}.items() <= table.items()
