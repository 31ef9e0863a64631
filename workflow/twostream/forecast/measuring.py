"""Trials of this machine for about a minute: of each part of a run in a process of its own, as the workflow runs it."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from twostream import console
from twostream.cache import measurement, stages
from twostream.cache.rates import Rate
from twostream.compute import openmp, workers
from twostream.compute.options import NetworkOptions
from twostream.config.section import pick
from twostream.flow import backends
from twostream.forecast import amounts, estimate
from twostream.forecast.fusion_trial import sample
from twostream.forecast.jobs import Measurement
from twostream.forecast.tasks import Task
from twostream.plan import FullPlan

VIDEO, STREAM, FUSION = (f"{__package__}.{name}" for name in ("video_trial", "stream_trial", "fusion_trial"))
PARTS = {VIDEO: 0.2, STREAM: 0.3, FUSION: 0.1}
"""The part of the seconds that each trial takes: all streams together, and frames and flow half of theirs each.

In the rest of the time processes start and import torch, and stacks are stored to be loaded.
"""


@dataclass(frozen=True)
class Material:
    """Videos to try, as rows of path, id and pixels of a frame.

    Rendering a pixel of the demo took `rendering` core-seconds; it is None where the videos are not the demo's.
    """

    videos: Sequence[tuple[str, str, int]]
    rendering: float | None = None


class Trials:
    """What is measured of the tasks of a plan, in about so many `seconds`."""

    def __init__(self, full: FullPlan, material: Material, seconds: float) -> None:
        self.full, self.material, self.seconds = full, material, seconds
        self.settings = full.plan.settings
        self.device = self.settings["compute"]["device"]
        self.cores = workers.cores(None)

    def run(self, tasks: Sequence[Task]) -> dict[str, Measurement]:
        """Return what was measured of each of the `tasks`, by its name; a task whose trial failed is missing."""
        openmp.wait_passively()
        measured: dict[str, Measurement] = {}
        for name, trial in (("frames and flow", self._videos), ("streams", self._streams), ("fusion", self._fusion)):
            console.inform(f"measuring {name}, of about {self.seconds:.0f} s in all")
            measured |= dict(trial(tasks))
        video = measured[stages.INDEX.name].rate.start if stages.INDEX.name in measured else estimate.START
        starts = {stages.WRITE_STACKS.name: video, stages.FUSION_REPORT.name: estimate.START}
        rates = {stage: Rate(seconds=0.0, bytes=0.0, start=start) for stage, start in starts.items()}
        return measured | {task.name: Measurement(rate=rates[task.stage]) for task in tasks if task.stage in rates}

    def _videos(self, tasks: Sequence[Task]) -> Iterator[tuple[str, Measurement]]:
        """Yield what frames, the index, the demo and flow take, tried on all cores at once.

        Flow on a device is tried by one process of its own, as the workflow computes it.
        """
        name_of = {task.stage: task.name for task in tasks}
        on_device = self.settings["flow"]["backend"] in backends.IN_TORCH and self._has_gpu
        flow = self.settings["flow"] if stages.COMPUTE_FLOW.name in name_of else None
        request = {"frames": self.settings["frames"], "seconds": self.seconds * PARTS[VIDEO] / 2}
        answers = self._at_once(request | {"flow": None if on_device else flow}, self.cores)
        if not answers:
            return
        if stages.EXTRACT_FRAMES.name in name_of:
            rate = _mean([answer["frames"] for answer in answers])
            yield name_of[stages.EXTRACT_FRAMES.name], Measurement(rate=rate, **_memory(answers))
        yield from self._beginnings(answers)
        if on_device and flow:
            answers = self._at_once(request | {"frames": None, "flow": flow}, 1)
        rates = [answer["flow"]["rate"] for answer in answers if "flow" in answer]
        if rates:
            threads = self.settings["compute"]["video_threads"] if on_device else 1
            yield "flow", Measurement(rate=_mean(rates), threads=threads, is_gpu=on_device, **_memory(answers))

    def _beginnings(self, answers: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Measurement]]:
        """Yield what the index and, where the videos are the demo's, rendering them take: seconds of a pixel."""
        seconds = {stages.INDEX.name: sum(answer["decoding"] for answer in answers) / len(answers)}
        if self.material.rendering is not None:
            seconds["demo"] = self.material.rendering
        imports = sum(answer["imports"] for answer in answers) / len(answers)
        for name, of_pixel in seconds.items():
            yield name, Measurement(rate=Rate(seconds=of_pixel, bytes=0.0, start=imports), **_memory(answers))

    def _at_once(self, request: dict[str, Any], processes: int) -> list[Any]:
        """Return the answers of so many trials of videos that run at once, each beginning with another video."""
        videos, compute = list(self.material.videos), self.settings["compute"]
        common = request | {"device": self.device, "threads": compute["video_threads"]}
        requests = [
            common | {"videos": videos[number % len(videos) :] + videos[: number % len(videos)]}
            for number in range(processes)
        ]
        with ThreadPoolExecutor(processes) as pool:
            answers = pool.map(lambda one: measurement.run(VIDEO, one), requests)
            return [answer for answer in answers if answer is not None]

    def _streams(self, tasks: Sequence[Task]) -> Iterator[tuple[str, Measurement]]:
        """Yield what training, scoring and features of each stream take; streams are tried one after another."""
        compute, classes = self.settings["compute"], len(self.full.index.class_names)
        threads = workers.cores(compute["train_threads"])
        network = vars(pick(NetworkOptions, compute)) | {"device": self.device, "devices": 1, "nodes": 1}
        common = {name: self.settings[name] for name in ("test", "frames", "flow")}
        common |= {"network": network, "threads": threads, "classes": classes, "videos": list(self.material.videos)[:3]}
        for stream in self.full.streams:
            seconds = self.seconds * PARTS[STREAM] / len(self.full.streams)
            answer = measurement.run(STREAM, common | {"stream": stream.settings, "seconds": seconds})
            if answer is None:
                continue
            how = {"threads": threads, "is_gpu": answer["is_gpu"], "memory": answer["memory"]}
            scoring, saving = Rate.from_record(answer["scoring"]), answer["saving"] * stream.settings["epochs"]
            yield f"train {stream.name}", Measurement(rate=Rate.from_record(answer["training"]), each=saving, **how)
            yield f"score {stream.name}", Measurement(rate=scoring, **how)
            size = amounts.bytes_of_features(answer["features"], classes, self.settings["features"]["precision"])
            yield f"features {stream.name}", Measurement(rate=replace(scoring, bytes=size), **how)

    def _fusion(self, tasks: Sequence[Task]) -> Iterator[tuple[str, Measurement]]:
        """Yield what fusion takes, scaled from a part of the videos where all of them would take too long."""
        task = next(task for task in tasks if task.stage == stages.FUSE.name)
        samples = [amounts.samples_of(self.settings["test"])] * len(self.full.streams)
        request = {"fusion": self.settings["fusion"], "samples": samples}
        part = sample(self.full.index, self.settings["validation"], request, self.seconds * PARTS[FUSION])
        request |= {"rows": part.rows, "classes": len(self.full.index.class_names), "threads": task.threads}
        answer = measurement.run(FUSION, request)
        if answer is not None:
            seconds = answer["seconds"] * part.scale / task.work.units
            rate = Rate(seconds=seconds, bytes=answer["bytes"] * part.scale, start=answer["start"])
            yield task.name, Measurement(rate=rate, memory=answer["memory"] * 1.0)

    @property
    def _has_gpu(self) -> bool:
        return self.device != "cpu" and bool(backends.gpu())


def _memory(answers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the bytes of a job with one worker, and those of each further worker, by the peaks of some trials."""
    before, peak = (max(answer["memory"][end] for answer in answers) for end in (0, 1))
    return {"memory": peak, "more": peak - before}


def _mean(records: Sequence[Mapping[str, float]]) -> Rate:
    """Return the mean of the rates in `records`."""
    return Rate(**{name: sum(record[name] for record in records) / len(records) for name in Rate.__annotations__})
