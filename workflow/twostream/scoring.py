"""A trained network's scores of test videos, frame by frame."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from twostream import atomic, keys, parallel, sampling, streams
from twostream.errors import InputError
from twostream.index import Video
from twostream.loader import test_crops
from twostream.logits import Logits
from twostream.sampling import PROTOCOLS
from twostream.stacks import StackReader

VIEWS_AT_ONCE = 64


@dataclass(frozen=True)
class Checkpoint:
    """A trained stream as stored: what it is, what it tells apart, and its weights."""

    design: streams.Design
    size: int
    class_names: tuple[str, ...]
    network: nn.Module


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    stored = {
        "design": vars(checkpoint.design),
        "size": checkpoint.size,
        "class_names": list(checkpoint.class_names),
        "state_dict": checkpoint.network.state_dict(),
    }
    with atomic.replacing(path) as beside:
        torch.save(stored, beside)


def load_checkpoint(path: Path, device: torch.device) -> Checkpoint:
    """The checkpoint at `path`; nothing in the file is run."""
    try:
        stored = torch.load(path, map_location=device, weights_only=True)
        design = streams.Design(**{**stored["design"], "pretrained": "none"})
        network = streams.build(design, len(stored["class_names"]))
        network.load_state_dict(stored["state_dict"])
    except Exception as error:  # whatever torch.load says of a file that is no checkpoint
        raise InputError(f"{path}: not a checkpoint of ours ({type(error).__name__}): delete it, run again") from error
    return Checkpoint(design, stored["size"], tuple(stored["class_names"]), network.to(device).eval())


def score_videos(
    checkpoint: Checkpoint,
    reader: StackReader,
    videos: Sequence[Video],
    protocol: str,
    samples: int | None,
    stack: int,
    device: torch.device,
    parts: Path,
) -> Logits:
    """The scores of `videos` at the places of `protocol`, its crops averaged.

    Each video's scores are kept in the folder `parts` as they come; what is there is not made again.
    """
    made, places = [], []
    for video in parallel.bar(videos, "dump_logits", "video"):
        starts = sampling.test_starts(protocol, video.frames - 1, stack, samples)
        part = parts / f"{keys.digest(video.id)}-{video.digest}.npy"
        if not part.exists():
            scores = _score(checkpoint, reader, video, starts, PROTOCOLS[protocol].crops, device)
            with atomic.replacing(part) as beside, beside.open("wb") as file:
                np.save(file, scores)
        made.append(np.load(part, allow_pickle=False))
        places.append(starts)
    return Logits(
        np.stack(made),
        tuple(video.id for video in videos),
        np.array([video.label for video in videos], np.int64),
        np.stack(places),
        checkpoint.class_names,
        tuple(video.split for video in videos),
        tuple(video.group for video in videos),
    )


@torch.inference_mode()
def _score(
    checkpoint: Checkpoint,
    reader: StackReader,
    video: Video,
    starts: sampling.Starts,
    crops: str,
    device: torch.device,
) -> NDArray[np.float32]:
    """(samples, classes) of one video."""
    design = checkpoint.design
    stacks = [torch.from_numpy(reader.read(video.id, int(start), design.stack)) for start in starts]
    views = torch.cat([test_crops(stack, crops, checkpoint.size, design.modality) for stack in stacks])
    scores = [
        checkpoint.network(streams.normalise(part.flatten(1, 2).to(device), design.modality))
        for part in views.split(VIEWS_AT_ONCE)
    ]
    return torch.cat(scores).unflatten(0, (len(starts), -1)).mean(dim=1).float().cpu().numpy()
