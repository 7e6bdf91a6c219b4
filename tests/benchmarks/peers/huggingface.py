"""Transformers of Hugging Face: Marian's architecture and Seq2SeqTrainer.

The norm comes after the sub-layer, there is no choice.  Batches are counted in sentences: of as
many as hold the target tokens of a batch on average, grouped by length.
"""

from __future__ import annotations

from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import (
    DataCollatorForSeq2Seq,
    MarianConfig,
    MarianMTModel,
    PreTrainedTokenizerFast,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
)

from peers.common import (
    BATCH_TOKENS,
    BETAS,
    CLIP_NORM,
    DROPOUT,
    FOREVER,
    HEADS,
    LABEL_SMOOTHING,
    RATE,
    Task,
)

PAD, EOS, UNKNOWN = SPECIALS = "<pad>", "</s>", "<unk>"
IGNORED = -100  # the label of padding


def tokenizer(task: Task) -> PreTrainedTokenizerFast:
    pieces = (task.data / "vocabulary.txt").read_text("utf-8").split("\n")[:-1]
    numbers = {piece: number for number, piece in enumerate([*SPECIALS, *pieces])}
    words = Tokenizer(WordLevel(numbers, UNKNOWN))
    words.pre_tokenizer = WhitespaceSplit()
    return PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token=PAD, eos_token=EOS, unk_token=UNKNOWN
    )


def pairs(task: Task, words: PreTrainedTokenizerFast) -> list[dict[str, list[int]]]:
    def encoded(language: str) -> list[list[int]]:
        lines = Path(task.file("train", language)).read_text("utf-8").split("\n")[:-1]
        return [[*ids, words.eos_token_id] for ids in words(lines)["input_ids"]]

    both = zip(encoded("en"), encoded("de"), strict=True)
    return [{"input_ids": source, "labels": target} for source, target in both]


def model(task: Task, words: PreTrainedTokenizerFast) -> MarianMTModel:
    sizes = task.sizes
    config = MarianConfig(
        vocab_size=len(words), d_model=sizes.width, activation_function="relu",
        encoder_layers=sizes.encoder_layers, decoder_layers=sizes.decoder_layers,
        encoder_ffn_dim=sizes.feed_forward, decoder_ffn_dim=sizes.feed_forward,
        encoder_attention_heads=HEADS, decoder_attention_heads=HEADS,
        dropout=DROPOUT, attention_dropout=0.0, activation_dropout=0.0, scale_embedding=True,
        max_position_embeddings=512, pad_token_id=words.pad_token_id,
        decoder_start_token_id=words.pad_token_id, eos_token_id=words.eos_token_id,
        forced_eos_token_id=words.eos_token_id, bos_token_id=None,
    )  # fmt: skip
    return MarianMTModel(config)


def main(task: Task) -> None:
    words = tokenizer(task)
    data, network = pairs(task, words), model(task, words)
    mean = sum(len(pair["labels"]) for pair in data) / len(data)
    settings = Seq2SeqTrainingArguments(
        output_dir=str(task.place / "model"), use_cpu=True, max_steps=FOREVER, seed=1,
        per_device_train_batch_size=round(BATCH_TOKENS / mean),
        train_sampling_strategy="group_by_length", label_smoothing_factor=LABEL_SMOOTHING,
        learning_rate=RATE, adam_beta1=BETAS[0], adam_beta2=BETAS[1], max_grad_norm=CLIP_NORM,
        save_strategy="no", report_to=[], disable_tqdm=True,
    )  # fmt: skip
    task.count_steps(
        Seq2SeqTrainer,
        "training_step",
        lambda trainer, model, inputs, *_: (inputs["labels"] != IGNORED).sum(),
    )
    collator = DataCollatorForSeq2Seq(words, model=network)
    Seq2SeqTrainer(network, settings, collator, data).train()


if __name__ == "__main__":
    main(Task.given())
