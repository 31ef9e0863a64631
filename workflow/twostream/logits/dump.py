"""Per-frame scores of many videos, kept as they come and then put together."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twostream.cache import keys
from twostream.compute import workers
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import InputError
from twostream.files import atomic
from twostream.logits import logits_file
from twostream.logits.logits_file import Logits
from twostream.stacks.reader import StackReader
from twostream.streams import loader, sampling, scoring
from twostream.streams.checkpoints import Checkpoint
from twostream.streams.sampling import Protocol
from twostream.videos.index import Index, Video


def dump(
    path: Path,
    checkpoint: Checkpoint,
    reader: StackReader,
    index: Index,
    settings: Mapping[str, Any],
    machine: Runtime,
    group: ProcessGroup,
    model: str,
    digest: str,
) -> None:
    """Write to `path` what `checkpoint`, known as `model`, makes of its videos, as the section `test` has it.

    Scores lie in a folder beside `path` until all are there; those that are there, of a file of the same `digest`,
    are not made again.
    """
    parts, stack = path.with_name("parts") / digest, settings["stack"]
    protocol = sampling.protocol(settings["protocol"], settings["samples"], settings["crops"])
    videos = scored_videos(index, checkpoint)
    score_into(parts, checkpoint, reader, group.own_part(videos), protocol, stack, machine, settings["keep_crops"])
    group.barrier()
    if group.is_rank_zero:
        scores = collect(parts, checkpoint, videos, protocol, stack)
        logits_file.write(path, scores, {"settings": keys.canonical(dict(settings)), "model": model})
        shutil.rmtree(path.with_name("parts"))


def scored_videos(index: Index, checkpoint: Checkpoint) -> list[Video]:
    """The videos that are not trained on: those that the epoch was chosen on, and the test videos."""
    held_out = set(checkpoint.validation)
    return [video for video in index.videos if video.id in held_out or video.subset == "test"]


def score_into(
    parts: Path,
    checkpoint: Checkpoint,
    reader: StackReader,
    videos: Sequence[Video],
    protocol: Protocol,
    stack: int,
    machine: Runtime,
    keep_crops: bool = False,
) -> None:
    """Score `videos` at the places of `protocol`, each into a file of the folder `parts` as soon as it is done.

    What is there is not made again. InputError, naming the video, where its scores are not finite.
    """
    missing = {
        video: sampling.test_starts(protocol, video.frames - 1, stack)
        for video in videos
        if _read(_part(parts, video)) is None
    }
    samples = loader.TestViews(reader, checkpoint.design, checkpoint.size, protocol.crops)
    scored = scoring.score(machine.prepare(checkpoint.network), samples, missing, machine, keep_crops)
    with workers.progress(range(len(missing)), "dump_logits", "video") as bar:
        for video, scores in scored:
            if not np.isfinite(scores).all():
                raise InputError(f"the scores of {video.id} are not finite: train again, with a lower lr or clip set")
            with atomic.replacing(_part(parts, video)) as beside, beside.open("wb") as file:
                np.save(file, scores)
            bar.update()


def collect(parts: Path, checkpoint: Checkpoint, videos: Sequence[Video], protocol: Protocol, stack: int) -> Logits:
    """The scores in `parts`; training videos are there because the epoch was chosen on them."""
    made = np.stack([np.load(_part(parts, video), allow_pickle=False) for video in videos])
    starts = np.stack([sampling.test_starts(protocol, video.frames - 1, stack) for video in videos])
    return Logits(
        made,
        tuple(video.id for video in videos),
        np.array([video.label for video in videos], np.int64),
        starts.repeat(made.shape[1] // starts.shape[1], axis=1),
        checkpoint.class_names,
        tuple("test" if video.subset == "test" else "validation" for video in videos),
        tuple(video.group for video in videos),
        checkpoint.chosen_on,
    )


def _read(part: Path) -> NDArray[np.float32] | None:
    """The scores in the file `part`; None where it is not there or damaged."""
    try:
        return np.load(part, allow_pickle=False)
    except (OSError, EOFError, ValueError):
        return None


def _part(parts: Path, video: Video) -> Path:
    return parts / f"{keys.digest(video.id)}-{video.digest}.npy"
