"""Many videos answered by a model: decoded and their flow computed while those before them are scored."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from twostream.compute import hardware, workers
from twostream.compute.options import NetworkOptions
from twostream.errors import InputError
from twostream.predict.answers import Answer, Failure
from twostream.predict.model import Model
from twostream.predict.sampled import Decoding, ReaderInMemory, VideoInMemory, positions_in, read_flow, read_rgb
from twostream.streams import sampling, scoring
from twostream.streams.checkpoint import Checkpoint
from twostream.streams.sampling import Starts
from twostream.streams.views import EvaluationViews
from twostream.text import writable
from twostream.videos import flow_step, parts, probe
from twostream.videos.index import Video
from twostream.videos.parts import ProbedVideo
from twostream.videos.probe import Probe

READ = {"rgb": read_rgb, "flow": read_flow}
AHEAD = 8
"""How many videos are ready, or are being made ready, before the network takes them."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """Where and how videos are answered: none of it changes an answer but by rounding."""

    device: str = "auto"
    threads: int = 64
    batch: int = 8
    flow_batch: int = 32


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A video ready to be scored: what is stored of it, by modality, where its stacks start, and its probe."""

    video: Video
    probe: Probe
    starts: Starts
    stored: dict[str, VideoInMemory]


Samples = Mapping[str, NDArray[np.float32]]
"""Scores (samples, classes): those of a video by the streams' names, or those of a stream by the videos' ids."""


class Networks:
    """The networks of a model, on their device."""

    def __init__(self, model: Model, options: Options) -> None:
        self._model = model
        self._runtime = hardware.runtime(NetworkOptions(device=options.device, loader_workers=0), options.threads)
        self._networks = {name: self._runtime.prepare(stream.network) for name, stream in model.streams.items()}

    def score(self, ready: Sequence[Prepared]) -> dict[str, Samples]:
        """Return by stream the scores (samples, classes) of each video, by its id."""
        return {name: self._score(stream, self._networks[name], ready) for name, stream in self._model.streams.items()}

    def _score(self, stream: Checkpoint, network: nn.Module, ready: Sequence[Prepared]) -> Samples:
        reader = ReaderInMemory({each.video.id: each.stored[stream.design.sees.stored] for each in ready})
        crops = protocol(self._model).crops
        views = EvaluationViews(reader, stream.design, stream.size, crops, self._runtime.device_crops)
        starts = {each.video: each.starts for each in ready}
        keep_crops = self._model.settings["test"]["keep_crops"]
        scored = scoring.score(network, views, starts, self._runtime, keep_crops)
        return {video.id: scores for video, scores in scored}


Prepare = Callable[[Path], Prepared | Failure]
Look = Callable[[Prepared], None]
"""What is called with each video before its frames are dropped."""


def videos(
    paths: Sequence[Path], model: Model, options: Options | None = None, look: Look | None = None
) -> Iterator[Answer | Failure]:
    """Yield what `model` says of the video at each of `paths`, in their order, or why it says nothing.

    `look` sees the frames of each video that is answered.
    """
    for each, samples in score(paths, model, options or Options(), "predict"):
        if isinstance(each, Prepared) and look:
            look(each)
        if isinstance(each, Prepared):
            yield answer(model, each, samples, trained_on(model, each.video.digest))
        else:
            yield each


def score(
    paths: Sequence[Path], model: Model, options: Options, label: str
) -> Iterator[tuple[Prepared | Failure, Samples]]:
    """Yield each of the videos at `paths` with the scores of its samples by each stream's network.

    A video that cannot be answered has no scores. `label` is the name of the progress bar.
    """
    networks = Networks(model, options)
    prepare = partial(prepare_video, model=model, options=options)
    ready = _ahead(prepare, paths, workers.cores(options.threads))
    with workers.progress(range(len(paths)), label, "video", total=len(paths)) as bar:
        while chunk := list(islice(ready, options.batch)):
            whole = [each for each in chunk if isinstance(each, Prepared)]
            samples = networks.score(whole)
            for each in chunk:
                yield each, of_video(each, samples)
                bar.update()


def of_video(video: Prepared | Failure, samples: Mapping[str, Samples]) -> Samples:
    """Return the scores of a video among those of several, by the stream's name."""
    if isinstance(video, Failure):
        return {}
    return {name: of_stream[video.video.id] for name, of_stream in samples.items()}


