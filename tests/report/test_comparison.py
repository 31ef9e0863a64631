import json
import sys

import pytest

from support.reports import HOSTILE, random_scores
from twostream import cli
from twostream.cache import provenance
from twostream.cache.stages import DUMP_LOGITS, FUSE, TRAIN_STREAM
from twostream.config import check, section
from twostream.errors import InputError
from twostream.files import atomic
from twostream.fusion import findings
from twostream.fusion.settings import FusionSettings
from twostream.report import comparison
from twostream.report.comparison import Result


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Put three results of the same scores, fused in different ways, into a cache; return their keys."""
    monkeypatch.chdir(tmp_path)
    scores = random_scores(classes=6, streams=2, videos=60)
    made = []
    for changed in ({"step": 0.5}, {"step": 0.25}, {"step": 0.5, "seed": 1}):
        settings = check.check(
            {"fusion": {"normalisations": ["none"], "poolings": ["mean"], "strategies": []} | changed}
        )
        file = tmp_path / "results" / "fuse" / FUSE.key(settings["fusion"]) / "fusion.json"
        file.parent.mkdir(parents=True)
        with provenance.recording(FUSE, file, settings["fusion"], []):
            atomic.write_json(file, findings.find(scores, section.pick(FusionSettings, settings["fusion"]), 1))
        made.append(file.parent.name)
    return made


def report(monkeypatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["twostream", "report", *arguments])
    cli.main()


def test_a_result_of_which_a_digit_is_another_is_not_compared(cache, monkeypatch, tmp_path):
    file = tmp_path / "results" / "fuse" / cache[1] / "fusion.json"
    figure = json.loads(file.read_text())["fusion"][0]["top1"]
    file.write_text(file.read_text().replace(f'"top1": {figure}', f'"top1": {figure / 2}'))
    with pytest.raises(SystemExit, match=r"fusion\.json: is damaged: run the workflow with these settings again"):
        report(monkeypatch, *cache[:2])
    assert not (tmp_path / "comparison.html").exists()


@pytest.mark.parametrize(
    ("out", "problem"),
    [("/", "is a folder"), (".", "is a folder"), ("a.json", "is where the page's numbers are written")],
)
def test_a_place_for_the_page_where_none_can_be_is_refused(cache, monkeypatch, tmp_path, out, problem):
    with pytest.raises(SystemExit, match=f"--out {out}: {problem}: give"):
        report(monkeypatch, *cache, "--out", out)


def test_results_stand_side_by_side_with_what_differs(cache, monkeypatch, tmp_path, capsys):
    report(monkeypatch, *cache[:2], "--out", "side.html")
    report(monkeypatch, *cache, "--out", "side.html")
    html = (tmp_path / "side.html").read_text(encoding="utf-8")
    assert all(key in html for key in cache)
    assert "McNemar" in html
    assert f"against {cache[0]}" in capsys.readouterr().out
    numbers = (tmp_path / "side.json").read_text(encoding="utf-8")
    assert '"setting": "step"' in numbers and '"setting": "seed"' in numbers


def test_results_of_an_epoch_chosen_on_the_test_videos_are_marked(cache, monkeypatch, tmp_path, capsys):
    report(monkeypatch, *cache[:2], "--out", "side.html")
    assert "badge tested" not in (tmp_path / "side.html").read_text(encoding="utf-8")
    capsys.readouterr()
    file = tmp_path / "results" / "fuse" / cache[1] / "fusion.json"
    changed = json.loads(file.read_text(encoding="utf-8"))
    for row in [changed["streams"][1], *changed["fusion"]]:
        row["best_epoch_on"] = "test"
    settings = provenance.read(file.parent)["settings"]
    provenance.produce(FUSE, file, settings, [], lambda: atomic.write_json(file, changed), again=True)
    report(monkeypatch, *cache[:2], "--out", "side.html")
    assert "(an upper limit: an epoch was chosen on the test videos)" in capsys.readouterr().out
    numbers = json.loads((tmp_path / "side.json").read_text(encoding="utf-8"))
    rows = [*numbers["results"], *numbers["streams"]]
    marked = [(row["key"], row["stream"]) for row in rows if row["best_epoch_on"]]
    assert marked == [(cache[1], "fused"), (cache[1], "temporal")]
    html = (tmp_path / "side.html").read_text(encoding="utf-8")
    assert html.count('class="badge tested"') == 2
    assert "Chosen on the test videos:" in html


def test_a_setting_has_the_value_of_every_result(cache, tmp_path):
    folders = [tmp_path / "results" / "fuse" / key for key in cache]
    rows = comparison.settings([Result(key, folder, {}) for key, folder in zip(cache, folders, strict=True)])
    values = {row["setting"]: [row[key] for key in cache] for row in rows}
    assert values == {"step": [0.5, 0.25, 0.5], "seed": [0, 0, 1]}


def test_videos_are_paired_by_name():
    first = result({"a": (0, 0), "b": (1, 0), "c": (2, 2), "only here": (0, 0)})
    other = result({"c": (2, 2), "b": (1, 1), "a": (0, 0), "only there": (1, 0)})
    assert comparison.paired_test(first, other, "fused") == {"common": 3, "gained": 1, "lost": 0, "p": 1.0}
    assert comparison.paired_test(first, result({"d": (0, 0)}), "fused")["p"] is None


def test_a_difference_is_tested_by_recording_where_recordings_are_known():
    """Both clips of one of two recordings are gained: as a whole, p is 1, and not 1/2."""
    first = result({"a": (0, 1), "b": (0, 1), "c": (2, 2), "d": (2, 2)})
    first.findings["predictions"]["recording"] = [0, 0, 1, 1]
    test = comparison.paired_test(first, result({"a": (0, 0), "b": (0, 0), "c": (2, 2), "d": (2, 2)}), "fused")
    assert (test["gained"], test["gain"], test["p"], test["p_recordings"]) == (2, 50, 0.5, 1.0)


def test_the_change_is_on_the_common_videos_and_their_number_is_told(cache, monkeypatch, tmp_path, capsys):
    keep(tmp_path, cache[1], range(0, 60, 2))
    report(monkeypatch, *cache[:2], "--out", "side.html")
    row = json.loads((tmp_path / "side.json").read_text(encoding="utf-8"))["results"][1]
    assert (row["common"], row["videos"], row["change"]) == (30, 30, 0)
    assert f"+0.000 against {cache[0]} on 30 common videos (of 60 and 30)" in capsys.readouterr().out
    assert "Not all test videos are common" in (tmp_path / "side.html").read_text(encoding="utf-8")


def keep(folder, key, videos):
    """Leave only some test videos of the result with `key`, as if it were of another split; its top-1 is made up."""
    file = folder / "results" / "fuse" / key / "fusion.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    predictions = stored["predictions"]
    for part in (predictions, predictions["predicted"]):
        part |= {name: [values[n] for n in videos] for name, values in part.items() if isinstance(values, list)}
    for row in [*stored["streams"], *stored["fusion"]]:
        row["videos"], row["top1"] = len(videos), 99.0
    settings = provenance.read(file.parent)["settings"]
    provenance.produce(FUSE, file, settings, [], lambda: atomic.write_json(file, stored), again=True)


def of_classes(names, videos):
    named = result(videos)
    named.findings["class_names"] = names
    return named


def test_results_of_other_classes_or_videos_are_refused():
    first = of_classes(["A", "B"], {"a": (0, 0), "b": (1, 1)})
    with pytest.raises(InputError, match="has other classes than key: `C` is in one alone, of 1 such: give keys"):
        comparison.compare([first, of_classes(["A", "B", "C"], {"a": (0, 0)})])
    with pytest.raises(InputError, match="has no test video of key: give keys"):
        comparison.compare([first, of_classes(["B", "A"], {"x": (0, 0)})])
    with pytest.raises(InputError, match="b is of another class than in key"):
        comparison.compare([first, of_classes(["A", "B"], {"b": (0, 0)})])


def test_the_stream_is_named_whose_setting_differs(tmp_path):
    def made(stage, key, settings, inputs):
        file = stage.path(tmp_path, key)
        file.parent.mkdir(parents=True)
        provenance.produce(stage, file, settings, inputs, lambda: file.write_text("{}"))
        return file

    def fused(key, *rates):
        models = [made(TRAIN_STREAM, f"{key}{n}", {"lr": lr, "seed": 0}, []) for n, lr in enumerate(rates)]
        logits = [made(DUMP_LOGITS, f"{key}{n}", {"samples": len(key)}, [model]) for n, model in enumerate(models)]
        folder = made(FUSE, key, {"step": 0.1}, logits).parent
        return Result(key, folder, {"streams": [{"stream": "spatial"}, {"stream": "temporal"}][: len(rates)]})

    first, other = fused("a", 0.1, 0.1), fused("b", 0.1, 0.2)
    (row,) = comparison.settings([first, other])
    assert row == {"stage": "train_stream", "setting": "lr", "stream": "temporal", "a": 0.1, "b": 0.2}
    rows = comparison.settings([first, fused("cc", 0.3, 0.3)])
    assert [(row["setting"], row["stream"]) for row in rows] == [
        ("lr", "spatial, temporal"),
        ("samples", "spatial, temporal"),
    ]
    rows = comparison.settings([first, fused("d", 0.1)])
    assert [(row["setting"], row["a"], row["d"]) for row in rows] == [("streams", "spatial, temporal", "spatial")]


def result(videos: dict[str, tuple[int, int]]) -> Result:
    """Return a result of videos with their right class and their predicted class."""
    labels, predicted = zip(*videos.values(), strict=True)
    predictions = {"video": list(videos), "label": list(labels), "predicted": {"fused": list(predicted)}}
    return Result("key", None, {"predictions": predictions})


def test_names_are_escaped(cache, monkeypatch, tmp_path):
    report(monkeypatch, *cache[:2], "--out", "side.html")
    assert HOSTILE[0] not in (tmp_path / "side.html").read_text(encoding="utf-8")


def test_bad_keys_are_refused_in_one_line(cache, monkeypatch, tmp_path):
    with pytest.raises(SystemExit, match="report: there is one key only: give at least two"):
        report(monkeypatch, cache[0], cache[0][:6])
    with pytest.raises(SystemExit, match="no key begins with `zzz`"):
        report(monkeypatch, cache[0], "zzz")
    (tmp_path / "results" / "fuse" / cache[1] / "fusion.json").unlink()
    with pytest.raises(SystemExit, match=r"there is no fusion\.json: run the workflow with these settings again"):
        report(monkeypatch, *cache[:2])
    (tmp_path / "results" / "index" / ("a" * 12)).mkdir(parents=True)
    with pytest.raises(SystemExit, match="this is a key of index: give keys of fuse or fusion_report"):
        report(monkeypatch, cache[0], "aaa")
