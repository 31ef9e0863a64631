"""What a run takes of some nodes by invented rates, against formulas."""

import json
import re
from pathlib import Path

import pytest

from twostream.cache.rates import Rate
from twostream.config import check
from twostream.forecast import jobs, outlay, outlay_table, published
from twostream.forecast.cluster import Cluster
from twostream.forecast.jobs import Measurement
from twostream.plan import FullPlan, Plan
from twostream.survey import Survey

NETWORK = {"architecture": "resnet18", "pretrained": "none", "size": 112, "epochs": 4}
STREAMS = {"rgb": NETWORK | {"modality": "rgb"}, "temporal": NETWORK | {"modality": "flow", "stack": 10}}
START = 2.0
RATE = Rate(seconds=1e-6, bytes=0.5, start=START)
PASS = Rate(seconds=0.1, bytes=4.0, start=START)


INDEX = published.index("hmdb51")


@pytest.fixture
def plan_of(tmp_path):
    def make(**settings) -> FullPlan:
        cache = {"compute": {"cache_root": str(tmp_path), "video_threads": 2, "train_threads": 8}}
        checked = check.check(
            {"streams": STREAMS, "index": {"shards": 8}, "validation": {"by": "none"}} | cache | settings
        )
        return FullPlan(Plan(checked, Survey(backend="fused", weights={})), INDEX)

    return make


def rates(full, gpu=False, **more):
    """Return a rate for each task: of videos a microsecond a pixel, of networks a tenth of a second a pass."""
    tasks = jobs.tasks_of(full, **more)
    how = {"threads": 4, "is_gpu": True} if gpu else {}
    return tasks, {
        task.name: Measurement(rate=PASS, **how) if task.stream else Measurement(rate=RATE, memory=1e9, more=1e8)
        for task in tasks
    }


def rows_of(full, cluster, **more):
    tasks, measured = rates(full, **more)
    result = outlay.of(full, tasks, measured, cluster)
    return result, {row.task.name: row for row in result.rows}


def test_hours_of_the_video_stages_are_pixels_times_rate_and_starts(plan_of):
    _, rows = rows_of(plan_of(), Cluster(1, 2, 0))
    frames, pixels = 5_100 * 95, 320 * 240
    stored = 341 * 256
    starts = 8 * (START + 1) * 2  # Eight jobs hold two cores each while they start.
    assert rows["index"].core_hours * 3600 == pytest.approx(2 * (START + 1) + 1e-6 * frames * pixels)
    assert rows["frames"].core_hours * 3600 == pytest.approx(starts + 1e-6 * frames * pixels)
    assert rows["flow"].core_hours * 3600 == pytest.approx(starts + 1e-6 * (frames - 5_100) * stored)
    assert rows["flow"].bytes == 0.5 * (frames - 5_100) * stored
    assert rows["flow"].memory == 1e9 + 1e8
    assert rows["flow"].gpu_hours is None


def test_hours_of_training_and_scoring_are_passes_times_rate(plan_of):
    result, rows = rows_of(plan_of(), Cluster(1, 8, 0))
    training, scoring = 4 * 3 * 3_570 * 1, 1_530 * 19
    assert rows["train rgb"].core_hours * 3600 == pytest.approx(8 * (START + 1) + 0.1 * training)
    assert rows["train rgb"].seconds == pytest.approx(START + 1 + 0.1 * training / 8)
    assert rows["score rgb"].core_hours * 3600 == pytest.approx(8 * (START + 1) + 0.1 * scoring)
    assert result.total("gpu_hours") == 0


def test_a_gpu_takes_as_long_whatever_cores_there_are_and_two_train_at_once(plan_of):
    seconds = START + 1 + 0.1 / 4 * (4 * 3 * 3_570)
    for cores in (4, 64):
        result, rows = rows_of(plan_of(), Cluster(2, cores, 1), gpu=True)
        assert rows["train rgb"].gpu_hours * 3600 == pytest.approx(seconds)
        assert rows["train rgb"].seconds == pytest.approx(seconds)
        assert rows["flow"].gpu_hours is None
        assert result.idle_gpus == 0
    assert rows_of(plan_of(), Cluster(8, 64, 4), gpu=True)[0].idle_gpus == 30


