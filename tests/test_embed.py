"""Word vectors: learnt, written, read, asked and drawn by `mtkit embed`."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import xml.etree.ElementTree
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from conftest import TOY_SIZES, Command, write_lines
from test_bad_input import assert_refused
from torch import Tensor

from mtkit.bitext import read_lines
from mtkit.corpus import everyday
from mtkit.scatter import write_map
from mtkit.vectors import WordVectors
from mtkit.word2vec.config import METHODS, Word2VecConfig
from mtkit.word2vec.model import Pace, Word2Vec
from mtkit.word2vec.objectives import (
    cbow_gradients,
    cbow_loss,
    skip_gram_gradients,
    skip_gram_loss,
)
from mtkit.word2vec.text import Text, read_text, running_words
from mtkit.word2vec.windows import Reader

TOPICS = 20


def planted(sentences: int = 4000, seed: int = 1) -> list[str]:
    """Words `one3` and `two3` stand between the same eight words, never together; so for others."""
    draw = random.Random(seed)
    around = [draw.sample([f"word{n}" for n in range(40)], 8) for _ in range(TOPICS)]
    lines = []
    for _ in range(sentences):
        topic = draw.randrange(TOPICS)
        words = draw.sample(around[topic], 6)
        words.insert(3, draw.choice(["one", "two"]) + str(topic))
        lines.append(" ".join(words))
    return lines


def text_of(lines: list[str], min_count: int = 1) -> Text:
    return read_text(lines, str.split, min_count)


def learnt(text: Text, **settings: object) -> WordVectors:
    model = Word2Vec(text, Word2VecConfig(**settings))  # type: ignore[arg-type]
    list(model.learn())
    return model.vectors


@pytest.fixture(scope="module")
def planted_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lines(tmp_path_factory.mktemp("planted") / "text.en", planted(1500))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vectors file: a king is to a man as a queen to a woman."""
    rows = ["king 1 1 0", "man 1 0 0", "queen 0 1 1", "woman 0 0 1", "▁apple -1 0 1", "rot -1 -1 0"]
    return write_lines(tmp_path_factory.mktemp("small") / "v.txt", ["6 3", *rows])


