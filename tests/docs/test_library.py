"""docs/library.md runs as it stands there, and `import twostream` stays cheap."""

import doctest
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import twostream
from support import features
from support.videos import encode, moving_dots
from twostream import plan
from twostream.config import check
from twostream.errors import InputError
from twostream.files import atomic
from twostream.logits import logits_file
from twostream.logits.logits_file import Logits
from twostream.stacks import links
from twostream.videos import index

PAGE = Path(__file__).parents[2] / "docs/library.md"


@pytest.fixture
def cache(flows, model_file, tmp_path, monkeypatch) -> plan.Plan:
    """A project whose index and flow are stored, with logits and features at the paths of the page."""
    monkeypatch.chdir(tmp_path)
    reader, videos = flows
    subsets = [replace(video, subset="test" if n > 6 else "train") for n, video in enumerate(videos)]
    for video in videos:
        (Path("videos") / video.id).parent.mkdir(parents=True, exist_ok=True)
        (Path("videos") / video.id).write_text(video.id)
    atomic.write_json(Path("my.yaml"), {"dataset": {"folder": "videos"}})
    planned = plan.make(check.load(Path("my.yaml")))
    index.write(planned.index, index.Index(("A", "B"), tuple(subsets), ()))
    links.write_links(planned.full.stacks("flow"), [reader.path.parent / "flow" / "0000-x.h5"], "flow")
    described = vars(features.videos(10))
    scores = Logits(logits=np.zeros((10, 3, 2), np.float32), **described | {"split": ("test",) * 10})
    logits_file.write(Path("results/spatial/logits.h5"), scores, {})
    features.write(Path("results/features/spatial.h5"))
    shutil.copy(model_file, "small.twostream")
    encode(Path("new.avi"), moving_dots(14))
    Path("broken.avi").write_bytes(b"no video" * 100)
    return planned


def test_every_example_of_the_page_runs(cache):
    done = doctest.testfile(str(PAGE), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert done.attempted > 20
    assert done.failed == 0


@pytest.mark.parametrize("name", twostream.__all__)
def test_the_page_shows_everything_that_is_offered(name):
    assert callable(getattr(twostream, name))
    assert f"{name}(" in PAGE.read_text(encoding="utf-8") or name == "StackDataset", "which open_stacks returns"


def test_importing_costs_nothing_and_flow_and_fusion_need_no_torch():
    code = (
        "import sys, twostream; print(len([name for name in sys.modules if name.startswith(('numpy', 'twostream.'))]))"
    )
    code += "; import twostream.api; twostream.fuse_scores; print('torch' in sys.modules, 'cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "False", "False"]


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="module 'twostream' has no attribute 'nothing'"):
        twostream.nothing  # noqa: B018


@pytest.mark.parametrize(
    "frames",
    [None, np.zeros((2, 8, 8, 3)), np.zeros((1, 32, 32, 3), np.uint8), np.zeros((4, 32, 32), np.uint8)],
    ids=["none", "float", "one", "grey"],
)
def test_what_is_no_video_has_no_flow(frames):
    with pytest.raises(InputError, match=r"^frames: are .*: give uint8 of shape \(frames, height, width, 3\)"):
        twostream.compute_flow(frames)


def test_bgr_and_rgb_are_the_same_picture():
    picture = np.random.default_rng(0).integers(0, 255, (12, 12, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    frames = np.stack([picture, np.roll(picture, 2, axis=1)])
    there = twostream.compute_flow(frames, "dis")
    assert np.array_equal(twostream.compute_flow(frames[..., ::-1], "dis", colours="bgr"), there)
    with pytest.raises(InputError, match="colours: is `grey`: choose one of rgb, bgr"):
        twostream.compute_flow(frames, colours="grey")


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({}, "scores: name no stream"),
        ({"a": np.zeros((4, 3))}, "scores of a: 4 x 1 x 3 scores, and "),
        ({"a": np.full((6, 3), np.nan)}, "scores of a: the scores of video 0 are not finite"),
        ({"a": np.zeros((6, 2))}, "scores of a: a label is 0 or 2: give labels from 0 to 1"),
        ({"a": np.zeros(6)}, "scores of a: /logits is float32 of shape"),
        ({"a": np.zeros((6, 3)), "b": np.zeros((6, 4))}, "b: its class_name is not that of a"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_in_one_line(scores, words):
    with pytest.raises(InputError) as error:
        twostream.fuse_scores(scores, np.arange(6) % 3)
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: twostream.compute_flow([np.zeros((32, 32, 3), np.uint8), np.zeros((9, 9, 3), np.uint8)]), "frames: "),
        (lambda: twostream.fuse_scores([np.zeros((6, 3))], np.arange(6) % 3), "scores: are a list"),
        (lambda: twostream.fuse_scores({"a": [["x"] * 3] * 6}, np.arange(6) % 3), "scores of a: are <U1"),
        (lambda: twostream.fuse_scores({"a": np.eye(3)}, np.arange(3), is_test=[0, 1, 2]), "is_test: is int64"),
        (lambda: twostream.fuse_scores({"a": np.eye(3)}, np.eye(3)), "labels: are of shape (3, 3)"),
        (lambda: twostream.flow_in_pixels(np.zeros((2, 2), np.float32)), "stored flow: is float32"),
        (lambda: twostream.flow_in_pixels(np.zeros((2, 2), np.uint8), bound=-1), "bound: is -1"),
        (lambda: twostream.predict_videos("new.avi", None), "paths: are one text, `new.avi`"),
    ],
)
def test_what_is_called_wrongly_is_said_in_one_line(call, words):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value).startswith(words)


def test_fusion_selects_on_the_others_where_some_videos_are_not_tested():
    rng, labels = np.random.default_rng(0), np.arange(40) % 2
    scores = {name: np.eye(2)[labels] + rng.normal(0, 0.5, (40, 2)) for name in ("spatial", "temporal")}
    settings = {"strategies": ["average"], "normalisations": ["none"], "poolings": ["mean"], "step": 0.5}
    found = twostream.fuse_scores(scores, labels, is_test=np.arange(40) >= 20, settings=settings)
    assert found["fusion"][0]["videos"] == 20
    assert "validation" in {row["selected_on"] for row in found["fusion"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("depth",), "modality: is `depth`: choose one of rgb, flow"),
        (("flow", "both"), "subset: is `both`: choose train or test"),
        (("flow", "train", 0), "length: is 0: give 1 or more"),
        (("flow", "train", 4, "end"), "start: is `end`: choose middle or random"),
        (("rgb",), "rgb.h5: does not exist yet: run `snakemake --cores all fusion_report --configfile my.yaml`"),
    ],
)
def test_stacks_that_cannot_be_opened_are_refused_in_one_line(cache, arguments, words):
    with pytest.raises(InputError) as error:
        twostream.open_stacks("my.yaml", *arguments)
    assert words in str(error.value)


def test_a_stack_in_the_middle_stays_and_a_random_one_moves(cache, flows):
    stacks = twostream.open_stacks("my.yaml", "flow", "test", 3)
    video = stacks.videos[0]
    assert np.array_equal(stacks[0][0].numpy(), flows[0].read(video.id, (video.frames - 1 - 3) // 2, 3))
    moving = twostream.open_stacks("my.yaml", "flow", "test", 3, start="random")
    assert len({moving[0][0].numpy().tobytes() for _ in range(20)}) > 1
