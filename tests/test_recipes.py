"""What `mtkit train` starts from and leaves: recipes, rehearsals, other models, averages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from conftest import TOY_SIZES, Command, write_lines

from mtkit.averaging import average
from mtkit.card import Start
from mtkit.checkpoint import CHECKPOINTS, WEIGHTS, load_card, load_model
from mtkit.cli.assembly import trouble
from mtkit.config import TrainConfig, TransformerConfig
from mtkit.corpus import Mix, file_hash
from mtkit.embeddings import set_embeddings
from mtkit.errors import MtkitError
from mtkit.models import Transformer
from mtkit.models.seq2seq import Tensors
from mtkit.presets import PRESETS
from mtkit.tokenizer import Tokenizer
from mtkit.translator import Translator

QUICK = [*TOY_SIZES, "--max-steps", "4", "--validate-every", "2"]


def weights(run: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = torch.load(run / WEIGHTS, weights_only=True)
    return found


def test_show_config_prints_the_whole_recipe_and_trains_nothing(
    mtkit: Command, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shown = mtkit("train", "--show-config", "--preset", "small", "--dropout", "0.3", "--out", out)
    assert shown.code == 0
    recipe = json.loads(shown.out)
    small = PRESETS["small"]
    assert recipe["training"] == vars(small.training)
    assert recipe["model"] == vars(small.model) | {"dropout": 0.3}
    assert not out.exists()


def test_a_dry_run_tells_what_would_be_done_and_writes_nothing(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    said = mtkit("train", toy_corpus, "--pair", "en-de", *TOY_SIZES, "--dry-run", "--out", out)
    assert said.code == 0
    for expected in ("3,000 training pairs", "target tokens", "parameters", "steps an epoch",
                     "of training left", "peak memory so far", "no model was written"):  # fmt: skip
        assert expected in said.err, expected
    assert not out.exists()


def test_a_run_may_start_from_another_with_other_data(
    mtkit: Command, toy_corpus: Path, toy_run: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    files = ["--source", toy_corpus / "valid.en", "--target", toy_corpus / "valid.de"]
    recipe = ["--max-steps", 2, "--learning-rate", 1e-9, "--dropout", 0.3]
    tuned = mtkit("train", *files, "--init-from", toy_run, *recipe, "--out", out)
    assert tuned.code == 0, tuned.err
    for name, value in weights(toy_run).items():
        assert torch.allclose(value, weights(out)[name], atol=1e-5), name
    earlier, card = load_card(toy_run), load_card(out)
    assert card.tokenizer.sha256 == earlier.tokenizer.sha256
    assert (card.model.d_model, card.model.dropout) == (earlier.model.d_model, 0.3)
    assert card.data != earlier.data
    assert card.start is not None
    assert card.start.sha256 == file_hash(toy_run / WEIGHTS)
    assert card.start.sha256[:12] in mtkit("info", out).out
    assert earlier.start is None
    assert "started from" not in mtkit("info", toy_run).out


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--d-model", 32], 1, "other values of --d-model"),
        (["--preset", "small"], 2, "--init-from brings"),
        (["--vocab-size", 50], 2, "--init-from brings"),
    ],
)
def test_a_start_from_another_run_keeps_its_sizes(
    mtkit: Command, toy_corpus: Path, toy_run: Path, tmp_path: Path,
    options: list[object], code: int, message: str,
) -> None:  # fmt: skip
    out = ["--out", tmp_path / "run"]
    refused = mtkit("train", toy_corpus, "--pair", "en-de", "--init-from", toy_run, *options, *out)
    assert refused.code == code
    assert message in refused.err
    assert not (tmp_path / "run").exists()


def test_both_directions_are_learnt_by_one_model(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    said = mtkit(
        "train", toy_corpus, "--pair", "en-de", *QUICK, "--bidirectional", "--subword-sampling",
        "0.3", "--out", tmp_path / "run",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert load_card(tmp_path / "run").training.bidirectional


def test_a_resume_can_switch_off_both_directions_and_subword_sampling(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    both = ["--bidirectional", "--subword-sampling", "0.3", "--out", run]
    assert mtkit("train", toy_corpus, "--pair", "en-de", *QUICK, *both).code == 0
    off = ["--no-bidirectional", "--subword-sampling", "0", "--max-steps", 6]
    assert "--subword-sampling 0.3, not None" in mtkit("train", "--resume", "--out", run, *off).err
    said = mtkit("train", "--resume", "--out", run, *off, "--allow-changes")
    assert said.code == 0, said.err
    assert "other batches than before" in said.err
    training = load_card(run).training
    assert (training.bidirectional, training.subword_sampling) == (False, None)


def test_a_resume_with_other_settings_must_be_told_so(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    assert mtkit("train", toy_corpus, "--pair", "en-de", *QUICK, "--out", run).code == 0
    again = ["train", "--resume", "--out", run, "--max-steps", 6]
    changes = ["--learning-rate", "0.001", "--tokens-per-batch", 300, "--dropout", "0.1"]
    before = (run / "training.pt").read_bytes()
    refused = mtkit(*again, *changes)
    assert refused.code == 1
    assert "--learning-rate 0.005, not 0.001" in refused.err
    assert "--dropout 0.0, not 0.1" in refused.err
    assert "--allow-changes" in refused.err
    assert (run / "training.pt").read_bytes() == before
    told = mtkit(*again, *changes, "--allow-changes")
    assert told.code == 0, told.err
    assert "going on with the next epoch" in told.err
    assert load_card(run).training.learning_rate == 0.001
    assert load_card(run).training.tokens_per_batch == 300


def test_kept_checkpoints_are_averaged(mtkit: Command, toy_corpus: Path, tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "mean"
    command = ["train", toy_corpus, "--pair", "en-de", *TOY_SIZES, "--out", run]
    assert mtkit(*command, "--max-steps", 8, "--validate-every", 2, "--keep-last", 3).code == 0
    kept = sorted((run / CHECKPOINTS).iterdir())
    assert [int(path.stem) for path in kept] == [4, 6, 8]
    done = mtkit("average", run, "--last", 2, "--out", out)
    assert done.code == 0, done.err
    assert f"next: mtkit evaluate {out}" in done.err
    parts = [torch.load(path, weights_only=True)["weights"] for path in kept[1:]]
    for name, value in weights(out).items():
        assert torch.allclose(value, (parts[0][name] + parts[1][name]) / 2, atol=1e-7), name
    assert mtkit("translate", "--model", out, "one two.").code == 0
    assert mtkit("average", run, "--last", 2, "--out", out).code == 1  # it is there now
    assert mtkit("average", run, "--out", run, "--overwrite").code == 2
    few = mtkit("average", run, "--best", 9, "--out", tmp_path / "other")
    assert few.code == 1
    assert "has kept 3 checkpoints, not 9" in few.err


def test_several_runs_are_averaged_if_they_are_of_a_kind(
    mtkit: Command, toy_corpus: Path, toy_run: Path, tmp_path: Path
) -> None:
    tuned, out = tmp_path / "tuned", tmp_path / "mean"
    command = ["train", toy_corpus, "--pair", "en-de", "--max-steps", 4, "--out"]
    assert mtkit(*command, tuned, "--init-from", toy_run).code == 0
    assert mtkit("average", toy_run, tuned, "--out", out).code == 0
    for name, value in weights(out).items():
        mean = (weights(toy_run)[name] + weights(tuned)[name]) / 2
        assert torch.allclose(value, mean, atol=1e-7), name
    other = tmp_path / "other"
    assert mtkit(*command, other, *QUICK, "--vocab-size", "35").code == 0
    refused = mtkit("average", toy_run, other, "--out", tmp_path / "none")
    assert refused.code == 1
    assert "different tokenizers" in refused.err
    heads = tmp_path / "heads"
    shape = [*QUICK[2:], "--heads", 2]  # but for the number of pieces, which the tokenizer brings
    assert mtkit(*command, heads, *shape, "--tokenizer", toy_run).code == 0
    refused = mtkit("average", toy_run, heads, "--out", tmp_path / "none")
    assert refused.code == 1
    assert "differ in --heads" in refused.err
    assert not (tmp_path / "none").exists()


def test_the_best_checkpoints_are_kept(mtkit: Command, toy_corpus: Path, tmp_path: Path) -> None:
    command = ["train", toy_corpus, "--pair", "en-de", *TOY_SIZES, "--out", tmp_path / "run"]
    assert mtkit(*command, "--max-steps", 10, "--validate-every", 2, "--keep-best", 2).code == 0
    log = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in log]
    scores = {e["step"]: (e["bleu"], -e["loss"]) for e in events if e["event"] == "validation"}
    best = sorted(sorted(scores, key=scores.__getitem__)[-2:])
    assert [int(p.stem) for p in sorted((tmp_path / "run" / CHECKPOINTS).iterdir())] == best


def test_models_of_different_sizes_cannot_be_averaged() -> None:
    one, other = {"a": torch.zeros(2)}, {"a": torch.zeros(3)}
    assert average([one, {"a": torch.ones(2)}])["a"].tolist() == [0.5, 0.5]
    with pytest.raises(MtkitError, match="same architecture and sizes"):
        average([one, other])


TOKENIZER = Tokenizer.fit(["the dog and the cat sat on the mat"] * 9, 11, kind="word")


def test_embeddings_start_from_word_vectors(tmp_path: Path) -> None:
    embedding = torch.nn.Embedding(TOKENIZER.vocab_size, 3)
    torch.nn.init.normal_(embedding.weight, std=0.5)
    before = embedding.weight.detach().clone()
    file = write_lines(tmp_path / "v.txt", ["3 3", "the 1 2 3", "▁the 9 9 9", "zebra 1 1 1"])
    assert set_embeddings(embedding, file, TOKENIZER) == 1
    [token] = [t for t in range(TOKENIZER.vocab_size) if TOKENIZER.piece(t) == "▁the"]
    row = embedding.weight[token].detach()
    assert torch.allclose(row / row[0], torch.tensor([1.0, 2.0, 3.0]))
    rest = [t for t in range(TOKENIZER.vocab_size) if t != token]
    assert torch.equal(embedding.weight[rest], before[rest])


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "line 1: not `number-of-words size`"),
        (["the 1 2 3"], "line 1: not `number-of-words size`"),
        (["1 3"], "line 2: no vectors"),
        (["2 3", "the 1 2 3", "cat 1 2"], "line 3: 2 numbers, not 3"),
        (["1 3", "the 1 x 3"], "line 2: could not convert"),
        (["1 2", "the 1 2"], "vectors of 2 numbers, and the model embeddings of 3"),
        (["1 3", "zebra 1 2 3"], "no piece of the tokenizer"),
    ],
)
def test_files_that_hold_no_fitting_vectors_are_refused(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    file = write_lines(tmp_path / "v.txt", lines)
    embedding = torch.nn.Embedding(TOKENIZER.vocab_size, 3)
    with pytest.raises(MtkitError, match=message):
        set_embeddings(embedding, file, TOKENIZER)


def test_vectors_are_taken_by_the_command(
    mtkit: Command, toy_corpus: Path, toy_run: Path, tmp_path: Path
) -> None:
    _, tokenizer, _ = load_model(toy_run)
    pieces = [tokenizer.piece(t) for t in range(4, 30)]
    rows = [f"{piece} " + " ".join([str(n)] * 63 + ["1"]) for n, piece in enumerate(pieces)]
    file = write_lines(tmp_path / "v.txt", [f"{len(rows)} 64", *rows])
    command = ["train", toy_corpus, "--pair", "en-de", *QUICK, "--out", tmp_path / "run"]
    said = mtkit(*command, "--init-embeddings", file)
    assert said.code == 0, said.err
    assert "26 of 40 embeddings are those of" in said.err
    assert load_card(tmp_path / "run").start == Start(str(file), file_hash(file))


def test_translations_that_are_all_wrong_alike_are_told() -> None:
    assert trouble(["", ""]) == "all translations are empty"
    assert trouble(["a b", "a b"]) == "all translations are the same sentence"
    assert trouble(["⁇ ⁇", "⁇"]) == "all translations consist of unknown pieces"
    assert trouble(["a", "b"]) == trouble(["a"]) == ""


def test_a_tokenizer_that_cannot_sample_is_refused_before_training(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    model = tmp_path / "tok.model"
    learn = ["tokenize", "--fit", toy_corpus / "train.en", toy_corpus / "train.de", "--out", model]
    assert mtkit(*learn, "--kind", "word", "--vocab-size", 24).code == 0
    command = ["train", toy_corpus, "--pair", "en-de", "--tokenizer", model, "--max-steps", 2]
    refused = mtkit(*command, "--subword-sampling", "0.1", "--out", tmp_path / "run")
    assert refused.code == 1
    assert "cannot sample" in refused.err
    assert not (tmp_path / "run").exists()


def test_defaults_of_the_new_settings_change_nothing() -> None:
    config = TrainConfig()
    assert (config.accumulate, config.r_drop, config.subword_sampling) == (1, 0, None)
    assert not config.bidirectional


def test_corpora_are_mixed_by_weight_and_told_apart_by_tag(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    other, run = tmp_path / "other", tmp_path / "run"
    other.mkdir()
    for language in ("en", "de"):
        lines = (toy_corpus / f"valid.{language}").read_text().splitlines()
        write_lines(other / f"train.{language}", lines)
    mix = ["--pair", "en-de", "--data", f"{toy_corpus}:0.5:half", "--data", f"{other}:3:often"]
    said = mtkit("train", *mix, *QUICK, "--vocab-size", 42, "--out", run)
    assert said.code == 0, said.err
    train = [found for found in load_card(run).data if found.role == "train"]
    assert [(found.weight, found.tag) for found in train] == [(0.5, "half"), (3.0, "often")]
    assert load_card(run).tag == "half"
    tokenizer = Tokenizer.load(run)
    assert tokenizer.tag("half") != tokenizer.tag("often")
    assert mtkit("translate", "--model", run, "--tag", "often", "one two.").code == 0
    unknown = mtkit("translate", "--model", run, "--tag", "never", "one two.")
    assert unknown.code == 1
    assert "no tag `never`" in unknown.err
    resumed = mtkit("train", "--resume", "--out", run, "--max-steps", 6)
    assert resumed.code == 0, resumed.err


def test_a_translator_puts_the_tag_before_each_source() -> None:
    tokenizer = Tokenizer.fit(["the dog and the cat"] * 9, 10, kind="word", tags=["news", "talk"])
    seen = []

    class Reader(Transformer):
        def encode(self, source: torch.Tensor) -> tuple[Tensors, Tensors]:
            seen.extend(source.tolist())
            return super().encode(source)

    model = Reader(
        TransformerConfig(vocab_size=10, d_model=8, heads=1, encoder_layers=1, decoder_layers=1)
    )
    list(Translator(model.eval(), tokenizer, 5, tag="talk").translate(["the dog and the cat"]))
    assert all(row[0] == tokenizer.tag("talk") for row in seen)
    assert max(len(row) for row in seen) == 5  # in two parts, each with its tag


@pytest.mark.parametrize("text", ["a:0", "a:x", "a:1:b:c", ":2", "a:1:two words", "a:-1"])
def test_a_mix_that_cannot_be_read_is_refused(mtkit: Command, text: str, tmp_path: Path) -> None:
    refused = mtkit("train", "--data", text, "--out", tmp_path / "run")
    assert refused.code == 1
    assert "is not PATH, PATH:WEIGHT or PATH:WEIGHT:TAG" in refused.err


def test_a_mix_is_a_path_with_a_weight_and_a_tag() -> None:
    assert Mix.parse("a/b") == (Path("a/b"), Mix())
    assert Mix.parse("a:2.5") == (Path("a"), Mix(2.5))
    assert Mix.parse("a:2:law") == (Path("a"), Mix(2.0, "law"))


def test_corpora_of_different_languages_need_tags(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for language in ("en", "fr"):
        write_lines(other / f"train.{language}", ["one two"] * 9)
    mix = ["--data", f"{toy_corpus}", "--data", f"{other}:1:2fr"]
    refused = mtkit("train", *mix, "--out", tmp_path / "run")
    assert refused.code == 1
    assert "toy0 de-en, other en-fr" in refused.err
