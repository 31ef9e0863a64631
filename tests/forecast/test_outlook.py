"""What lies ahead of a run: what is missing, by which rates it is reckoned, and how it is told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from support.videos import entry
from twostream import plan, preflight, survey
from twostream.cache import rates, receipts
from twostream.cache.rates import Rate
from twostream.config import check
from twostream.errors import InputError
from twostream.forecast import outlook, table, tasks
from twostream.forecast.outlook import FlowRange
from twostream.stacks import shards
from twostream.videos import index
from twostream.videos.interval import Part

STREAM = {"architecture": "resnet18", "pretrained": "none", "size": 112, "epochs": 40}
VIDEOS = [
    entry(
        f"{name}/{subset}{n}.avi", label=label, subset=subset, group=f"{subset}{n}", frames=101, width=320, height=240
    )
    for label, name in enumerate("AB")
    for subset, count in (("train", 6), ("test", 5))
    for n in range(count)
]
MEMORY = Path("trials.json")
RATE = Rate(seconds=1e-6, bytes=0.5, start=2.0)


@pytest.fixture
def full(tmp_path, monkeypatch):
    """Return a plan whose index is there, and nothing else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(survey.decoder, "find", lambda *_: survey.decoder.UNKNOWN)
    monkeypatch.setattr(survey.rounding, "find", lambda *_: "")
    streams = {"rgb": STREAM | {"modality": "rgb"}, "temporal": STREAM | {"modality": "flow", "stack": 10}}
    settings = check.check(
        {
            "streams": streams,
            "index": {"shards": 3},
            "flow": {"backend": "fused", "bound": 8},
            "validation": {"by": "none"},
        }
    )
    planned = plan.Plan(settings, survey.take(settings))
    planned.index.parent.mkdir(parents=True)
    index.write(planned.index, index.Index(("A", "B"), tuple(VIDEOS), ()))
    return planned.full


def make(*files):
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
        receipts.write(file, 1.0, {})


def names(ahead):
    return [row.task.name for row in ahead.rows]


def test_everything_is_ahead_and_then_only_what_is_missing(full):
    ahead = outlook.of(full, 2)
    streams = ["train rgb", "train temporal", "score rgb", "score temporal"]
    assert names(ahead) == ["frames", "flow", "stacks", *streams, "fusion", "report"]
    assert [row.task.work.jobs for row in ahead.rows] == [3, 3, 2, 1, 1, 1, 1, 1, 1]
    make(*full.shard_files("rgb"), full.shard_files("flow")[0], *(stream.model for stream in full.streams))
    ahead = outlook.of(full, 2)
    assert names(ahead) == ["flow", "stacks", "score rgb", "score temporal", "fusion", "report"]
    assert ahead.rows[0].task.work.jobs == 2
    assert outlook.of(full, 2, None, {"fuse"}).rows[0].task.name == "fusion"


def test_videos_that_another_shard_or_an_interrupted_job_has_are_not_ahead(full):
    (path, *_), (videos, *others) = full.shard_files("rgb"), full.shards.values()

    def write(video, group):
        group["dense"] = [1]

    shards.fill(path.with_name("0009-0123456789ab.h5"), videos[1:], write)
    part = others[0][0]
    shards.fill(path.with_name("0008-0123456789ab.h5"), [replace(part, digest="of another content")], write)
    (frames, *_) = tasks.of(full)
    assert frames.what == f"{22 - len(videos) + 1} videos, {101 * (22 - len(videos) + 1):,} frames"
    assert frames.work.jobs == 3
    assert frames.work.units == (22 - len(videos) + 1) * 101 * 320 * 240
    assert frames.work.stored == 22 * 101 * 341 * 256


def test_an_interrupted_training_has_its_last_epochs_ahead(full):
    stream = full.streams[0]
    make(stream.model.with_name("state.pt"))
    stream.history.write_text("Epoch\n" + "".join(f"{n}\n" for n in range(1, 31)))
    (task,) = (task for task in tasks.of(full) if task.name == "train rgb")
    assert task.what == "10 more epochs of 12 videos"
    assert task.work.units == 10 * 12 * 3
    stream.history.write_text("Epoch\n" + "".join(f"{n}\n" for n in range(1, 40)))
    (task,) = (task for task in tasks.of(full) if task.name == "train rgb")
    assert task.what == "1 more epoch of 12 videos"


