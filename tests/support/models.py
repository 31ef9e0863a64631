"""A small model of two streams, as a project exports one."""

from pathlib import Path

import pytest
import torch

from twostream.config import check
from twostream.fusion.model import FusionModel, RuleModel
from twostream.predict.model import SECTIONS, Model
from twostream.streams.checkpoint import Checkpoint
from twostream.streams.design import Design
from twostream.streams.network import build_network

SETTINGS = {
    "frames": {"short_side": 32, "codec": "jpeg", "quality": 90},
    "flow": {"short_side": 40, "bound": 5, "codec": "zstd", "tvl1": {"scales": 2, "warps": 1, "outer_iterations": 1}},
    "test": {"samples": 3, "stack": 4},
}
CLASSES = ("Jump", "Run", "Walk")


def stream(modality: str, stack: int) -> Checkpoint:
    """A network with random weights."""
    torch.manual_seed(0)
    design = Design(architecture="shufflenet_v2_x0_5", modality=modality, stack=stack, dropout=0.0, pretrained="none")
    network = build_network(design, len(CLASSES)).eval()
    return Checkpoint(design=design, size=32, class_names=CLASSES, network=network, chosen_on="nothing")


def small_model(**parts) -> Model:
    """A model whose fusion is the average, but for the `parts` that are named."""
    fusion = FusionModel(
        name="average",
        streams=("spatial", "temporal"),
        rule=RuleModel(normalisations=("none",) * 2, pooling="mean", temperatures=(1.0,) * 2, rule="average"),
        temperature=0.5,
        stream_temperatures=(1.0, 2.0),
        labels_of="4 test videos",
    )
    standard = {
        "streams": {"spatial": stream("rgb", 1), "temporal": stream("flow", 4)},
        "settings": {name: check.check_stage(name, SETTINGS[name], name) for name in SECTIONS},
        "fusion": fusion,
        "card": "# Model card\n",
        "provenance": {"twostream": "0"},
    }
    return Model(**standard | parts)


@pytest.fixture(scope="session")
def model_file(tmp_path_factory) -> Path:
    """The file of a small model."""
    from twostream.predict import model

    path = tmp_path_factory.mktemp("model") / "small.twostream"
    model.save(path, small_model())
    return path
