"""Score the frames of many videos: each video into a file of its own, and in the end all into one."""

import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twostream import console, text
from twostream.cache import keys
from twostream.compute import workers
from twostream.compute.distributed import ProcessGroup
from twostream.compute.hardware import Runtime
from twostream.errors import RERUN, InputError
from twostream.files import sealed
from twostream.logits import logits_file
from twostream.logits.logits_file import Logits, ScoredVideos
from twostream.logits.training import Training
from twostream.stacks.reader import StackReader
from twostream.streams import sampling, scoring
from twostream.streams.checkpoint import Checkpoint
from twostream.streams.sampling import Protocol, Starts
from twostream.streams.views import EvaluationViews
from twostream.videos.index import Index, Video


@dataclass(frozen=True, kw_only=True)
class ScoringJob:
    """A trained stream, the stacks that it scores, and how: `settings` is the section `test`.

    `model` is the stream's name in the file of logits. `digest` is that of the checkpoint's file: scores that an
    interrupted job left are used only if they are of the same one. `remarks` say in what the stacks differ from those
    that the stream was trained on.
    """

    checkpoint: Checkpoint
    reader: StackReader
    settings: Mapping[str, Any]
    runtime: Runtime
    model: str
    digest: str
    remarks: tuple[str, ...] = ()

    @property
    def protocol(self) -> Protocol:
        """The test protocol, with the places and crops that the settings ask for."""
        return sampling.protocol(self.settings["protocol"], self.settings["samples"], self.settings["crops"])

    def starts(self, video: Video) -> Starts:
        """Return where the stacks begin that are scored of `video`, (samples,)."""
        return sampling.test_starts(self.protocol, video.frames - 1, self.settings["stack"])


def dump(path: Path, job: ScoringJob, index: Index, group: ProcessGroup) -> int:
    """Score the videos of `index` that `job`'s stream was not trained on, and write their logits to `path`.

    Return how many videos this process has scored.

    The processes of `group` divide the videos. The scores of each video lie in a folder beside `path` until all
    are there, so that an interrupted job goes on where it was.
    """
    parts = path.with_name("parts") / job.digest
    videos = scored_videos(index, job.checkpoint)
    scored = score_into(parts, job, group.own_part(videos))
    group.barrier()
    if group.is_rank_zero:
        provenance = {"settings": keys.canonical(dict(job.settings)), "model": job.model}
        scores = collect(parts, job, videos)
        logits_file.write(path, scores, provenance)
        count, samples, classes = map(text.counted, scores.logits.shape, ("video", "sample", "class"))
        console.inform(f"{count}, {samples} of each, {classes}: all are scored")
        shutil.rmtree(path.with_name("parts"))
    return scored


def scored_videos(index: Index, checkpoint: Checkpoint) -> list[Video]:
    """Return the videos that `checkpoint` is not trained on: those its epoch was selected on, and the test videos."""
    held_out = set(checkpoint.validation)
    return [video for video in index.videos if video.id in held_out or video.subset == "test"]


def score_into(parts: Path, job: ScoringJob, videos: Sequence[Video]) -> int:
    """Write the scores of each of the `videos` into a file of the folder `parts`, unless its file is there.

    Return how many were written.

    InputError, naming the video, where its scores are not finite.
    """
    checkpoint = job.checkpoint
    missing = {video: job.starts(video) for video in videos if _read(_part(parts, video)) is None}
    crops = job.protocol.crops
    views = EvaluationViews(job.reader, checkpoint.design, checkpoint.size, crops, job.runtime.device_crops)
    network = job.runtime.prepare(checkpoint.network)
    with workers.progress(range(len(missing)), "scored", "video") as bar:
        for video, scores in scoring.score(network, views, missing, job.runtime, job.settings["keep_crops"]):
            if not np.isfinite(scores).all():
                problem = "its scores are not finite"
                raise InputError(video.id, problem, "set a lower lr, or clip, of the stream, and train it again")
            content = io.BytesIO()
            np.save(content, scores)
            sealed.write(_part(parts, video), content.getvalue())
            bar.update()
    return len(missing)


def collect(parts: Path, job: ScoringJob, videos: Sequence[Video]) -> Logits:
    """Return the scores of the `videos`, which lie in `parts`."""
    scores = np.stack(list(stored(parts, videos)))
    return Logits(logits=scores, **vars(describe(job, videos, scores.shape[1])))


def stored(parts: Path, videos: Sequence[Video]) -> Iterator[NDArray[np.float32]]:
    """Yield what lies in `parts` of each of the `videos`: (samples, classes)."""
    return (_scores(_part(parts, video)) for video in videos)


def describe(job: ScoringJob, videos: Sequence[Video], samples: int) -> ScoredVideos:
    """Return what is known of the `videos`, of which `job` scores so many `samples` each."""
    starts = np.stack([job.starts(video) for video in videos])
    held_out = set(job.checkpoint.validation)
    subsets = ["validation" if video.subset != "test" and video.id in held_out else video.subset for video in videos]
    return ScoredVideos(
        video_id=tuple(video.id for video in videos),
        label=np.array([video.label for video in videos], np.int64),
        frame_index=starts.repeat(samples // starts.shape[1], axis=1),
        class_name=job.checkpoint.class_names,
        split=tuple(subsets),
        group=tuple(video.group for video in videos),
        chosen_on=job.checkpoint.chosen_on,
        modality=job.checkpoint.design.modality,
        training=_training(job, videos),
    )


def _training(job: ScoringJob, videos: Sequence[Video]) -> Training | None:
    """Return what is known of the training of `job`'s stream; None where its checkpoint does not say it."""
    record = job.checkpoint.record
    if record is None:
        return None
    in_training = np.array(record.trained_on((video.id, video.content) for video in videos), bool)
    return Training(
        in_training=in_training, summary=record.summary() | {"test": dict(job.settings)}, remarks=job.remarks
    )


def _scores(part: Path) -> NDArray[np.float32]:
    """Return the scores in the file `part`; InputError where they are not what was written."""
    scores = _read(part)
    if scores is None:
        raise InputError(part, "has changed since it was written", RERUN)
    return scores


def _read(part: Path) -> NDArray[np.float32] | None:
    """Return the scores in the file `part`; None where it is missing or damaged."""
    content = sealed.read(part)
    if content is None:
        return None
    scores: NDArray[np.float32] = np.load(io.BytesIO(content), allow_pickle=False)
    return scores


def _part(parts: Path, video: Video) -> Path:
    return parts / f"{keys.digest(video.id)}-{video.digest}.npy"