def test_what_was_measured_is_reckoned_and_nothing_is_tried(full, monkeypatch):
    for task in tasks.of(full):
        rates.write(full.plan.root, task.rate, RATE)
    monkeypatch.setattr(outlook, "_try_videos", lambda *_: ({}, None))
    monkeypatch.setattr(outlook.measurement, "find", lambda *_, **__: pytest.fail("a trial was begun"))
    ahead = outlook.of(full, 2, MEMORY)
    assert {row.origin for row in ahead.rows} == {outlook.MEASURED}
    (flow,) = (row for row in ahead.rows if row.task.name == "flow")
    # 22 videos of 100 pairs at 341 x 256; a shard takes three seconds to start.
    pixels = 22 * 100 * 341 * 256
    assert flow.estimate.seconds == pytest.approx(3 * 3 + pixels * 1e-6 / 2)
    assert flow.estimate.bytes == pixels * 0.5


def test_what_was_not_measured_is_tried(full, monkeypatch):
    trial = {"seconds": 2e-6, "bytes": 1.0, "start": 1.0}
    given = {
        outlook.VIDEO_TRIAL: {"frames": trial, "flow": {"rate": trial, "clipped": {"A/0.avi": 0.0}, "levels": 9.0}},
        outlook.NETWORK_TRIAL: [{"training": trial, "scoring": trial, "features": 512}] * 2,
    }
    monkeypatch.setattr(outlook.measurement, "find", lambda file, module, *_, **__: given[module])
    ahead = outlook.of(full, 2, MEMORY)
    tried = {row.task.name for row in ahead.rows if row.origin == outlook.TRIED}
    assert tried == {"frames", "flow", "train rgb", "train temporal", "score rgb", "score temporal"}
    assert ahead.flow_range == FlowRange({"A/0.avi": 0.0}, 9.0)


def test_features_are_ahead_where_they_are_asked_for(full, monkeypatch):
    trial = {"seconds": 2e-6, "bytes": 4.0, "start": 1.0}
    given = [{"training": trial, "scoring": trial, "features": 512}] * 2
    monkeypatch.setattr(outlook.measurement, "find", lambda *_, **__: given)
    make(*(stream.model for stream in full.streams), *(full.stacks(modality) for modality in ("rgb", "flow")))
    ahead = outlook.of(full, 2, MEMORY, {"dump_features", "features"})
    assert names(ahead) == ["features rgb", "features temporal"]
    row = ahead.rows[0]
    # 22 videos, 19 views of each, 512 numbers of four bytes.
    assert row.task.what == "22 videos, 19 views of each"
    assert row.estimate.bytes == 22 * 19 * 512 * 4
    assert "features rgb" not in names(outlook.of(full, 2))


def test_what_is_tried_of_an_interval_is_its_file(full, monkeypatch):
    part = Part(file="A/whole.avi", first=50, length=101, frames=101)
    intervals = [replace(video, id=f"A/whole.avi#t={n}", part=part) for n, video in enumerate(VIDEOS)]
    monkeypatch.setattr(outlook, "_some", lambda _: intervals)
    requests = []
    monkeypatch.setattr(outlook.measurement, "find", lambda _, module, request, *__, **___: requests.append(request))
    outlook.of(full, 2, MEMORY)
    paths = {path for path, *_ in json.loads(requests[0][0])["videos"]}
    assert paths == {str(full.plan.folder / "A/whole.avi")}


def test_frames_are_tried_beside_flow_that_is_imported_and_that_flow_is_not(full, monkeypatch):
    full.plan.settings["flow"]["imported"] = "0123456789ab"
    requests = []
    monkeypatch.setattr(outlook.measurement, "find", lambda _, module, request, *__, **___: requests.append(request))
    outlook.of(full, 2, MEMORY)
    request = json.loads(requests[0][0])
    assert request["frames"] == full.plan.settings["frames"]
    assert request["flow"] is None


