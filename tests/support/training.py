"""A small trained stream: flow of two classes, and how it is trained."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from support.videos import entry
from twostream.compute.hardware import Runtime
from twostream.stacks import codecs, shards
from twostream.stacks import reader as stacks
from twostream.streams import loader
from twostream.streams import network as streams
from twostream.streams import sampling as protocols
from twostream.training import train as training
from twostream.training import validation
from twostream.training.optimiser import Optimisation
from twostream.videos import index

DESIGN = streams.Design("resnet18", "flow", 4, 0.0, "none")
RECIPE = training.Recipe(
    batch=4,
    accumulate=1,
    consensus="average",
    top_k=1,
    partial_bn=False,
    label_smoothing=0.0,
    mixup=0.0,
    precision="float32",
    seed=0,
)
HOW = Optimisation("sgd", 0.01, 0.9, 0.0, "cosine", 4, 1, (), 0.0, None, 0.0)
DRAW = loader.Draw(32, 2, "segments", "random", 0.8, 1.0, 13, 0.0, seed=0)
CPU = torch.device("cpu")
ALONE = training.ProcessGroup()


@pytest.fixture
def one_thread():
    """These networks are too small for more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def flows(tmp_path_factory) -> tuple[stacks.StackReader, list[index.Video]]:
    """Ten videos of two classes whose flow points right or down."""
    folder = tmp_path_factory.mktemp("flows")

    def write(video: index.Video, group: h5py.Group) -> None:
        rng = np.random.default_rng(int(video.digest))
        fields = rng.integers(118, 139, (video.frames - 1, 2, 36, 40)).astype(np.uint8)
        fields[:, video.label] += 60
        codecs.write(group, iter(fields), video.frames - 1, "zstd", 95)

    videos = [
        entry(f"{'AB'[i % 2]}/{i}.avi", label=i % 2, group=f"g{i:02d}", frames=9 + i, digest=str(i)) for i in range(10)
    ]
    shards.fill(folder / "flow" / "0000-x.h5", videos, write, "flow", 1, "threads")
    stacks.write_links(folder / "flow.h5", [folder / "flow" / "0000-x.h5"], "flow")
    return stacks.StackReader(folder / "flow.h5"), videos


def train(flows, state: Path, recipe=RECIPE, design=DESIGN, workers=0, how=HOW, watched=(), group=ALONE, way=None):
    reader, videos = flows
    course = training.Course(design, DRAW, recipe, how, Runtime(CPU, **(way or {"loader_workers": workers})), group)
    protocol = protocols.protocol("center25", 2)
    watch = validation.Watch(reader, watched, design, 32, protocol, design.stack, "average", 1, "validation")
    files = training.Files(state, state.with_suffix(".csv"), state.with_suffix(".scalars"))
    return training.train(reader, videos, watch if watched else None, 2, course, files)


def weights(network) -> torch.Tensor:
    return torch.cat([value.flatten().double() for value in network.state_dict().values()])
