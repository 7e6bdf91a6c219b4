"""`mtkit explain`: what a model looks at, what was in its beam, and how that is shown."""

from __future__ import annotations

import html
import json
import math
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from conftest import TOY_SIZES, Command
from rich.cells import cell_len
from test_bad_input import assert_refused
from test_laws import CONFIGS, every_architecture, make_model, sentences
from torch import Tensor, nn

from mtkit.card import ModelCard, TokenizerCard
from mtkit.checkpoint import load_card, load_model, load_tokenizer, save_model
from mtkit.config import BOS, EOS, PAD, LSTMConfig, ModelConfig, SearchConfig, TransformerConfig
from mtkit.explainer import explain, nearest
from mtkit.explanation import Explanation
from mtkit.heatmaps import heat_maps
from mtkit.models import build_model, log_probabilities
from mtkit.models.attention import CrossAttention, SelfAttention, join_heads, split_heads
from mtkit.search import Node, Recorder, beam_search, beam_tree
from mtkit.tokenizer import Tokenizer
from mtkit.translator import Translator

SENTENCE = "one seven three two."
CHINESE = ["我们的朋友", "今天去图书馆", "看书。"]
transformers = pytest.mark.parametrize(
    "config", [c for c in CONFIGS.values() if isinstance(c, TransformerConfig)]
)


# Attention


@every_architecture
def test_each_row_of_attention_sums_to_one_and_leaves_out_padding(config: ModelConfig) -> None:
    model, source, target = make_model(config), sentences(5, 9, 3), sentences(7, 4, 6)
    found = model.attention_weights(source, target)
    transformer = isinstance(config, TransformerConfig)
    assert list(found) == (
        ["cross", "encoder", "decoder"] if transformer else ["cross"] * model.aligns
    )
    for kind, layers in found.items():
        count = config.encoder_layers if kind == "encoder" else config.decoder_layers
        assert len(layers) == (count if transformer else 1)
        for weights in layers:
            rows, columns = (source if kind == "encoder" else target), source
            heads = config.heads if isinstance(config, TransformerConfig) else 1
            columns = target if kind == "decoder" else columns
            assert weights.shape == (3, heads, rows.size(1), columns.size(1))
            assert (weights.sum(-1) - 1).abs().max() < 1e-12
            if kind == "decoder":
                assert not weights.triu(1).any()
            else:
                hidden = (columns == PAD)[:, None, None].expand_as(weights)
                assert not weights[hidden].any()


@every_architecture
def test_the_alignment_is_the_mean_over_the_heads_of_the_layer_that_aligns(
    config: ModelConfig,
) -> None:
    model, source, target = make_model(config), sentences(5, 9, 3), sentences(7, 4, 6)
    if model.aligns:
        layer = model.attention_weights(source, target)["cross"][model.aligning_layer]
        assert (layer.mean(1) - model.alignment(source, target)).abs().max() < 1e-12


@transformers
def test_recorded_weights_times_values_are_what_the_layer_says(config: TransformerConfig) -> None:
    model, source, target = make_model(config), sentences(5, 9, 3), sentences(7, 4, 6)
    outputs: dict[str, Tensor] = {}
    values: dict[str, Tensor] = {}

    def remember(name: str) -> object:
        def hook(module: nn.Module, seen: tuple[Tensor, ...], output: object) -> None:
            if isinstance(module, SelfAttention):
                outputs[name], present = output  # type: ignore[misc]
                values[name] = split_heads(present.transpose(0, 1).chunk(2, -1)[1], module.heads)
            else:
                outputs[name], values[name] = output, seen[2]  # type: ignore[assignment]

        return hook

    attentions = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, SelfAttention | CrossAttention)
    }
    for name, module in attentions.items():
        module.register_forward_hook(remember(name))  # type: ignore[arg-type]
    found = model.attention_weights(source, target)
    for name, module in attentions.items():
        kind = "cross" if "cross" in name else name.split(".")[0]
        weights = found[kind][int(name.split(".")[2])]
        said = module.out(join_heads(weights @ values[name]))  # type: ignore[operator]
        assert (said - outputs[name]).abs().max() < 1e-12
    assert len(attentions) == config.encoder_layers + 2 * config.decoder_layers


