"""Long videos answered window by window, in memory that does not grow with their length."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from twostream.compute import workers
from twostream.errors import InputError
from twostream.predict import reels, videos
from twostream.predict.answers import Answer, AnsweredVideo, Failure
from twostream.predict.model import Model
from twostream.predict.reels import Extent, Projection, Reel
from twostream.predict.videos import Networks, Options, Prepared
from twostream.predict.windows import Times, Window, Windowing, frame_seconds, of_video
from twostream.streams import sampling
from twostream.streams.sampling import Starts
from twostream.text import writable
from twostream.videos import flow_step, parts, probe
from twostream.videos.probe import Probe
from twostream.videos.read_ahead import read_ahead

NO_TIMES = "its frames have neither time stamps nor a rate, which windows need"
LOST = 1.5
"""Where two frames of a damaged video are so many usual intervals apart, or more, a frame was lost between them."""


@dataclass(frozen=True)
class WindowAnswer:
    """What a model says of a window; `answer` counts the frames and the damage of the window alone."""

    window: Window
    answer: Answer


@dataclass(frozen=True, kw_only=True)
class LongAnswer(AnsweredVideo):
    """What a model says of each window of a video; `frames` and `damaged` are of all of it."""

    windows: tuple[WindowAnswer, ...]

    @property
    def is_one_window(self) -> bool:
        """Whether the video is no longer than a window, so that it was answered as a whole."""
        return len(self.windows) == 1 and self.windows[0].window.length == self.frames


def answer(
    paths: Sequence[Path], model: Model, options: Options, windowing: Windowing
) -> Iterator[LongAnswer | Failure]:
    """Yield what `model` says of the windows of the video at each of `paths`, in their order, or why it says nothing.

    A window is scored as a whole video is, by the test protocol.
    """
    networks = Networks(model, options)
    for path in paths:
        try:
            yield _answer(path, model, options, windowing, networks)
        except (InputError, OSError) as error:
            yield Failure.of(path, error)


def _answer(
    path: Path, model: Model, options: Options, windowing: Windowing, networks: Networks
) -> LongAnswer | Failure:
    whole = parts.at_rate(probe.probe(path), path.name, model.settings["frames"].get("fps"))
    video_probe, times = whole.probe, frame_seconds(whole)
    if video_probe.reason or times is None:
        return Failure(writable(path), video_probe.reason or NO_TIMES)
    windows = of_video(windowing, times)
    film = Projection(
        path, videos.decoding_of(model, options, whole), video_probe.digest, _reels(model, video_probe, windows)
    )
    lost = _lost(video_probe, times)
    answers: list[WindowAnswer] = []
    ready = read_ahead(_prepared(path, model, video_probe, film, windows), max(1, options.batch))
    streams = videos.trained_on(model, video_probe.digest)
    scored = _scored(model, options, networks, ready, len(windows), streams)
    for window, result in zip(windows, scored, strict=True):
        if isinstance(result, Failure):
            return replace(result, video=writable(path))
        damaged = max(result.damaged, int(lost[window.first : window.first + window.length].sum()))
        answers.append(WindowAnswer(window, replace(result, video=writable(path), damaged=damaged)))
    return LongAnswer(
        video=writable(path),
        frames=video_probe.frames,
        fps=video_probe.fps,
        damaged=video_probe.damaged,
        windows=tuple(answers),
        trained_on=streams,
    )


def _scored(
    model: Model,
    options: Options,
    networks: Networks,
    ready: Iterator[Prepared],
    windows: int,
    streams: tuple[str, ...],
) -> Iterator[Answer | Failure]:
    """Yield the answer of each window, scored some at a time; `streams` are those that were trained on the video."""
    with workers.progress(range(windows), "predict", "window", total=windows) as bar:
        while chunk := list(islice(ready, max(1, options.batch))):
            samples = networks.score(chunk)
            for each in chunk:
                yield videos.answer(model, each, videos.of_video(each, samples), streams)
                bar.update()


def _prepared(
    path: Path, model: Model, video_probe: Probe, film: Projection, windows: Sequence[Window]
) -> Iterator[Prepared]:
    """Yield each window as a video that is ready to be scored; damage is that of its own frames."""
    for number, (window, (stored, damaged)) in enumerate(zip(windows, film.windows(windows), strict=True)):
        own = replace(video_probe, frames=window.length, damaged=damaged)
        video = videos.as_video(f"{path} window {number}", own)
        yield Prepared(video=video, probe=own, starts=_starts(model, window), stored=stored)


def _starts(model: Model, window: Window) -> Starts:
    return sampling.test_starts(videos.protocol(model), window.length - 1, model.settings["test"]["stack"])


def _reels(model: Model, video_probe: Probe, windows: Sequence[Window]) -> Mapping[str, Reel]:
    """Return a reel of each modality that a stream sees."""
    step = videos.step_of(model, video_probe)
    fields = flow_step.fields(video_probe.frames, step)
    by_modality = {}
    if stacks := videos.stacks_of(model, "rgb"):
        by_modality["rgb"] = Reel(partial(_rgb_extent, model, windows, stacks), len(windows), video_probe.frames)
    if stacks := videos.stacks_of(model, "flow"):
        by_modality["flow"] = Reel(
            partial(_flow_extent, model, windows, stacks, step, fields), len(windows), fields, step
        )
    return by_modality


def _rgb_extent(model: Model, windows: Sequence[Window], stacks: Sequence[int], number: int) -> Extent:
    window = windows[number]
    return reels.rgb_extent(window, _starts(model, window), stacks)


def _flow_extent(
    model: Model, windows: Sequence[Window], stacks: Sequence[int], step: int, fields: int, number: int
) -> Extent:
    window = windows[number]
    return reels.flow_extent(window, _starts(model, window), stacks, step, fields)


def _lost(video_probe: Probe, times: Times) -> Times:
    """Return how many frames were lost after each frame of a video, by its times; none of a whole video."""
    gaps = np.diff(times)
    usual = float(np.median(gaps))
    if not video_probe.damaged or usual <= 0:
        return np.zeros(len(gaps))
    return np.where(gaps > LOST * usual, np.round(gaps / usual) - 1, 0)
