"""How long a step of training waits for data."""

from pathlib import Path
from typing import Any

import torch

from twostream.bench import _material
from twostream.bench._material import STACK, Frames
from twostream.compute import workers
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.config import schema
from twostream.streams.design import Design
from twostream.training.recipe import TrainingFiles, TrainingSetup
from twostream.training.train import train

TEMPORAL = Design(architecture="resnet101", modality="flow", stack=STACK, dropout=0.0, pretrained="none")
SPATIAL = Design(architecture="resnet101", modality="rgb", stack=1, dropout=0.0, pretrained="none")


def measure(folder: Path, frames: Frames, fields: Frames) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Return which part of a step of ResNet-101 at 112 pixels is waiting for data, as the table of training has it."""
    torch.set_num_threads(workers.cores(2))
    rows, parts = [], {}
    for name, design, stored, codec in (("spatial", SPATIAL, frames, "jpeg"), ("temporal", TEMPORAL, fields, "zstd")):
        reader, videos = _material.store(folder / "step", stored, codec, 95, videos=32)
        for loaders in (0, 1):
            setup = TrainingSetup.from_settings(
                _settings(design), Runtime(device=torch.device("cpu"), loader_workers=loaders), ProcessGroup()
            )
            files = TrainingFiles(
                *(folder / f"{name}{loaders}" / part for part in ("state.pt", "history.csv", "scalars"))
            )
            _, (epoch,) = train(reader, videos, None, 2, setup, files)
            waiting = epoch.data_time / epoch.batch_time
            parts[f"waiting_share_step_{name}_{loaders}_workers"] = round(waiting, 4)
            rows.append(
                {
                    "what": f"step, {name}, {loaders} workers",
                    "step, s": epoch.batch_time,
                    "waiting, s": epoch.data_time,
                    "share": waiting,
                }
            )
    return rows, parts


def _settings(design: Design) -> schema.Settings:
    """Return the settings of a stream that trains one epoch at 112 pixels."""
    from twostream.config import check  # The self-test imports this module without the libraries of settings.

    changes = vars(design) | {"size": 112, "crop": "multiscale", "epochs": 1, "batch": 8, "schedule": "constant"}
    settings: schema.Settings = check.check({"streams": {"measured": changes}})["streams"]["measured"]
    return settings