def test_a_trial_that_fails_is_no_matter(full, monkeypatch):
    monkeypatch.setattr(outlook.measurement, "find", lambda *_, **__: None)
    ahead = outlook.of(full, 2, MEMORY)
    assert {row.origin for row in ahead.rows} == {outlook.UNMEASURED, outlook.SMALL}


def test_the_table_is_aligned_and_narrow(full):
    rates.write(full.plan.root, next(tasks.of(full)).rate, RATE)
    lines = preflight.describe(full.plan, outlook.of(full, 2))
    assert max(map(len, lines)) <= table.WIDTH
    assert "  videos    22 of 2 classes: 12 to train (of 12 recordings), 10 to test (of 10" in lines
    assert "  epoch     the last one is kept" in lines
    assert "  left out  nothing" in lines
    (flow,) = (line for line in lines if line.startswith("  flow "))
    assert flow.split("  ")[-1].strip() == "not measured yet"
    head = next(line for line in lines if line.startswith("  stage"))
    frames = next(line for line in lines if line.startswith("  frames"))
    assert len(head) == len(frames)
    assert "22 videos, 2,222 frames" in frames
    assert any(line.startswith("  together ") and line.endswith("MB") and "or more" in line for line in lines)
    assert "  what is not measured yet is in no sum" in lines


def test_each_finished_job_says_what_is_left_of_the_whole(full):
    for task in tasks.of(full):
        rates.write(full.plan.root, task.rate, RATE)
    before = outlook.of(full, 2)
    make(*full.shard_files("flow")[:2])
    now = outlook.remaining(full, before)
    (line,) = table.progress(before, before, now)
    assert line.startswith("flow: 2 of 3 jobs done; about ")
    assert line.endswith(" left of the whole")
    assert table.progress(before, now, now) == []


def test_what_no_job_has_measured_yet_is_reckoned_as_before(full, monkeypatch):
    monkeypatch.setattr(outlook, "_try_videos", lambda *_: ({next(tasks.of(full)).rate: RATE}, None))
    monkeypatch.setattr(outlook, "_try_networks", lambda *_: {})
    before = outlook.of(full, 2, MEMORY)
    make(full.shard_files("rgb")[0])
    now = outlook.remaining(full, before)
    assert (now.rows[0].task.name, now.rows[0].origin) == ("frames", outlook.TRIED)
    part = now.rows[0].task.work.units / before.rows[0].task.work.units
    assert now.rows[0].estimate.seconds == pytest.approx(part * before.rows[0].estimate.seconds)


@pytest.mark.parametrize(
    ("clipped", "levels", "words"),
    [
        (0.0, 100.0, []),
        (
            0.03,
            127.0,
            [
                "Flow stays within its bound? At the bound: 3 % of all vectors of 2 of 22 videos, 6 % of the worst "
                "video's; a greater flow.bound would keep them"
            ],
        ),
        (
            0.0,
            8.0,
            [
                "Flow uses its range? 99.5 % of it needs 8 of 127 levels, in 2 of 22 videos; a smaller flow.bound, "
                "such as 0.76, keeps more of it apart"
            ],
        ),
    ],
)
def test_a_bound_that_clips_or_wastes_is_said_with_the_measured_part(full, clipped, levels, words):
    flow_range = FlowRange({"A/0.avi": 0.0, "A/1.avi": 2 * clipped}, levels)
    lines = table.remarks(full.index, flow_range, bound=8)
    assert " ".join(line.strip() for line in lines).split("warning:  ")[1:] == words
    assert max(map(len, lines), default=0) <= table.WIDTH


def test_a_class_of_few_test_videos_is_said(full):
    few = index.Index(("A", "B"), tuple(video for video in VIDEOS if video.id != "B/test4.avi"), ())
    assert "Every class has test videos? Fewer than 5 in 1 class" in table.remarks(few, None, 8)[0]


def test_a_disk_that_is_too_small_is_refused(full, monkeypatch):
    for task in tasks.of(full):
        rates.write(full.plan.root, task.rate, RATE)
    ahead = outlook.of(full, 2)
    preflight.check_disk(full.plan, ahead)
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: type("Disk", (), {"free": 10_000_000})())
    with pytest.raises(InputError, match=r"cache_root: .*results has 10 MB free, and this run needs \d+ MB: free some"):
        preflight.check_disk(full.plan, ahead)