def prepare_video(path: Path, model: Model, options: Options) -> Prepared | Failure:
    """Decode the video at `path` and compute its flow, where the model's networks look."""
    try:
        whole = parts.at_rate(probe.probe(path), path.name, model.settings["frames"].get("fps"))
        video_probe = whole.probe
        if video_probe.reason:
            return Failure(writable(path), video_probe.reason)
        test = model.settings["test"]
        starts = sampling.test_starts(protocol(model), video_probe.frames - 1, test["stack"])
        stored = _read(path, model, options, whole, starts)
        return Prepared(video=as_video(writable(path), video_probe), probe=video_probe, starts=starts, stored=stored)
    except (InputError, OSError) as error:
        return Failure.of(path, error)


def protocol(model: Model) -> sampling.Protocol:
    """Return the test protocol of `model`."""
    test = model.settings["test"]
    return sampling.protocol(test["protocol"], test["samples"], test["crops"])


def _read(path: Path, model: Model, options: Options, whole: ProbedVideo, starts: Starts) -> dict[str, VideoInMemory]:
    video_probe, decoding = whole.probe, decoding_of(model, options, whole)
    step = step_of(model, video_probe)
    stored = {}
    for modality in READ:
        if stacks := stacks_of(model, modality):
            length = flow_step.fields(video_probe.frames, step) if modality == "flow" else video_probe.frames
            begin = [starts] * len(stacks)
            if modality == "flow":
                begin = [sampling.in_steps(starts, step, length, stack) for stack in stacks]
            positions = positions_in(begin, stacks, length)
            stored[modality] = READ[modality](path, decoding, positions, length, video_probe.digest, step)
    return stored


def decoding_of(model: Model, options: Options, whole: ProbedVideo) -> Decoding:
    """Return how the video becomes what the streams of `model` see."""
    return Decoding(
        frames=model.settings["frames"],
        flow=model.flow,
        device=options.device,
        batch=options.flow_batch,
        part=whole.part,
    )


def step_of(model: Model, video_probe: Probe) -> int:
    """Return how many frames lie between those that a flow field of the probed video is computed from."""
    return flow_step.within(video_probe.frames, model.settings["flow"].get("step", 1))


def stacks_of(model: Model, modality: str) -> list[int]:
    """Return how many stored pictures the stacks have of each stream that sees `modality`, rgb or flow."""
    return [each.design.frames for each in model.streams.values() if each.design.sees.stored == modality]


def as_video(id: str, video_probe: Probe) -> Video:
    """Return the probed video as an entry of an index has it."""
    return Video(
        id=id,
        label=0,
        subset="test",
        group="",
        frames=video_probe.frames,
        width=video_probe.width,
        height=video_probe.height,
        fps=video_probe.fps,
        digest=video_probe.digest,
    )


def answer(model: Model, ready: Prepared, samples: Samples, streams: tuple[str, ...]) -> Answer | Failure:
    """Return the fused answer; the scores of each stream are in `samples`, by stream.

    `streams` names those that were trained on the video.
    """
    video = ready.video
    scores = [samples[name][None] for name in model.fusion.streams]
    if not all(np.isfinite(each).all() for each in scores):
        return Failure(video.id, "its scores are not finite")
    alone = model.fusion.stream_probabilities(scores)[:, 0]
    return Answer(
        video=video.id,
        frames=video.frames,
        fps=video.fps,
        damaged=ready.probe.damaged,
        probabilities=model.fusion.probabilities(scores)[0],
        streams=dict(zip(model.fusion.streams, alone, strict=True)),
        trained_on=streams,
    )


def trained_on(model: Model, digest: str) -> tuple[str, ...]:
    """Return the streams that were trained on the video of this `digest`, or that began with weights that were."""
    records = {name: stream.record for name, stream in model.streams.items()}
    return tuple(name for name, record in records.items() if record and record.trained_on([("", digest)])[0])


def _ahead(prepare: Prepare, paths: Iterable[Path], threads: int) -> Iterator[Prepared | Failure]:
    """Yield what `prepare` makes of each of `paths`, in order, made in threads up to `AHEAD` before it is asked for."""
    with ThreadPoolExecutor(threads) as pool:
        queue: deque[Future[Prepared | Failure]] = deque()
        try:
            for path in paths:
                queue.append(pool.submit(prepare, path))
                if len(queue) > AHEAD:
                    yield queue.popleft().result()
            while queue:
                yield queue.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