def test_weights_with_a_past_are_the_last_rows_of_those_without() -> None:
    attention = make_model(CONFIGS["pre-norm Transformer"]).decoder.blocks[0].self_attention  # type: ignore[union-attr, index]
    x = torch.randn(2, 6, 16, dtype=torch.float64)
    _, present = attention(x, None, True)
    alone = attention.weights(x[:, 5:], None, False, present.clone())
    assert (alone - attention.weights(x, None, True)[:, :, 5:]).abs().max() < 1e-12


def test_nothing_is_left_watching_a_model() -> None:
    model = make_model(CONFIGS["post-norm Transformer"])
    model.attention_weights(sentences(5), sentences(4))
    model.alignment(sentences(5), sentences(4))
    assert not any(module._forward_hooks for module in model.modules())


# The beam


def watched(config: ModelConfig, length: int, search: SearchConfig) -> tuple[Recorder, list]:  # type: ignore[type-arg]
    recorder = Recorder(5)
    model, source = make_model(config), sentences(length)
    [found] = beam_search(model, source, search, 40, recorder=recorder)
    return recorder, found


@every_architecture
def test_a_recorder_does_not_change_what_is_found(config: ModelConfig) -> None:
    model = make_model(config)
    for length, beam in ((3, 1), (7, 3), (12, 8)):
        search = SearchConfig(beam_size=beam, n_best=beam)
        source = sentences(length)
        alone = beam_search(model, source, search, 40)
        assert beam_search(model, source, search, 40, recorder=Recorder(4)) == alone


@every_architecture
def test_recorded_scores_and_candidates_are_the_model_s(config: ModelConfig) -> None:
    recorder, _ = watched(config, 6, SearchConfig(beam_size=3))
    model, source = make_model(config), sentences(6)
    for step, beam in enumerate(recorder.beams):
        for held in beam:
            assert len(held.tokens) == step
            target = torch.tensor([[BOS, *held.tokens]])
            [words] = log_probabilities(model(source, target))
            told = sum(float(words[t, token]) for t, token in enumerate(held.tokens))
            assert held.score == pytest.approx(told, abs=1e-4)  # search adds up in float32
            for token, value in held.candidates:
                assert value == pytest.approx(float(words[-1, token]), abs=1e-9)
            values = [value for _, value in held.candidates]
            assert values == sorted(values, reverse=True)


def ways(tree: Node) -> list[tuple[Node, tuple[int, ...]]]:
    """Each node, and all that is said from the root to its end, without BOS."""
    found: list[tuple[Node, tuple[int, ...]]] = []
    for node, parent in tree.walk():
        before = (BOS,) if parent is None else (BOS, *found[parent][1])
        said = (*before, *node.tokens) if parent is not None else tuple(node.tokens)
        found.append((node, said[1:]))
    return found


@every_architecture
@pytest.mark.parametrize("beam", [1, 4])
def test_the_tree_holds_all_of_the_beam_and_nothing_else(config: ModelConfig, beam: int) -> None:
    recorder, found = watched(config, 8, SearchConfig(beam_size=beam, n_best=beam))
    ends = ways(beam_tree(recorder))
    leaves = [(node, said) for node, said in ends if not node.children]
    ended = sorted((node.rank, said, node.ended) for node, said in leaves if node.ended is not None)
    assert [rank for rank, _, _ in ended] == list(range(1, len(recorder.ended) + 1))
    assert [end for _, _, end in ended][: len(found)] == found
    assert all(said == (*end.tokens, EOS) for _, said, end in ended)
    held = [{one.tokens: one for one in beam} for beam in recorder.beams]
    for node, said in leaves:
        if node.ended is None:
            assert node.pruned == len(said) + 1
            assert held[len(said)][said].score == node.score
            later = held[len(said) + 1] if len(said) + 1 < len(held) else {}
            assert not any(tokens[:-1] == said for tokens in later)
    every = [said for _, said in leaves]
    for one in (one for beam in held for one in beam):
        assert any(said[: len(one)] == one for said in every)
    assert all(len(node.children) != 1 for node, _ in ends)
    assert all(node.pruned is None for node, _ in ends if node.children or node.ended)


