"""A small trained stream: flow of two classes, and how it is trained."""

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from support.videos import entry
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.stacks import codecs, links, shards
from twostream.stacks.reader import StackReader
from twostream.streams import sampling
from twostream.streams.clips import ClipSampling
from twostream.streams.design import Design
from twostream.training.recipe import Optimisation, Recipe, TrainingFiles, TrainingSetup
from twostream.training.train import train
from twostream.training.validation import Validator
from twostream.videos import index

DESIGN = Design(architecture="resnet18", modality="flow", stack=4, dropout=0.0, pretrained="none")
RECIPE = Recipe(
    batch=4,
    accumulate=1,
    consensus="average",
    top_k=1,
    partial_bn=False,
    class_weights="none",
    class_sampling="none",
    label_smoothing=0.0,
    mixup=0.0,
    precision="float32",
    seed=0,
)
OPTIMISATION = Optimisation(
    optimiser="sgd",
    lr=0.01,
    momentum=0.9,
    weight_decay=0.0,
    schedule="cosine",
    epochs=4,
    patience=1,
    steps=(),
    warmup=0.0,
    clip=None,
    ema=0.0,
)
CLIP_SAMPLING = ClipSampling(
    size=32,
    segments=2,
    sampling="segments",
    crop="random",
    smallest_crop=0.8,
    largest_crop=1.0,
    positions=13,
    colour_jitter=0.0,
    seed=0,
)
CPU = torch.device("cpu")
ALONE = ProcessGroup()


@pytest.fixture
def one_thread():
    """These networks are too small for more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def flows(tmp_path_factory) -> tuple[StackReader, list[index.Video]]:
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
    shards.fill(folder / "flow" / "0000-x.h5", videos, write)
    links.write_links(folder / "flow.h5", [folder / "flow" / "0000-x.h5"], "flow")
    return StackReader(folder / "flow.h5"), videos


def setup(**parts) -> TrainingSetup:
    """A set-up with these parts and, for the others, those of this module."""
    standard = {
        "design": DESIGN,
        "clip_sampling": CLIP_SAMPLING,
        "recipe": RECIPE,
        "optimisation": OPTIMISATION,
        "runtime": Runtime(device=CPU),
        "processes": ALONE,
    }
    return TrainingSetup(**standard | parts)


def validator(reader, videos, samples=2, chosen_on="validation", design=DESIGN) -> Validator:
    """A validator that looks at `samples` centre crops."""
    return Validator(
        reader=reader,
        videos=videos,
        design=design,
        size=32,
        protocol=sampling.protocol("center25", samples),
        stack=design.stack,
        consensus="average",
        top_k=1,
        chosen_on=chosen_on,
    )


def files_beside(state: Path) -> TrainingFiles:
    """Training files beside each other."""
    return TrainingFiles(state, state.with_suffix(".csv"), state.with_suffix(".scalars"))


def train_small(flows, state: Path, recipe=RECIPE, validation_videos=(), **parts):
    """Train with the standard set-up but for these `parts`, validating where there are videos for it."""
    reader, videos = flows
    judge = validator(reader, validation_videos, design=parts.get("design", DESIGN)) if validation_videos else None
    return train(reader, videos, judge, 2, setup(recipe=recipe, **parts), files_beside(state))


def weights(network) -> torch.Tensor:
    return torch.cat([value.flatten().double() for value in network.state_dict().values()])
