"""The toolkits that training is compared with: how each is installed, fed and started."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

TORCH = "torch==2.13.0"


@dataclass(frozen=True)
class Size:
    """Of a model: layers of encoder and decoder each, width, feed-forward width, heads."""

    layers: int
    width: int
    feed_forward: int
    heads: int = 4


SIZES = {"tiny": Size(4, 128, 256), "small": Size(3, 256, 1024)}
TOKENS = 4096  # of the target, in a step
LONG = 100_000  # steps: every run is ended from outside


@dataclass(frozen=True)
class Work:
    """Where the text is, where everything goes, and how many threads a side has."""

    corpus: Path
    place: Path
    threads: int

    @property
    def tokenizer(self) -> Path:
        return self.place / "joint.model"


@dataclass(frozen=True)
class Peer:
    """A toolkit; rate: finds in a line that it prints how many target tokens a second it does."""

    name: str
    packages: tuple[tuple[str, ...], ...]  # one after the other, options of pip included
    prepare: Callable[[Work], None]
    command: Callable[[Work, str], list[str]]
    rate: str

    def install(self, place: Path) -> None:
        """An environment of its own, if it is not there yet."""
        if not self.packages or (place / "installed").exists():
            return
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        pip = [str(place / "bin" / "pip"), "install", "--quiet"]
        for packages in ((TORCH,), *self.packages):
            subprocess.run([*pip, *packages], check=True)
        (place / "installed").touch()


def python_of(work: Work, peer: str) -> str:
    return str(work.place / peer / "bin" / "python")


def no_preparation(work: Work) -> None:
    """It reads the pieces as they are."""


def mtkit_command(work: Work, size: str) -> list[str]:
    sizes = SIZES[size]
    return [
        sys.executable, "-m", "mtkit", "train", str(work.corpus), "--pair", "en-de",
        "--tokenizer", str(work.tokenizer), "--optimizer", "adamw", "--dropout", "0.3",
        "--encoder-layers", str(sizes.layers), "--decoder-layers", str(sizes.layers),
        "--d-model", str(sizes.width), "--d-ff", str(sizes.feed_forward),
        "--heads", str(sizes.heads), "--tokens-per-batch", str(TOKENS),
        "--max-steps", str(LONG), "--max-epochs", str(LONG), "--validate-every", str(LONG),
        "--out", str(work.place / "mtkit-run"), "--overwrite",
    ]  # fmt: skip


def fairseq_prepare(work: Work) -> None:
    binary = work.place / "fairseq-bin"
    if binary.exists():
        return
    subprocess.run(
        [
            python_of(work, "fairseq"), "-m", "fairseq_cli.preprocess", "-s", "en", "-t", "de",
            "--trainpref", str(work.place / "train"), "--validpref", str(work.place / "valid"),
            "--destdir", str(binary), "--joined-dictionary", "--workers", "1",
        ],
        check=True,
    )  # fmt: skip


def fairseq_command(work: Work, size: str) -> list[str]:
    sizes = SIZES[size]
    side = [
        (f"--{side}-{name}", str(value))
        for side in ("encoder", "decoder")
        for name, value in (
            ("layers", sizes.layers), ("embed-dim", sizes.width),
            ("ffn-embed-dim", sizes.feed_forward), ("attention-heads", sizes.heads),
        )
    ]  # fmt: skip
    return [
        python_of(work, "fairseq"), "-m", "fairseq_cli.train", str(work.place / "fairseq-bin"),
        "--cpu", "--arch", "transformer", *(word for pair in side for word in pair),
        "--encoder-normalize-before", "--decoder-normalize-before", "--share-all-embeddings",
        "--dropout", "0.3", "--criterion", "label_smoothed_cross_entropy",
        "--label-smoothing", "0.1", "--optimizer", "adam", "--adam-betas", "(0.9,0.98)",
        "--lr", "0.005", "--lr-scheduler", "inverse_sqrt", "--warmup-updates", "2000",
        "--max-tokens", str(TOKENS), "--max-update", str(LONG), "--log-format", "json",
        "--log-interval", "10", "--no-save", "--disable-validation", "--num-workers", "0",
    ]  # fmt: skip


EOLE = """\
src_vocab: {place}/eole.vocab
tgt_vocab: {place}/eole.vocab
share_vocab: true
n_sample: -1
overwrite: true
data:
  corpus: {{path_src: {place}/train.en, path_tgt: {place}/train.de}}
training:
  world_size: 0
  gpu_ranks: []
  batch_type: tokens
  batch_size: {tokens}
  bucket_size: 29000
  num_workers: 0
  optim: adam
  learning_rate: 2
  decay_method: noam
  warmup_steps: 2000
  label_smoothing: 0.1
  dropout: [0.3]
  attention_dropout: [0.0]
  train_steps: {steps}
  valid_steps: {steps}
  save_checkpoint_steps: {steps}
  model_path: {place}/eole-run
