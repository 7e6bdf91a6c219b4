"""A Transformer of HF transformers, trained by its Trainer on pieces: run by train_speed.py.

python hf_trainer.py PLACE LAYERS WIDTH FEED_FORWARD HEADS TOKENS
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import (
    DataCollatorForSeq2Seq,
    MarianConfig,
    MarianMTModel,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    TrainerCallback,
)

PAD, EOS, SPECIAL = 0, 1, 2
REPORT_EVERY = 10  # steps


class Padder:
    """Just enough of a tokenizer for the collator."""

    padding_side = "right"

    def pad(self, features: Any, return_tensors: str = "pt", **_: Any) -> dict[str, torch.Tensor]:
        found = {}
        for name, filler in (("input_ids", PAD), ("attention_mask", 0), ("labels", -100)):
            rows = [torch.as_tensor(feature[name]) for feature in features]
            found[name] = torch.nn.utils.rnn.pad_sequence(rows, True, filler)
        return found


class Counter(TrainerCallback):
    """Counts the target tokens of the batches, and says how many there are a second."""

    def __init__(self) -> None:
        self.tokens, self.since = 0, time.monotonic()

    def on_step_end(self, arguments: Any, state: Any, control: Any, **_: Any) -> None:
        if state.global_step % REPORT_EVERY == 0:
            now = time.monotonic()
            print(f"target tokens/s {self.tokens / (now - self.since):.1f}", flush=True)
            self.tokens, self.since = 0, now


def main() -> None:
    place = Path(sys.argv[1])
    layers, width, feed_forward, heads, tokens = map(int, sys.argv[2:])
    sides = [(place / f"train.{side}").read_text("utf-8").split("\n")[:-1] for side in ("en", "de")]
    words = sorted({word for side in sides for line in side for word in line.split()})
    ids = {word: number for number, word in enumerate(words, SPECIAL)}
    pairs = [
        [[*(ids[word] for word in line.split()), EOS] for line in pair]
        for pair in zip(*sides, strict=True)
    ]
    data = [
        {"input_ids": one, "attention_mask": [1] * len(one), "labels": other, "length": len(other)}
        for one, other in pairs
    ]
    sentences = round(tokens * len(pairs) / sum(len(other) for _, other in pairs))
    model = MarianMTModel(
        MarianConfig(
            vocab_size=SPECIAL + len(words), d_model=width, encoder_layers=layers,
            decoder_layers=layers, encoder_ffn_dim=feed_forward, decoder_ffn_dim=feed_forward,
            encoder_attention_heads=heads, decoder_attention_heads=heads, dropout=0.3,
            activation_function="relu", scale_embedding=True, pad_token_id=PAD, eos_token_id=EOS,
            bos_token_id=EOS, decoder_start_token_id=PAD, forced_eos_token_id=EOS,
        )
    )  # fmt: skip
    counter = Counter()
    collate = DataCollatorForSeq2Seq(Padder(), model=model, return_tensors="pt")

    def counted(features: list[dict[str, Any]]) -> Any:
        counter.tokens += sum(len(feature["labels"]) for feature in features)
        return collate([{k: v for k, v in f.items() if k != "length"} for f in features])

    arguments = Seq2SeqTrainingArguments(
        output_dir=str(place / "hf-run"), per_device_train_batch_size=sentences, use_cpu=True,
        max_steps=100_000, learning_rate=1e-3, label_smoothing_factor=0.1, save_strategy="no",
        train_sampling_strategy="group_by_length", length_column_name="length", report_to=[],
        disable_tqdm=True, logging_steps=1000, remove_unused_columns=False,
    )  # fmt: skip
    trainer = Seq2SeqTrainer(
        model=model, args=arguments, train_dataset=data, data_collator=counted, callbacks=[counter]
    )
    trainer.train()


if __name__ == "__main__":
    main()