def test_more_nodes_help_as_far_as_there_are_shards_and_a_video_is_one_cores(plan_of):
    one, many = (rows_of(plan_of(), Cluster(nodes, 2, 0))[1]["flow"].seconds for nodes in (1, 100))
    shards = plan_of().shards.values()
    pixels = 341 * 256
    longest = max(sum(video.frames - 1 for video in shard) for shard in shards) * pixels
    assert many == pytest.approx(START + 1 + longest * 1e-6 / 2)
    assert one == pytest.approx(sum(START + 1 + sum(v.frames - 1 for v in shard) * pixels * 5e-7 for shard in shards))
    wide = plan_of(compute={"video_threads": 512, "cache_root": "nowhere"})
    video = (1_063 - 1) * pixels * 1e-6
    assert rows_of(wide, Cluster(100, 512, 0))[1]["flow"].seconds == pytest.approx(START + 1 + video)


def test_features_are_a_row_where_they_are_asked_for(plan_of):
    assert "features rgb" not in rows_of(plan_of(), Cluster(1, 2, 0))[1]
    _, rows = rows_of(plan_of(), Cluster(1, 8, 0), with_features=True)
    assert rows["features rgb"].core_hours * 3600 == pytest.approx(8 * (START + 1) + 0.1 * 5_100 * 19)


def test_saving_after_each_epoch_is_part_of_a_training(plan_of):
    full = plan_of()
    tasks, measured = rates(full)
    slow = measured | {"train rgb": Measurement(rate=PASS, each=50.0)}
    before, after = (outlay.of(full, tasks, every, Cluster(1, 8, 0)).rows for every in (measured, slow))
    of = [task.name for task in tasks].index("train rgb")
    assert after[of].seconds == pytest.approx(before[of].seconds + 50)


def test_the_demo_is_rendered_before_it_is_indexed(plan_of):
    _, rows = rows_of(plan_of(), Cluster(1, 2, 0), is_rendered=True)
    assert list(rows)[:3] == ["demo", "index", "frames"]


def test_the_table_is_narrow_and_says_what_was_not_measured(plan_of):
    full = plan_of()
    tasks, measured = rates(full)
    del measured["flow"]
    result = outlay.of(full, tasks, measured, Cluster(8, 64, 4))
    lines = outlay_table.lines(result, is_on_gpu=False)
    assert max(map(len, lines)) <= 80
    text = "\n".join(lines)
    assert re.search(r"^  flow +8 +not measured$", text, re.MULTILINE)
    assert "what is not measured is in no sum" in text
    assert "measured on a CPU" in text
    stored = json.loads(json.dumps(outlay_table.to_json(result, measured, ["a note"])))
    assert stored["cluster"] == {"nodes": 8, "cores": 64, "gpus": 4}
    assert stored["together"]["is_whole"] is False
    assert [row["core_hours"] is None for row in stored["stages"] if row["name"] == "flow"] == [True]


def test_idle_gpus_are_said(plan_of):
    full = plan_of()
    tasks, measured = rates(full, gpu=True)
    lines = outlay_table.lines(outlay.of(full, tasks, measured, Cluster(8, 64, 4)), is_on_gpu=True)
    assert any("30 of 32 GPUs stay idle while networks are trained" in line for line in lines)
    assert not any("measured on a CPU" in line for line in lines)


@pytest.mark.parametrize("name", published.DATA_SETS)
def test_a_published_data_set_has_its_videos_frames_and_classes(name):
    data, index = published.DATA_SETS[name], published.index(name)
    assert sum(video.frames for video in index.videos) == data.frames
    assert (len(index.subset("train")), len(index.subset("test"))) == (data.train, data.test)
    assert {video.label for video in index.videos} == set(range(data.classes))
    assert max(video.frames for video in index.videos) == data.longest


def test_ucf101_is_as_its_lists_and_frames_say(ucf101):
    data = published.DATA_SETS["ucf101"]
    counts = [int(line.rsplit(",")[-1]) for line in (ucf101 / "frame_counts.csv").read_text().splitlines()[1:]]
    assert (len(counts), sum(counts), max(counts)) == (data.videos, data.frames, data.longest)
    lists = [(ucf101 / "splits" / f"{name}list01.txt").read_text().split("\n") for name in ("train", "test")]
    assert [sum(map(bool, lines)) for lines in lists] == [data.train, data.test]


def test_hmdb51_is_as_its_lists_say(hmdb51):
    data = published.DATA_SETS["hmdb51"]
    numbers = [
        line.split()[1] for file in (hmdb51 / "splits").glob("*split1.txt") for line in file.open() if line.strip()
    ]
    assert (numbers.count("1"), numbers.count("2"), len(numbers)) == (data.train, data.test, 6_766)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("UCF-101", "ucf101"),
        (Path("data/ucf101_videos"), "ucf101"),
        ("hmdb51_org", "hmdb51"),
        ("Kinetics", "kinetics400"),
        ("my videos", None),
        (None, None),
    ],
)
def test_the_name_of_a_folder_tells_the_data_set(text, name):
    assert published.name_in(text) == name
