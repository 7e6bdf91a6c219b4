"""The curves of a run: drawn by `mtkit plot`, mirrored by `mtkit train --tensorboard`."""

from __future__ import annotations

import json
import shutil
import sys
import xml.etree.ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import TOY_SIZES, Command
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mtkit.curves import read_curves
from mtkit.errors import MtkitError
from mtkit.events import Event, Finished, Progress, Sample, Validation
from mtkit.mirror import mirrored
from mtkit.plot import COLOURS, LINES, PANELS, draw

START = {"event": "start", "device": "cpu"}


def progress(step: int, loss: float = 3.0, learning_rate: float = 1e-3) -> dict[str, Any]:
    return {"event": "progress", "step": step, "loss": loss, "learning_rate": learning_rate}


def validation(step: int, bleu: float = 20.0, perplexity: float = 9.0) -> dict[str, Any]:
    return {"event": "validation", "step": step, "bleu": bleu, "perplexity": perplexity}


def written_run(directory: Path, *events: dict[str, Any], end: str = "") -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(event) + "\n" for event in events]
    (directory / "log.jsonl").write_text("".join(lines) + end)
    return directory


def logged(run: Path, event: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [row for row in rows if row["event"] == event]


def test_every_panel_shows_the_figures_of_the_log(toy_run: Path) -> None:
    figure = draw([read_curves(toy_run)])
    assert len(figure.axes) == len(PANELS) == 4
    for axes, panel in zip(figure.axes, PANELS, strict=True):
        rows = logged(toy_run, panel.event)
        assert len(rows) >= 3
        line = axes.get_lines()[0]
        assert list(line.get_xdata()) == [row["step"] for row in rows]
        assert list(line.get_ydata()) == [row[panel.key] for row in rows]
        assert axes.get_title(loc="left")
        assert axes.get_ylabel()


def test_runs_differ_in_colour_and_line_and_marker_and_the_legend_names_them(
    tmp_path: Path,
) -> None:
    wanted = ["plain", "_hidden", "$a$ b$"]
    runs = [written_run(tmp_path / name, progress(20), validation(20)) for name in wanted]
    figure = draw([read_curves(run) for run in runs])
    for axes in figure.axes:
        lines = [line for line in axes.get_lines() if line.get_markeredgecolor() != "black"]
        assert len(lines) == len(runs)
        for look in ("get_color", "get_linestyle", "get_marker"):
            assert len({getattr(line, look)() for line in lines}) == len(runs)
    [legend] = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert [text.split(":")[0] for text in texts[:3]] == wanted
    figure.draw_without_rendering()


def test_no_two_of_many_runs_look_the_same(tmp_path: Path) -> None:
    count = len(COLOURS) * len(LINES)
    runs = [written_run(tmp_path / f"{number}", progress(20)) for number in range(count)]
    lines = draw([read_curves(run) for run in runs]).axes[0].get_lines()
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == count


def test_runs_of_the_same_name_are_told_apart_by_their_paths(tmp_path: Path) -> None:
    runs = [written_run(tmp_path / folder / "run", progress(20)) for folder in "ab"]
    [legend] = draw([read_curves(run) for run in runs]).legends
    for run, text in zip(runs, legend.get_texts(), strict=True):
        assert str(run)[-20:] in text.get_text()


def test_the_best_validation_is_marked_and_told(tmp_path: Path) -> None:
    scores = [(10, 5.0, 30.0), (20, 8.0, 20.0), (30, 8.0, 10.0), (40, 7.0, 9.0)]
    run = written_run(tmp_path, *(validation(*score) for score in scores))
    figure = draw([read_curves(run)])
    for axes, panel in zip(figure.axes, PANELS, strict=True):
        marked = [line for line in axes.get_lines() if line.get_markeredgecolor() == "black"]
        found = [(list(line.get_xdata()), list(line.get_ydata())) for line in marked]
        best = {"bleu": [([30], [8.0])], "perplexity": [([30], [10.0])]}
        assert found == best.get(panel.key, [])
    assert "BLEU 8.0, perplexity 10.00 at step 30" in figure.legends[0].get_texts()[0].get_text()


@pytest.mark.parametrize("last", [[], [validation(20, bleu=0.0)]])
def test_a_run_of_a_single_report_can_be_drawn(tmp_path: Path, last: list[Any]) -> None:
    figure = draw([read_curves(written_run(tmp_path, progress(20, learning_rate=0.0), *last))])
    figure.draw_without_rendering()
    assert figure.axes[0].get_lines()[0].get_marker() == "o"
    shown = [text.get_text() for text in figure.axes[3].texts]
    assert shown == ([] if last else ["no validation to show yet"])


def test_perplexities_far_apart_get_a_logarithmic_scale(tmp_path: Path) -> None:
    for last, scale in ((9.0, "log"), (500.0, "linear")):
        run = written_run(tmp_path, validation(10, perplexity=900.0), validation(20, 1.0, last))
        axes = draw([read_curves(run)]).axes[1]
        assert axes.get_yscale() == scale


def test_a_resumed_run_is_drawn_without_what_it_forgot(tmp_path: Path) -> None:
    steps = [20, 40, 60, 40, 60, 80]
    rows = [progress(step, loss=number) for number, step in enumerate(steps)]
    run = written_run(tmp_path, START, *rows[:3], START, *rows[3:])
    assert read_curves(run).values("progress", "loss") == ([20, 40, 60, 80], [0, 3, 4, 5])


def test_what_is_unknown_and_a_line_cut_off_are_left_aside(tmp_path: Path) -> None:
    other = [{"event": "notice", "message": "?"}, {"event": "eclipse"}, {"no": "event"}]
    run = written_run(
        tmp_path, START, *other, progress(20) | {"mood": "good"}, end='{"event": "pro'
    )
    assert read_curves(run).values("progress", "loss") == ([20], [3.0])


@pytest.mark.parametrize(
    "line",
    [
        '{"event": "progress", "step": 40',
        '{"event": "progress", "step": 40, "loss": 2.0}',
        '{"event": "progress", "step": 40, "loss": null, "learning_rate": 0}',
        '{"event": "validation", "step": NaN, "perplexity": 1, "bleu": 1}',
        '["event"]',
        "",
    ],
)
def test_any_other_broken_line_is_named(tmp_path: Path, line: str) -> None:
    run = written_run(tmp_path, START, progress(20), end=f"{line}\n")
    with pytest.raises(MtkitError, match=r"line 3 of `.*log.jsonl` is damaged: "):
        read_curves(run)


def test_a_picture_has_the_format_of_its_ending(
    mtkit: Command, toy_run: Path, tmp_path: Path
) -> None:
    png, svg, other = (tmp_path / f"curves.{ending}" for ending in ("png", "SVG", "pdf"))
    for out in (png, svg):
        drawn = mtkit("plot", toy_run, toy_run, "--out", out)
        assert drawn.code == 0, drawn.err
        assert drawn.out == ""
        assert f"the curves of 1 run are in `{out}`" in drawn.err
        assert f"next: mtkit info {toy_run}" in drawn.err
    assert png.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert xml.etree.ElementTree.parse(svg).getroot().tag.endswith("}svg")
    refused = mtkit("plot", toy_run, "--out", other)
    assert refused.code == 1
    assert "let it end in .png or .svg" in refused.err
    assert sorted(tmp_path.iterdir()) == sorted([png, svg])


def test_the_run_trained_last_is_drawn_unless_one_is_named(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "there is no trained model in `runs`" in mtkit("plot").err
    shutil.copytree(toy_run, "runs/toy")
    drawn = mtkit("plot")
    assert drawn.code == 0, drawn.err
    assert Path("curves.png").is_file()
    assert "next: mtkit info runs/toy" in drawn.err


def test_what_cannot_be_drawn_is_refused(mtkit: Command, toy_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "curves.png"
    empty = written_run(tmp_path / "empty", START)
    wrong = {
        toy_run.with_name("toi"): f"did you mean `{toy_run}`?",
        tmp_path: "is not a run: no `log.jsonl`",
        empty: "holds no report yet",
    }
    for run, words in wrong.items():
        refused = mtkit("plot", toy_run, run, "--out", out)
        assert refused.code == 1
        assert words in refused.err
    nowhere = mtkit("plot", toy_run, "--out", tmp_path / "no" / "curves.png")
    assert nowhere.code == 1
    assert "cannot be written" in nowhere.err
    assert not out.exists()


def test_without_matplotlib_the_command_to_install_it_is_shown(
    mtkit: Command, toy_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    refused = mtkit("plot", toy_run, "--out", tmp_path / "curves.png")
    assert refused.code == 1
    assert "hint: type: pip install 'mtkit[plot]'" in refused.err


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard would show: tag -> (step, value)."""
    found = EventAccumulator(str(folder)).Reload()
    return {
        tag: [(item.step, item.value) for item in found.Scalars(tag)]
        for tag in found.Tags()["scalars"]
    }


def test_tensorboard_gets_every_figure_of_the_log(
    mtkit: Command, toy_corpus: Path, tmp_path: Path
) -> None:
    run, folder = tmp_path / "run", tmp_path / "run" / "tensorboard"
    command = [
        "train", toy_corpus, "--pair", "en-de", "--out", run, *TOY_SIZES,
        "--max-steps", 4, "--validate-every", 2, "--tensorboard",
    ]  # fmt: skip
    trained = mtkit(*command)
    assert trained.code == 0, trained.err
    found = scalars(folder)
    wanted: dict[str, list[tuple[int, float]]] = {}
    for event in ("progress", "validation"):
        for row in logged(run, event):
            step = row.pop("step")
            for name, value in row.items():
                if isinstance(value, int | float):
                    # A figure is a float of 32 bits there.
                    expected = pytest.approx(float(value), rel=1e-6)
                    wanted.setdefault(f"{event}/{name}", []).append((step, expected))
    assert found == wanted
    assert {"progress/loss", "validation/bleu", "validation/improved"} <= set(found)
    texts = EventAccumulator(str(folder)).Reload().Tensors("validation/samples/text_summary")
    sample = logged(run, "validation")[0]["samples"][0]
    shown = texts[0].tensor_proto.string_val[0].decode()
    assert f"    reference  {sample['reference']}\n" in shown
    again = mtkit(*command[:-1], "--overwrite")
    assert again.code == 0, again.err
    assert not folder.exists()


def happened(*steps: int) -> Iterator[Event]:
    for step in steps:
        yield Progress(step, 1, 0.5, 1 / step, 1e-3, 1000.0, 9.0, 0.1, 0, 1.0)
        yield Validation(
            step, 1, 2.0, 8.0, float(step), True, 0.1, [Sample("# a", "*b*", "c")], "odd"
        )
    yield Finished("complete", steps[-1], 1, 1.0, 1.0, 1.0, 1.0)


def test_mirrored_events_come_through_unchanged(tmp_path: Path) -> None:
    assert list(mirrored(happened(20, 40), tmp_path, 0)) == list(happened(20, 40))


def test_a_resumed_run_is_mirrored_without_what_it_forgot(tmp_path: Path) -> None:
    lost = mirrored(happened(20, 40, 60), tmp_path, 0)
    for _ in range(6):
        next(lost)
    lost.close()  # type: ignore[attr-defined]
    list(mirrored(happened(40, 60, 80), tmp_path, 20))
    steps = [step for step, _ in scalars(tmp_path)["validation/bleu"]]
    assert steps == [20, 40, 60, 80]


def test_without_tensorboard_nothing_is_trained_or_written(
    mtkit: Command, toy_corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    run = tmp_path / "run"
    refused = mtkit("train", toy_corpus, "--pair", "en-de", "--out", run, "--tensorboard")
    assert refused.code == 1
    assert "hint: type: pip install 'mtkit[tensorboard]'" in refused.err
    assert not run.exists()
