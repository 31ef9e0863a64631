"""Real clips of two classes, end to end through the library: learnt by heart, as they must be."""

import itertools

import h5py
import pytest
import torch

from support.videos import entry
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.config import check
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.training.recipe import TrainingFiles, TrainingSetup
from twostream.training.train import train
from twostream.videos import decode, index

pytestmark = pytest.mark.usefixtures("one_thread")

CLASSES = ("BenchPress", "Diving")
FRAMES, SHORT_SIDE = 20, 40


@pytest.fixture(scope="module")
def frames(clips, tmp_path_factory) -> tuple[StackReader, list[index.Video]]:
    """The first frames of the clips of two classes, small, stored as the workflow stores them."""
    folder = tmp_path_factory.mktemp("overfit")
    files = [path for name in CLASSES for path in sorted((clips / "ucf3" / name).iterdir())]
    videos = [
        entry(f"{path.parent.name}/{path.name}", label=CLASSES.index(path.parent.name), frames=FRAMES) for path in files
    ]
    file_of = dict(zip((video.id for video in videos), files, strict=True))

    def write(video: index.Video, group: h5py.Group) -> None:
        pictures = itertools.islice(decode.decode(file_of[video.id], SHORT_SIDE), FRAMES)
        codecs.write(group, (picture[..., ::-1].transpose(2, 0, 1) for picture in pictures), FRAMES, "zstd", 95)

    shards.fill(folder / "frames" / "0000-x.h5", videos, write)
    links.write_links(folder / "rgb.h5", [folder / "frames" / "0000-x.h5"], "rgb")
    return StackReader(folder / "rgb.h5"), videos


def test_two_classes_of_real_clips_are_learnt_by_heart(frames, tmp_path):
    reader, videos = frames
    stream = {
        "modality": "rgb",
        "architecture": "resnet18",
        "pretrained": "none",
        "size": 32,
        "segments": 2,
        "epochs": 24,
        "batch": 3,
        "optimiser": "adamw",
        "lr": 0.001,
        "schedule": "cosine",
    }
    settings = check.check({"streams": {"a": stream}})["streams"]["a"]
    setup = TrainingSetup.from_settings(settings, Runtime(device=torch.device("cpu")), ProcessGroup())
    files = TrainingFiles(tmp_path / "state.pt", tmp_path / "history.csv", tmp_path / "scalars")
    _, epochs = train(reader, videos, None, 2, setup, files)
    assert len(videos) >= 4
    assert epochs[-1].prec1 == 100