report_every: 10
model:
  architecture: transformer
  layers: {size.layers}
  hidden_size: {size.width}
  transformer_ff: {size.feed_forward}
  heads: {size.heads}
  share_embeddings: true
  share_decoder_embeddings: true
  embeddings: {{word_vec_size: {size.width}, position_encoding_type: SinusoidalInterleaved}}
"""


def eole_config(work: Work, size: str) -> str:
    config = work.place / f"eole-{size}.yaml"
    config.write_text(EOLE.format(place=work.place, size=SIZES[size], tokens=TOKENS, steps=LONG))
    return str(config)


def eole_prepare(work: Work) -> None:
    if not (work.place / "eole.vocab").exists():
        eole = str(work.place / "eole" / "bin" / "eole")
        config = eole_config(work, "tiny")
        subprocess.run([eole, "build_vocab", "-c", config], check=True)


def eole_command(work: Work, size: str) -> list[str]:
    eole = str(work.place / "eole" / "bin" / "eole")
    return [eole, "train", "-c", eole_config(work, size)]


JOEYNMT = """\
name: speed
joeynmt_version: 2.3.0
use_cuda: false
model_dir: {place}/joeynmt-run
data:
  train: {place}/train
  dev: {place}/valid
  dataset_type: plain
  src: {{lang: en, level: word, voc_file: {place}/joeynmt.vocab, max_length: 250,
    lowercase: false}}
  trg: {{lang: de, level: word, voc_file: {place}/joeynmt.vocab, max_length: 250,
    lowercase: false}}
testing: {{beam_size: 1}}
training:
  overwrite: true
  random_seed: 1
  optimizer: adam
  learning_rate: 0.001
  batch_size: {tokens}
  batch_type: token
  label_smoothing: 0.1
  epochs: {steps}
  validation_freq: {steps}
  logging_freq: 10
  num_workers: 0
  keep_best_ckpts: 1
model:
  tied_embeddings: true
  tied_softmax: true
  encoder: {{type: transformer, num_layers: {size.layers}, num_heads: {size.heads},
    embeddings: {{embedding_dim: {size.width}, scale: true, dropout: 0.0}},
    hidden_size: {size.width}, ff_size: {size.feed_forward}, dropout: 0.3, layer_norm: pre}}
  decoder: {{type: transformer, num_layers: {size.layers}, num_heads: {size.heads},
    embeddings: {{embedding_dim: {size.width}, scale: true, dropout: 0.0}},
    hidden_size: {size.width}, ff_size: {size.feed_forward}, dropout: 0.3, layer_norm: pre}}
"""


def joeynmt_prepare(work: Work) -> None:
    """The pieces that occur; it adds its special ones itself."""
    words = {
        word
        for side in ("en", "de")
        for word in (work.place / f"train.{side}").read_text("utf-8").split()
    }
    (work.place / "joeynmt.vocab").write_text("\n".join(sorted(words)) + "\n", "utf-8")


def joeynmt_command(work: Work, size: str) -> list[str]:
    config = work.place / f"joeynmt-{size}.yaml"
    config.write_text(JOEYNMT.format(place=work.place, size=SIZES[size], tokens=TOKENS, steps=LONG))
    return [python_of(work, "joeynmt"), "-m", "joeynmt", "train", str(config)]


def hf_command(work: Work, size: str) -> list[str]:
    sizes = SIZES[size]
    script = Path(__file__).with_name("hf_trainer.py")
    numbers = [sizes.layers, sizes.width, sizes.feed_forward, sizes.heads, TOKENS]
    return [python_of(work, "hf"), str(script), str(work.place), *map(str, numbers)]


PEERS = {
    "mtkit": Peer("mtkit", (), no_preparation, mtkit_command, r"([\d,]+) tokens/s"),
    "eole": Peer(
        "eole", (("eole==0.6.4", "aiohttp"),), eole_prepare, eole_command, r"/\s*([\d.]+) tok/s"
    ),
    "fairseq": Peer(
        "fairseq",
        (("pip<24.1", "setuptools<81", "wheel", "cython", "numpy<2"),
         ("--no-build-isolation", "omegaconf<2.1", "hydra-core<1.1", "fairseq==0.12.2")),
        fairseq_prepare, fairseq_command, r'"wps": "([\d.]+)"',
    ),
    "hf": Peer("hf", (("transformers==5.23.0", "accelerate"),), no_preparation, hf_command,
               r"target tokens/s ([\d.]+)"),
    "joeynmt": Peer(
        "joeynmt",
        (("joeynmt==2.3.0", "importlib_metadata", "sentencepiece==0.2.0", "setuptools<81"),),
        joeynmt_prepare, joeynmt_command, r"Tokens per Sec:\s*([\d.]+)",
    ),
}  # fmt: skip