def test_the_way_to_the_best_end_comes_first() -> None:
    recorder, [best, *_] = watched(CONFIGS["LSTM"], 8, SearchConfig(beam_size=4))
    node, said = beam_tree(recorder), []
    said += node.tokens
    while node.children:
        node = node.children[0]
        said += node.tokens
    assert said == [BOS, *best.tokens, EOS]


# The explanation


def test_neighbours_are_those_of_brute_force() -> None:
    torch.manual_seed(1)
    embedding = torch.randn(30, 6)

    def cosine(a: int, b: int) -> float:
        one, other = embedding[a].tolist(), embedding[b].tolist()
        return (
            sum(x * y for x, y in zip(one, other, strict=True))
            / math.hypot(*one)
            / math.hypot(*other)
        )

    ids = [7, EOS, 29, 7]
    for token, found in zip(ids, nearest(embedding, ids, 4), strict=True):
        others = sorted((n for n in range(4, 30) if n != token), key=lambda n: -cosine(token, n))
        assert [n for n, _ in found] == others[:4]
        assert [value for _, value in found] == pytest.approx(
            [cosine(token, n) for n in others[:4]], abs=1e-5
        )
    [all_of_them, unknown] = nearest(embedding, [7, 3], 99)
    assert len(all_of_them) == 25
    assert unknown == []
    assert nearest(embedding, [7], 0) == [[]]


@pytest.fixture(scope="module")
def explained(toy_run: Path) -> Explanation:
    return explain(Translator.load(toy_run, SearchConfig(beam_size=3)), SENTENCE)


def test_an_explanation_is_of_what_translate_says(toy_run: Path, explained: Explanation) -> None:
    search = SearchConfig(beam_size=3)
    [same] = Translator.load(toy_run, search).translate([SENTENCE])
    [output] = same.outputs
    assert (explained.translation, explained.score) == (output.text, output.score)
    assert explained.target == [piece for piece, _ in output.tokens]
    for step, (piece, value) in zip(explained.steps, output.tokens, strict=True):
        [chosen] = [candidate for candidate in step if candidate.chosen]
        assert (chosen.piece, chosen.probability) == (piece, pytest.approx(math.exp(value)))
        assert [c.rank for c in step] == sorted({c.rank for c in step})
        assert len(step) == 5
    model, tokenizer, _ = load_model(toy_run)
    assert [piece.id for piece in explained.source] == [*tokenizer.encode(SENTENCE), EOS]
    assert explained.embedding == tuple(model.embedding.weight.shape)


def test_a_chosen_piece_is_shown_however_unlikely_it_was(toy_run: Path) -> None:
    translator = Translator.load(toy_run, SearchConfig(beam_size=8))
    found = explain(translator, "zero zero zero zero", candidates=1)
    for step in found.steps:
        assert sum(candidate.chosen for candidate in step) == 1
        assert len(step) <= 2
        assert step[0].rank == 1


def test_words_share_what_their_pieces_looked_at(explained: Explanation) -> None:
    weights = explained.attention["cross"][explained.aligning].mean(0)
    words = "".join(explained.target[:-1]).replace("▁", " ").split()
    assert [word for word, _ in explained.words] == [*words, "</s>"]
    assert all(
        sum(look.share for look in looks) == pytest.approx(1) for _, looks in explained.words
    )
    end = {look.number: look.share for look in explained.words[-1][1]}
    last = len(end) - 1
    assert end[last] == pytest.approx(float(weights[-1, -1]))
    for word, looks in explained.words[:-2]:  # a toy of words one by one
        english = {"eins": "one", "sieben": "seven", "drei": "three", "zwei": "two."}
        assert looks[0].word == english.get(word, word)