@pytest.mark.parametrize("method", METHODS)
def test_a_word_s_nearest_neighbour_is_its_planted_synonym(method: str) -> None:
    vectors = learnt(text_of(planted()), method=method, size=32, epochs=10, subsample=0.0)
    for topic in range(TOPICS):
        for one, other in ((f"one{topic}", f"two{topic}"), (f"two{topic}", f"one{topic}")):
            assert vectors.neighbours(one, 1)[0][0] == other


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_vectors(method: str) -> None:
    text = text_of(planted(300))
    first, again, other = (
        learnt(text, method=method, size=8, epochs=2, seed=seed).matrix for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def random_blocks(method: str) -> tuple[Callable[..., Tensor], Callable[..., object], list[Tensor]]:
    generator = torch.Generator().manual_seed(1)
    shapes = (2, 6, 5), (2, 10, 5), (2, 4, 5)
    vectors = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    window = (torch.rand(2, 6, 10, generator=generator) < 0.4).double()
    window[0, 2] = 0  # a word without neighbours
    found = (skip_gram_loss, skip_gram_gradients) if method == "skip-gram" else (
        cbow_loss, cbow_gradients
    )  # fmt: skip
    return *found, [*vectors, window]  # type: ignore[return-value]


@pytest.mark.parametrize("method", METHODS)
def test_the_gradients_are_those_of_the_loss(method: str) -> None:
    loss, gradients, [*vectors, window] = random_blocks(method)
    for vector in vectors:
        vector.requires_grad_()
    loss(*vectors, window, 5).backward()
    centre, context, noise = gradients(*vectors, window, 5)  # type: ignore[misc]
    torch.testing.assert_close(centre, vectors[0].grad)
    torch.testing.assert_close(noise, vectors[2].grad)
    if method == "skip-gram":
        torch.testing.assert_close(context, vectors[1].grad)


def test_cbow_moves_each_neighbour_by_the_whole_gradient_of_the_mean() -> None:
    """With one neighbour for each word, that is the gradient of the loss."""
    loss, gradients, [*vectors, _] = random_blocks("cbow")
    window = torch.eye(6, 10, dtype=torch.float64).expand(2, -1, -1)
    vectors[1].requires_grad_()
    loss(*vectors, window, 5).backward()
    once = gradients(*vectors, window, 5)[1]  # type: ignore[index]
    torch.testing.assert_close(once, vectors[1].grad)
    doubled = torch.cat([window, window], 2)  # the same neighbours twice: the mean is the same
    twice = gradients(vectors[0], vectors[1].repeat(1, 2, 1), vectors[2], doubled, 5)[1]  # type: ignore[index]
    torch.testing.assert_close(twice, torch.cat([once, once], 1))


def test_the_loss_of_a_pair_is_the_textbook_s() -> None:
    word, neighbour, noise = torch.randn(3, 1, 1, 7).unbind()
    window = torch.ones(1, 1, 1)
    true = torch.log(torch.sigmoid((word * neighbour).sum()))
    for loss, predicts in ((skip_gram_loss, word), (cbow_loss, neighbour)):
        false = torch.log(torch.sigmoid(-(predicts * noise).sum()))
        torch.testing.assert_close(loss(word, neighbour, noise, window, 3), -true - 3 * false)


@pytest.mark.parametrize("lengths", [[7, 1, 90, 2, 33], [1, 1, 2], [64]])
def test_every_pair_of_neighbours_comes_once_an_epoch(lengths: list[int]) -> None:
    generator = torch.Generator().manual_seed(1)
    ids = torch.arange(sum(lengths))
    lines = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
    text = Text([f"{n}" for n in ids], torch.ones_like(ids), ids.int(), lines.int(), len(ids))
    config = Word2VecConfig(window=1, subsample=0.0)
    found = []
    for blocks in Reader(text, config, 2, generator).epoch(rows=2):
        for row, here, there in blocks.window.nonzero().tolist():
            found.append((int(blocks.centre[row, here]), int(blocks.context[row, there])))
    near = [(a, b) for a, b in pairwise(ids.tolist()) if lines[a] == lines[b]]
    assert sorted(found) == sorted([*near, *((b, a) for a, b in near)])


def test_nearer_words_are_neighbours_more_often() -> None:
    generator = torch.Generator().manual_seed(1)
    ids = torch.zeros(20_000, dtype=torch.int32)
    text = Text(["a", "b"], torch.tensor([1, 1]), ids, ids, len(ids))
    reader = Reader(text, Word2VecConfig(window=4, subsample=0.0), 2, generator)
    near = torch.zeros(5)
    for blocks in reader.epoch(rows=50):
        pairs = blocks.window.sum(0)
        for distance in range(1, 5):
            near[distance] += pairs[reader.distance == distance].sum()
    shares = near[1:] / near[1]
    assert shares.tolist() == pytest.approx([1, 0.75, 0.5, 0.25], abs=0.02)


def test_frequent_words_are_left_out_at_times_and_noise_is_flattened() -> None:
    text = text_of(["a a a a a a a a b c"] * 1000)
    assert text.words[0] == "a"
    a, b, _ = text.keep_probabilities(1e-2).tolist()
    assert a == pytest.approx((0.01 / 0.8) ** 0.5 + 0.01 / 0.8)
    assert b == pytest.approx((0.01 / 0.1) ** 0.5 + 0.01 / 0.1)
    assert text.keep_probabilities(0.0).tolist() == [1, 1, 1]
    assert float(text.noise[0] / text.noise[1]) == pytest.approx(8**0.75)
    reader = Reader(text, Word2VecConfig(subsample=1e-2), 20, torch.Generator().manual_seed(1))
    seen, drawn = torch.zeros(3), torch.zeros(3)
    for blocks in reader.epoch(rows=30):
        there = blocks.window.amax(2) > 0
        seen += blocks.centre[there].bincount(minlength=3)
        drawn += blocks.noise.flatten().bincount(minlength=3)
    kept = text.frequencies * text.keep_probabilities(1e-2)
    assert (seen / seen.sum()).tolist() == pytest.approx((kept / kept.sum()).tolist(), abs=0.05)
    assert (drawn / drawn.sum()).tolist() == pytest.approx(text.noise.tolist(), abs=0.05)


@pytest.mark.parametrize("settings", [
    {}, {"subsample": 0.0}, {"negatives": 20}, {"window": 15}, {"learning_rate": 0.1},
])  # fmt: skip
@pytest.mark.parametrize("method", METHODS)
def test_few_words_that_come_often_do_not_grow_beyond_bounds(
    method: str, settings: dict[str, float]
) -> None:
    draw = random.Random(1)
    lines = [" ".join(draw.choices("abcde", k=10)) for _ in range(800)]
    vectors = learnt(text_of(lines), method=method, size=16, epochs=2, **settings)
    assert vectors.matrix.norm(dim=1).max() < 5


def test_words_that_repeat_get_smaller_batches() -> None:
    config = Word2VecConfig()
    paces = [Pace.of(config, repetition) for repetition in (1e-4, 1e-2, 0.1, 1.0)]
    assert [pace.rows for pace in paces] == sorted((pace.rows for pace in paces), reverse=True)
    assert paces[0].rate == config.rate > paces[-1].rate


def test_words_are_letters_and_digits_and_single_chinese_characters() -> None:
    found = running_words("Don't panic: the E-Mail_of 42 cafés—我们走。カナ x" + "\u2028y")
    wanted = ["Don't", "panic", "the", "E-Mail", "of", "42", "cafés", "我", "们", "走", "カ", "ナ"]
    assert found == [*wanted, "x", "y"]


def test_vectors_are_written_and_read_again(tmp_path: Path) -> None:
    matrix = torch.randn(3, 4) * torch.tensor([1.0, 1e-6, 1e6])[:, None]
    vectors = WordVectors(["▁der", "Straße", "我"], matrix)
    file = write_lines(tmp_path / "v.txt", list(vectors.lines()))
    again = WordVectors.load(file)
    assert again.words == vectors.words
    torch.testing.assert_close(again.matrix, matrix, rtol=1e-5, atol=0)
    packed = tmp_path / "v.txt.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert torch.equal(WordVectors.load(packed).matrix, again.matrix)


def test_gensim_reads_the_file_alike(mtkit: Command, planted_file: Path, tmp_path: Path) -> None:
    gensim = pytest.importorskip("gensim.models")
    out = tmp_path / "v.txt"
    assert mtkit("embed", planted_file, "--epochs", 2, "--out", out).code == 0
    theirs, ours = gensim.KeyedVectors.load_word2vec_format(str(out)), WordVectors.load(out)
    assert theirs.index_to_key == ours.words
    found = theirs.most_similar("one3", topn=5)
    assert [word for word, _ in found] == [word for word, _ in ours.neighbours("one3", 5)]


def test_questions_are_answered_from_a_file(mtkit: Command, small: Path) -> None:
    asked = mtkit(
        "embed", "--vectors", small, "--nearest", "man", "--nearest", "apple",
        "--analogy", "man", "king", "woman", "--top", 2,
    )  # fmt: skip
    assert asked.code == 0, asked.err
    rows = [line.split("│")[1].strip() for line in asked.out.splitlines() if line.startswith("│")]
    assert rows[0] == "king"
    assert rows[2] == "woman"
    assert rows[4] == "queen"
    assert len(rows) == 6
    assert "man is to king as woman is to" in asked.out
    assert f"next: mtkit embed --vectors {small} --nearest " in asked.err  # too small for a model


def test_the_command_learns_from_a_directory_from_files_and_from_stdin(
    mtkit: Command, planted_file: Path, tmp_path: Path
) -> None:
    lines = planted_file.read_text()
    folder, packed = tmp_path / "corpus", tmp_path / "text.gz"
    folder.mkdir()
    write_lines(folder / "train.en", lines.splitlines())
    write_lines(folder / "train.de", ["eins zwei"] * 9)
    packed.write_bytes(gzip.compress(lines.encode()))
    found = []
    for source in ([folder, "--language", "en"], [planted_file], [packed], []):
        out = tmp_path / "v.txt"
        said = mtkit(
            "embed", *source, "--out", out, "--epochs", 1, "--size", 12,
            stdin=b"" if source else lines.encode(),
        )  # fmt: skip
        assert said.code == 0, said.err
        assert said.out == ""
        assert "10,500 words, 79 different ones" in said.err
        assert f"79 vectors of 12 numbers: `{out}`" in said.err
        assert f"next: mtkit embed --vectors {out} --nearest word" in said.err
        found.append(out.read_text())
    assert len(set(found)) == 1
    assert found[0].startswith("79 12\n")


def test_capitals_can_be_ignored(mtkit: Command, tmp_path: Path) -> None:
    text = write_lines(tmp_path / "a.txt", ["The the cat Cat"] * 5)
    out = tmp_path / "v.txt"
    assert mtkit("embed", text, "--lowercase", "--out", out, "--epochs", 1).code == 0
    assert WordVectors.load(out).words == ["the", "cat"]


def test_training_starts_from_learnt_vectors_of_pieces(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    sides = [toy_corpus / "train.en", toy_corpus / "train.de"]
    tokenizer, vectors, run = (tmp_path / name for name in ("tok.model", "v.txt", "run"))
    assert mtkit("tokenize", "--fit", *sides, "--out", tokenizer, "--vocab-size", 40).code == 0
    said = mtkit(
        "embed", *sides, "--tokenizer", tokenizer, "--size", 64, "--epochs", 1, "--out", vectors,
        "--nearest", "e",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "pieces" in said.err
    assert f"next: mtkit embed --vectors {vectors} --nearest " in said.err
    trained = mtkit(
        "train", toy_corpus, "--pair", "en-de", "--tokenizer", tokenizer, *TOY_SIZES[2:],
        "--init-embeddings", vectors, "--max-steps", 2, "--out", run,
    )  # fmt: skip
    assert trained.code == 0, trained.err
    count = len(WordVectors.load(vectors).words)
    assert count > 20
    assert f"{count} of 40 embeddings are those of `{vectors}`" in trained.err


def test_the_words_are_drawn_and_the_asked_ones_are_bold(
    mtkit: Command, small: Path, tmp_path: Path
) -> None:
    png, svg = tmp_path / "w.png", tmp_path / "w.SVG"
    for out in (png, svg):
        drawn = mtkit("embed", "--vectors", small, "--plot", out, "--nearest", "man", "--top", 1)
        assert drawn.code == 0, drawn.err
        assert f"6 words, 6 of them with their names, are in `{out}`" in drawn.err
    assert png.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert xml.etree.ElementTree.parse(svg).getroot().tag.endswith("}svg")
    assert "next: mtkit embed --vectors" in mtkit("embed", "--vectors", small, "--plot", png).err


def test_names_never_cover_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def watched(axes, points, bold, fonts):  # type: ignore[no-untyped-def]
        count = placed(axes, points, bold, fonts)
        seen.extend(text.get_window_extent() for text in axes.texts)
        return count

    from mtkit.scatter import place_names as placed

    monkeypatch.setattr("mtkit.scatter.place_names", watched)
    words = [f"$word_{n}$" for n in range(400)]
    drawn = write_map(tmp_path / "w.png", WordVectors(words, torch.randn(400, 8)))
    assert drawn.points == 300
    assert 50 < drawn.named == len(seen) < 300
    assert not any(box.count_overlaps(seen[:row]) for row, box in enumerate(seen))


def test_what_no_font_can_write_is_a_point_and_said_once(
    mtkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.font_manager import fontManager

    with_matplotlib = ("DejaVu", "Last Resort")  # the second has a box for every character
    fonts = [font for font in fontManager.ttflist if font.name.startswith(with_matplotlib)]
    monkeypatch.setattr(fontManager, "ttflist", fonts)
    rows = ["我们 1 2", "走 2 1", "go 1 1"]
    file = write_lines(tmp_path / "v.txt", ["3 2", *rows])
    drawn = mtkit("embed", "--vectors", file, "--plot", tmp_path / "w.png")
    assert drawn.code == 0, drawn.err
    assert "3 words, 1 of them with their names" in drawn.err
    assert drawn.err.count("warning: no font here has the characters of 2 words") == 1


def test_the_plane_shows_the_largest_spread() -> None:
    rows = torch.tensor([[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0], [0, -1.0, 0.0], [0.6, 0.0, 0.8]])
    points, shares = WordVectors(list("abcde"), rows).plane([0, 1, 2, 3])
    assert shares == pytest.approx((0.5, 0.5))
    assert (points[0] + points[1]).abs().max() < 1e-5
    one, _ = WordVectors(["a", "b"], torch.tensor([[1.0], [-2.0]])).plane([0, 1])
    assert one.shape == (2, 2)


BAD_VECTORS = [
    ([], "line 1: not `number-of-words size`"),
    (["the 1 2 3"], "line 1: not `number-of-words size`"),
    (["1 0", "the"], "line 1: vectors of 0 numbers"),
    (["1 3"], "line 2: no vectors"),
    (["2 3", "the 1 2 3", "cat 1 2"], "line 3: 2 numbers, not 3"),
    (["1 3", "the 1 x 3"], "line 2: could not convert"),
    (["1 3", "the 1 nan 3"], "line 2: a number that is not finite"),
    (["3 2", "the 1 2", "cat 1 2"], "line 3: the end, after 2 of 3 words"),
]


@pytest.mark.parametrize(("lines", "message"), BAD_VECTORS)
def test_a_malformed_file_of_vectors_is_named_with_its_line(
    mtkit: Command, tmp_path: Path, lines: list[str], message: str
) -> None:
    file = write_lines(tmp_path / "v.txt", lines)
    asked = mtkit("embed", "--vectors", file, "--nearest", "the")
    assert_refused(asked, f"`{file}`, {message}", "word2vec's text format")


def test_an_unknown_word_gets_similar_ones(
    mtkit: Command, small: Path, planted_file: Path, tmp_path: Path
) -> None:
    ask = ("embed", "--vectors", small)
    assert_refused(mtkit(*ask, "--nearest", "quen"), "no vector for `quen`", "mean `queen`?")
    assert_refused(mtkit(*ask, "--nearest", "KING"), "no vector for `KING`", "mean `king`?")
    assert_refused(mtkit(*ask, "--nearest", "Apfel"), "most frequent words are `king`, `man`")
    assert_refused(mtkit(*ask, "--analogy", "king", "appel", "man"), "did you mean `apple`?")
    out = tmp_path / "v.txt"
    early = mtkit("embed", planted_file, "--nearest", "one99", "--out", out)
    assert_refused(early, "no vector for `one99`", "did you mean `one")
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "options", "parts"),
    [
        (b"", [], ["there is no word in", "give a file with text"]),
        (b"... !?\n", [], ["there is no word in"]),
        (b"one two three\n", [], ["is too small: 0 words come 5 times"]),
        (b"one\ntwo\n" * 9, [], ["no two words in a line"]),
        (b"one two\n\xff\n", [], ["line 2: not UTF-8"]),
        (b"one two\n" * 9, ["--size", "0"], ["--size 0 is out of range"]),
        (b"one two\n" * 9, ["--seed", "-1"], ["--seed -1 is out of range"]),
        (b"one two\n" * 9, ["--learning-rate", "nan"], ["--learning-rate nan is out of range"]),
        (b"one two\n" * 9, ["--language", "en"], ["--language chooses a side of a directory"]),
        (b"one two\n" * 9, ["--tokenizer", "/nowhere"], ["`/nowhere` cannot be read"]),
        (b"one two\n" * 9, ["--out", "/nowhere/v.txt"], ["`/nowhere/v.txt` cannot be written"]),
        (b"one two\n" * 9, ["--out", "/dev/full"], ["`/dev/full` cannot be written"]),
        (b"one two\n" * 9, ["--plot", "w.pdf"], ["`w.pdf`", ".png or .svg"]),
    ],
)
def test_a_text_or_a_setting_that_cannot_work(
    mtkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    content: bytes, options: list[str], parts: list[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_bytes(content)
    refused = mtkit("embed", "text.txt", *options)
    assert_refused(refused, *parts)
    assert [path.name for path in tmp_path.iterdir()] == ["text.txt"]


def test_files_that_are_not_there(mtkit: Command, tmp_path: Path) -> None:
    assert_refused(mtkit("embed", tmp_path / "no.txt"), "no.txt` cannot be read")
    asked = mtkit("embed", "--vectors", tmp_path / "no.txt", "--nearest", "a")
    assert_refused(asked, "no.txt` cannot be read")
    assert_refused(mtkit("embed", tmp_path), "holds no train set")


def test_a_directory_of_several_languages_needs_one_named(mtkit: Command, tmp_path: Path) -> None:
    out = tmp_path / "v.txt"
    several = mtkit("embed", everyday(), "--out", out)
    assert_refused(several, "more than one language", "--language de or en or zh")
    assert_refused(mtkit("embed", everyday(), "--language", "fr"), "no language `fr`")


def test_a_picture_that_cannot_be_written(mtkit: Command, small: Path, tmp_path: Path) -> None:
    ask = ("embed", "--vectors", small, "--plot")
    assert_refused(mtkit(*ask, tmp_path / "no" / "w.png"), "w.png` cannot be written")


def test_without_matplotlib_nothing_is_learnt(
    mtkit: Command, planted_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    out = tmp_path / "v.txt"
    refused = mtkit("embed", planted_file, "--out", out, "--plot", tmp_path / "w.png")
    assert_refused(refused, "hint: type: pip install 'mtkit[plot]'")
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--vectors", "v.txt"],
        ["--vectors", "v.txt", "--nearest", "a", "--epochs", "3"],
        ["text.txt", "--vectors", "v.txt", "--nearest", "a"],
        ["text.txt", "--analogy", "a", "b"],
        ["text.txt", "--method", "glove"],
        ["text.txt", "--top", "0"],
    ],
)
def test_wrong_usage(mtkit: Command, arguments: list[str]) -> None:
    assert mtkit("embed", *arguments).code == 2


def test_vectors_that_grow_without_end_are_an_error_and_the_old_ones_stay(
    mtkit: Command, planted_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mtkit.word2vec.model.WORD_MOVE", 1e9)
    old = write_lines(tmp_path / "v.txt", ["old"])
    failed = mtkit("embed", planted_file, "--learning-rate", 1e9, "--out", old)
    assert_refused(failed, "grew beyond all bounds", "try --learning-rate ")
    assert old.read_text() == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["v.txt"]


def test_a_rate_that_is_lowered_is_said(mtkit: Command, tmp_path: Path) -> None:
    text = write_lines(tmp_path / "a.txt", ["a b a b a a b b"] * 50)
    said = mtkit("embed", text, "--epochs", 1, "--out", tmp_path / "v.txt")
    assert said.code == 0, said.err
    assert "the learning rate is lowered from 0.025 to 0.0" in said.err


@pytest.mark.parametrize(
    ("lines", "options", "told"),
    [
        (60, [], "hardly other than at the beginning"),
        (1000, [], "all vectors are much alike: the mean cosine of two words is"),
        (1000, ["--method", "cbow"], "all vectors are much alike"),
        (1000, ["--epochs", 50], ""),
        (6000, [], ""),
    ],
)
def test_vectors_of_too_little_text_are_told(
    mtkit: Command, tmp_path: Path, lines: int, options: list[object], told: str
) -> None:
    text = write_lines(tmp_path / "a.txt", read_lines(everyday() / "train.en")[:lines])
    said = mtkit("embed", text, *options, "--out", tmp_path / "v.txt")
    assert said.code == 0, said.err
    assert told in said.err
    assert ("more --epochs" in said.err) == bool(told)


def test_help_tells_the_defaults_and_has_examples() -> None:
    command = [sys.executable, "-c", "from mtkit.cli import main; main()", "embed", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True)
    assert shown.returncode == 0
    assert shown.stdout.count("mtkit embed") >= 3
    assert "(skip-gram)" in " ".join(shown.stdout.split())