def test_only_the_first_of_several_sentences_is_explained(mtkit: Command, toy_run: Path) -> None:
    found = mtkit("explain", "--model", toy_run, "One two. Three four. Five.")
    assert found.code == 0
    assert "warning: the line has 3 sentences: this is the first one" in found.err
    assert re.search(r"^source +One two\.$", found.out, re.M)


def test_of_a_sentence_longer_than_the_model_the_first_part_is_explained(
    mtkit: Command, toy_run: Path
) -> None:
    found = mtkit("explain", "--model", toy_run, "one two three " * 150, "--beam-size", 1)
    assert found.code == 0
    assert "warning: the sentence is longer than the model can take" in found.err
    assert max(map(cell_len, found.out.splitlines())) <= 80


def test_the_tag_of_a_model_stands_before_the_source(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    run = tmp_path / "tagged"
    data = "--data", f"{toy_corpus}:1:news", "--data", f"{toy_corpus}:1:talk"
    trained = mtkit("train", *data, "--pair", "en-de", "--out", run, *TOY_SIZES,
                    "--max-steps", 2, "--validate-every", 2)  # fmt: skip
    assert trained.code == 0, trained.err
    for options, tag in (((), "<news>"), (("--tag", "talk"), "<talk>")):
        found = json.loads(mtkit("explain", "--model", run, "--json", SENTENCE, *options).out)
        assert found["source"][0]["text"] == tag
        assert len(found["attention"]["cross"][0][0][0]) == len(found["source"])
        assert {look["word"] for look in found["words"][0]["looks"]} >= {tag, "one", "</s>"}


# What is shown


def test_the_page_has_its_parts_in_order_and_fits_80_columns(mtkit: Command, toy_run: Path) -> None:
    found = mtkit("explain", "--model", toy_run, SENTENCE)
    assert found.code == 0
    lines = found.out.splitlines()
    assert max(map(cell_len, lines)) <= 80
    titles = [line for line in lines if re.match(r"\d\. ", line)]
    assert [title[0] for title in titles] == ["1", "2", "3", "4", "5"]
    assert "eins sieben drei zwei." in found.out
    assert "one-hot vector" in found.out
    assert re.search(r"layer 1, mean of 4 heads", found.out)
    assert re.search(r"██ from 0\.7", found.out)
    steps = found.out[found.out.index("\n3. ") : found.out.index("\n4. ")]
    assert len(re.findall(r"\*\S+ <?\d+\.\d%", steps)) == len(re.findall(r"^ +\d+  ", steps, re.M))
    assert len(re.findall(r"ended .*, rank 1 \*$", found.out, re.M)) == 1
    assert "pruned at" in found.out
    assert f"next: mtkit explain --model {toy_run} --html" in found.err
    assert "\x1b" not in found.out


def test_a_heat_map_shows_the_weights_in_shades(mtkit: Command, toy_run: Path) -> None:
    options = "--kind", "encoder", "--layer", 2, "--head", 3
    found = mtkit("explain", "--model", toy_run, SENTENCE, *options)
    everything = json.loads(mtkit("explain", "--model", toy_run, SENTENCE, "--json").out)
    weights = everything["attention"]["encoder"][1][2]
    pieces = [piece["text"] for piece in everything["source"]]
    block = found.out[found.out.index("layer 2, head 3") :].splitlines()
    rows = [line for line in block[1:] if re.match(r" *\d+ [ ░▒▓█]{2}", line)][: len(pieces)]
    for number, (row, values, piece) in enumerate(zip(rows, weights, pieces, strict=True), 1):
        shades = [sum(value >= least for least in (0.05, 0.2, 0.4, 0.7)) for value in values]
        cells = "".join(2 * " ░▒▓█"[shade] for shade in shades)
        assert row == f"{number:>3} {cells} {piece}"


@pytest.mark.parametrize(
    ("options", "titles"),
    [
        (["--layer", "all"], ["layer 1, mean of 4 heads", "layer 2, mean of 4 heads"]),
        (["--head", "all"], [f"layer 1, head {head}" for head in (1, 2, 3, 4)]),
        (["--kind", "decoder", "--head", "2"], ["layer 2, head 2"]),
        (["--kind", "encoder", "--layer", "1", "--head", "mean"], ["layer 1, mean of 4 heads"]),
    ],
)
def test_layers_and_heads_are_chosen(
    mtkit: Command, toy_run: Path, options: list[str], titles: list[str]
) -> None:
    found = mtkit("explain", "--model", toy_run, SENTENCE, *options)
    assert [line for line in found.out.splitlines() if line.startswith("layer ")] == titles


def test_everything_is_one_json_object(mtkit: Command, toy_run: Path) -> None:
    found = mtkit("explain", "--model", toy_run, SENTENCE, "--json")
    everything = json.loads(found.out)
    assert set(everything) == {
        "text", "translation", "score", "source", "target", "embedding", "attention", "aligning",
        "steps", "beam_size", "beam", "words", "parts", "cut",
    }  # fmt: skip
    assert set(everything["attention"]) == {"cross", "encoder", "decoder"}
    first, *rest = everything["beam"]
    assert first["parent"] is None
    assert all(branch["parent"] < number for number, branch in enumerate(rest, 1))
    [winner] = [branch for branch in rest if branch["rank"] == 1]
    assert winner["score"] == everything["score"]


@pytest.fixture(scope="module")
def chinese_run(toy_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights, of English to Chinese."""
    tokenizer = Tokenizer.fit([*CHINESE, "our friends went to the library today"], 99, "char")
    seen = TokenizerCard("char", tokenizer.vocab_size, tokenizer.sha256)
    card = replace(load_card(toy_run), target_language="zh", tokenizer=seen)
    config = replace(card.model, vocab_size=tokenizer.vocab_size, max_positions=120)
    return saved(tmp_path_factory.mktemp("chinese"), replace(card, model=config), tokenizer)


def saved(folder: Path, card: ModelCard, tokenizer: Tokenizer) -> Path:
    """A model directory whose weights are random."""
    torch.manual_seed(2)
    save_model(folder, card, tokenizer, build_model(card.model).state_dict())
    return folder


def test_chinese_characters_keep_their_width(mtkit: Command, chinese_run: Path) -> None:
    found = mtkit("explain", "--model", chinese_run, "our books.", "--neighbours", 9)
    assert found.code == 0, found.err
    assert re.search("[\u4e00-\u9fff]", found.out)
    assert max(map(cell_len, found.out.splitlines())) <= 80
    steps = found.out[found.out.index("3. ") : found.out.index("4. ")].splitlines()[3:]
    columns = [
        {cell_len(line[: m.start()]) for m in re.finditer(r"(?<=  )\S", line)} for line in steps
    ]
    shared = set.intersection(*(found for found in columns[:-2] if found))
    assert len(shared) >= 3  # candidates stand below each other


def test_a_very_long_tree_is_cut_on_a_terminal_and_whole_in_the_page(
    mtkit: Command, chinese_run: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    long = ["--beam-size", "12", "our friends " * 8]
    found = mtkit("explain", "--model", chinese_run, *long, "--html", page)
    assert found.code == 0, found.err
    text = html.unescape(re.sub(r"<[^>]+>", "", page.read_text()))
    shown, whole = (all_of[all_of.index("4. ") : all_of.index("5. ")].splitlines()
                    for all_of in (found.out, text))  # fmt: skip
    [left_out] = [int(n) for n in re.findall(r"\.\.\. (\d+) lines more", "\n".join(shown))]
    bullets = [sum("●" in line for line in lines) for lines in (shown, whole)]
    assert len(shown) <= 90
    assert left_out > 0
    assert bullets[0] < bullets[1]
    assert "lines more" not in text


def test_what_is_written_is_text_and_no_mark_up(
    mtkit: Command, chinese_run: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    sentence = "<script>alert('our') {books} & [bold]:cat:[/bold] $x$</script>"
    found = mtkit("explain", "--model", chinese_run, sentence, "--html", page)
    assert found.code == 0, found.err
    assert "[bold]:cat:[/bold]" in found.out
    text = page.read_text()
    assert "<script" not in text
    assert "&lt;script&gt;alert(" in text
    assert "{books} & [bold]:cat:[/bold] $x$" in html.unescape(re.sub(r"<[^>]+>", "", text))
    assert not re.search(r"(src|href)=|@import|url\(", text)
    assert "layer 2, head 4" in text
    assert f"the page is `{page}`" in found.err
    assert "next: mtkit translate" in found.err


def test_a_page_of_chosen_heads_has_no_others(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    page = tmp_path / "page.HTM"
    mtkit("explain", "--model", toy_run, SENTENCE, "--html", page, "--layer", 2, "--head", 3)
    titles = re.findall(r"layer \d, [\w ]+", page.read_text())
    assert set(titles) == {"layer 2, head 3"}


def test_a_picture_has_a_heat_map_for_each_layer_and_head(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    figures = []
    from mtkit import heatmaps, plot

    def keep(figure, path):  # type: ignore[no-untyped-def]
        figures.append(figure)
        plot.save_picture(figure, path)

    monkeypatch.setattr(heatmaps, "save_picture", keep)
    found = mtkit("explain", "--model", toy_run, "one $two$ three.", "--png", tmp_path / "a.png")
    assert found.code == 0, found.err
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    *maps, _ = figures[0].axes  # the last is the scale
    assert [axes.get_title() for axes in maps] == [
        f"layer {layer}, head {head}" for layer in (1, 2) for head in (1, 2, 3, 4)
    ]
    everything = json.loads(mtkit("explain", "--model", toy_run, "one $two$ three.", "--json").out)
    shown = torch.tensor(maps[5].get_images()[0].get_array().tolist())
    assert torch.allclose(shown, torch.tensor(everything["attention"]["cross"][1][1]))
    labels = [label.get_text() for label in maps[4].get_yticklabels()]
    assert labels == [f"{n} {piece}" for n, piece in enumerate(everything["target"], 1)]


def test_pieces_that_no_font_has_are_named(
    mtkit: Command, chinese_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = pytest.importorskip("matplotlib.font_manager")
    monkeypatch.setattr(manager.fontManager, "ttflist", [])
    options = "--model", chinese_run, "我们 books", "--png", tmp_path / "a.png", "--kind", "encoder"
    found = mtkit("explain", *options)
    assert found.code == 0, found.err
    assert re.search(r"warning: no font of this machine has .* of 2 pieces \(我, 们\)", found.err)
    assert (tmp_path / "a.png").exists()


# Other architectures


@pytest.fixture(scope="module", params=["lstm", "lstm-attention"])
def recurrent(
    request: pytest.FixtureRequest, toy_run: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """An architecture, and a model of it with random weights."""
    card = load_card(toy_run)
    config = LSTMConfig(request.param, card.model.vocab_size, 16, max_positions=40)
    folder = tmp_path_factory.mktemp("recurrent")
    return request.param, saved(folder, replace(card, model=config), load_tokenizer(toy_run, card))


def test_every_architecture_shows_what_it_has(
    mtkit: Command, recurrent: tuple[str, Path], tmp_path: Path
) -> None:
    architecture, run = recurrent
    found = mtkit("explain", "--model", run, SENTENCE, "--html", tmp_path / "page.html")
    assert found.code == 0, found.err
    assert max(map(cell_len, found.out.splitlines())) <= 80
    assert [line[0] for line in found.out.splitlines() if re.match(r"\d\. ", line)] == [*"12345"]
    assert "ended" in found.out
    titles = [line for line in found.out.splitlines() if line.startswith("layer ")]
    if architecture == "lstm":
        assert titles == []
        assert "This model has no attention, nothing to look at" in found.out
    else:
        assert titles == ["layer 1"]
        assert "one attention, of one layer and one head" in found.out


def test_what_an_lstm_does_not_have_is_refused(
    mtkit: Command, recurrent: tuple[str, Path], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    architecture, run = recurrent
    alike = [["--kind", "encoder"], ["--kind", "decoder"]]
    picture = ["--png", tmp_path / "a.png"]
    said = "no self-attention in its" if architecture == "lstm-attention" else "no attention"
    for options in alike:
        assert_refused(mtkit("explain", "--model", run, SENTENCE, *options), said, "--arch")
    if architecture == "lstm":
        for options in (["--layer", "1"], ["--head", "mean"], picture):
            assert_refused(mtkit("explain", "--model", run, SENTENCE, *options), said, "--arch")
        assert not (tmp_path / "a.png").exists()
    else:
        assert mtkit("explain", "--model", run, SENTENCE, *picture).code == 0
        other = mtkit("explain", "--model", run, SENTENCE, "--head", "2")
        assert_refused(other, "--head 2: the model has 1 head of cross-attention")


# What a user can get wrong


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        ([""], ["there is no sentence to explain", 'mtkit explain "']),
        ([" \t\n"], ["there is no sentence to explain"]),
        (["one.", "--layer", "3"], ["--layer 3: the model has 2 layers of cr", "1 to 2, or all"]),
        (["one.", "--layer", "0"], ["--layer 0", "has 2 layers"]),
        (["one.", "--layer", "mean"], ["--layer mean", "has 2 layers"]),
        (["one.", "--head", "5"], ["--head 5: the model has 4 heads", "1 to 4, or all or mean"]),
        (["one.", "--head", "-1"], ["--head -1"]),
        (["one.", "--head", "first", "--kind", "encoder"], ["4 heads of self-attention of"]),
        (["one.", "--html", "page.txt"], ["--html does not write `page.txt`", ".html or .htm"]),
        (["one.", "--png", "page.svg"], ["--png does not write `page.svg`", ".png"]),
        (["one.", "--html", "/nowhere/page.html"], ["/nowhere/page.html", "cannot be written"]),
        (["one.", "--png", "/dev/null/a.png"], ["/dev/null/a.png", "cannot be written"]),
        (["one.", "--beam-size", "0"], ["--beam-size"]),
        (["one.", "--device", "toaster"], ["no device `toaster`"]),
        (["one.", "--tag", "news"], ["no tag `news`"]),
        (["one \udcff."], ["`argument`, line 1: not UTF-8"]),
    ],
)  # fmt: skip
def test_mistakes(
    mtkit: Command,
    toy_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    parts: list[str],
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    assert_refused(mtkit("explain", "--model", toy_run, *arguments), *parts)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [[], ["one.", "--kind", "self"], ["one.", "two."], ["one.", "--candidates", "0"],
     ["one.", "--neighbours", "-1"]],
)  # fmt: skip
def test_wrong_usage(mtkit: Command, arguments: list[str]) -> None:
    assert mtkit("explain", *arguments).code == 2


def test_without_a_model_there_is_one_error(
    mtkit: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_refused(mtkit("explain", "one."), "no trained model in `runs`")
    assert_refused(mtkit("explain", "one.", "--model", "runs/none"), "runs/none")


def test_without_matplotlib_only_the_picture_is_refused(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    found = mtkit("explain", "--model", toy_run, "one.", "--png", tmp_path / "a.png")
    assert_refused(found, "a picture needs matplotlib", "pip install 'mtkit[plot]'")
    assert mtkit("explain", "--model", toy_run, "one.").code == 0


def test_a_model_of_no_numbers_is_one_error(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(toy_run, tmp_path / "spoilt"))
    model, tokenizer, card = load_model(run)
    spoilt = {name: weights * math.nan for name, weights in model.state_dict().items()}
    save_model(run, card, tokenizer, spoilt)
    assert_refused(mtkit("explain", "--model", run, "one."), "the model says nothing")


def test_heat_maps_of_an_explanation_are_found_from_python(explained: Explanation) -> None:
    [[first]] = heat_maps(explained)
    assert first.title == "layer 1, mean of 4 heads"
    assert [len(layer) for layer in heat_maps(explained, "decoder", "all", "all")] == [4, 4]
    [[of_target]] = heat_maps(explained, "decoder")
    assert of_target.columns == ["<s>", *of_target.rows[:-1]]
