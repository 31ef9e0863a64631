"""What a configuration makes, and where: the key and the path of every artefact.

`Plan` follows from the settings and a survey of what they name. `FullPlan` is what follows once the index is there:
which shards there are, and which networks are trained on which videos. Nothing here looks at the disk, but to read
the index that the workflow made.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from twostream import stream_plan, survey
from twostream.cache import stages
from twostream.cache.stages import Stage
from twostream.config import ineffective, neutral
from twostream.config.schema import Settings
from twostream.stream_plan import Stacks, Stream, plan_stream
from twostream.streams.design import MODALITIES
from twostream.survey import Survey
from twostream.videos import index, ledger, selection, sharding
from twostream.videos.formats.form import Form
from twostream.videos.index import Index, Video

STAGE_OF = {"rgb": stages.EXTRACT_FRAMES, "flow": stages.COMPUTE_FLOW}
"""The stage that makes what is stored of a video."""

NOT_REPORTED = (
    *("compute", "features", "predict"),
    *(stages.DUMP_FEATURES.name, stages.EXPORT_MODEL.name, stages.PREDICT_VIDEOS.name),
)
"""Sections of the settings, and stages, that no number of the report depends on."""

INDEX_SETTINGS = ("max_bad", "strict", "damaged", "group_pattern", "test_fraction", "seed")
"""Settings of the section `index` that the index depends on: `shards` divides what is there."""


@dataclass(frozen=True)
class Plan:
    """What follows from checked settings and a survey, before there is an index."""

    checked: Settings
    survey: Survey
    stored: frozenset[Path] = frozenset()  # Artefacts in object storage, with a copy on this disk or not.

    @cached_property
    def settings(self) -> Settings:
        """The settings, with what `auto` stands for; those without effect are at their defaults."""
        streams = {
            name: stream | ({"precision": self.survey.precision} if stream["precision"] == "auto" else {})
            for name, stream in self.checked["streams"].items()
        }
        flow = self.checked["flow"] | {"backend": self.survey.backend}
        return ineffective.reset(self.checked | {"flow": flow, "streams": streams}, self.has_lists)

    @property
    def ineffective(self) -> list[str]:
        """A line for each setting that was given and has no effect."""
        return ineffective.describe(self.checked, self.has_lists)

    @property
    def root(self) -> Path:
        """The folder of the cache."""
        return Path(self.settings["compute"]["cache_root"])

    @property
    def is_demo(self) -> bool:
        """Whether the videos are those that `render_demo` makes."""
        return self.checked["dataset"]["folder"] is None

    @property
    def has_lists(self) -> bool:
        """Whether split lists divide the videos."""
        return self.is_demo or self.survey.divides

    @cached_property
    def demo(self) -> Path:
        """The file that names the demo's videos; they and their lists lie beside it."""
        return stages.RENDER_DEMO.path(self.root, stages.RENDER_DEMO.key(self.settings["demo"]))

    @property
    def folder(self) -> Path:
        """The folder of the data set."""
        return self.demo.parent / "videos" if self.is_demo else Path(self.settings["dataset"]["folder"])

    @property
    def form(self) -> Form:
        """What the data set's folder was taken for."""
        return Form.of_demo(self.demo.parent / "splits") if self.is_demo else self.survey.taken_for

    @property
    def index_settings(self) -> Settings:
        """The settings that the index depends on."""
        options = {name: self.settings["index"][name] for name in INDEX_SETTINGS}
        dataset = self.settings["dataset"]
        options |= {"fps": self.fps, "split": dataset["split"]}
        return neutral.for_key("index", options) | selection.effective(dataset)

    @property
    def features_settings(self) -> Settings:
        """The settings that features depend on: their own, and at which samples."""
        return stream_plan.features_settings(self.settings)

    @cached_property
    def index(self) -> Path:
        """The index of the videos, JSON."""
        upstream = self.demo.parent.name if self.is_demo else self.survey.data
        key = stages.INDEX.key(self.index_settings, upstream, self.survey.reads, *self.form.for_key)
        return stages.INDEX.path(self.root, key)

    @property
    def ledger(self) -> Path:
        """The file of what is known of the data set's files."""
        return ledger.path(self.root, self.folder)

    def video_key(self, stage: Stage) -> str:
        """Return the key of extract_frames or compute_flow.

        The stage's own section enters it, and how videos are decoded: here, and with `frames.deinterlace` or not. That
        of flow also has how the backend rounds here.
        """
        if stage is not stages.COMPUTE_FLOW:
            return stage.key(neutral.for_key("frames", self.settings["frames"]), self.survey.decoder)
        way = "deinterlaced" if self.is_deinterlaced else "as decoded"
        way += f" at {self.fps:.15g} a second" if self.fps else ""
        upstream = (self.survey.decoder, way, self.survey.rounding)
        # The same weights give the same flow, wherever their file lies.
        flow = neutral.for_key("flow", self.settings["flow"])
        flow = flow | {"raft": {name: value for name, value in flow["raft"].items() if name != "weights"}}
        return flow["imported"] or stage.key(flow, *upstream)

    @property
    def is_deinterlaced(self) -> bool:
        """Whether interlaced frames are filtered, for RGB and for flow."""
        return bool(self.settings["frames"]["deinterlace"])

    @property
    def fps(self) -> float | None:
        """The frames a second at which videos are taken, None where as they are."""
        rate: float | None = self.settings["frames"]["fps"]
        return rate

    def shard_pattern(self, stage: Stage) -> Path:
        """Return the path of the shards of extract_frames or compute_flow, with {shard} for their name."""
        return stage.pattern(self.root, self.video_key(stage))

    @cached_property
    def full(self) -> "FullPlan":
        """What follows from the index, which must be there."""
        return FullPlan(self, _read_index(self.index))

    @property
    def artefacts(self) -> Iterator[Path]:
        """Every file of the cache that these settings lead to; those after the index only where it is there."""
        if self.is_demo:
            yield self.demo
        yield self.index
        if self.index.is_file():
            yield from self.full.artefacts

    def is_there(self, artefact: Path) -> bool:
        """Return whether an artefact need not be made: it is on this disk, or in object storage."""
        return artefact in self.stored or artefact.is_file()

    @property
    def optional(self) -> frozenset[Path]:
        """The artefacts that a result does without: the report, which is kept elsewhere too, features and the model."""
        if not self.index.is_file():
            return frozenset([self.report])
        return frozenset([self.report, *self.full.features.values(), self.full.model])

    @property
    def report_config(self) -> str:
        """All that the report depends on, as JSON: the settings that matter, the index's key and the versions."""
        settings = {name: value for name, value in self.settings.items() if name not in NOT_REPORTED}
        more = {
            "index_key": self.index.parent.name,
            "weights": self.survey.weights,
            "versions": {name: version for name, version in stages.versions().items() if name not in NOT_REPORTED},
            "stream_order": list(settings["streams"]),
        }
        return json.dumps(settings | more, indent=1, sort_keys=True) + "\n"

    @property
    def report(self) -> Path:
        """The numbers of the report, JSON."""
        return stages.FUSION_REPORT.path(self.root, stages.FUSION_REPORT.key(self.report_config))


@dataclass(frozen=True)
class FullPlan:
    """What follows from a plan and the index."""

    plan: Plan
    index: Index

    @cached_property
    def shards(self) -> dict[str, list[Video]]:
        """The videos of each shard, by its name."""
        return sharding.shards(self.index.videos, self.plan.settings["index"]["shards"])

    @property
    def modalities(self) -> tuple[str, ...]:
        """What is stored of the videos for the streams: rgb, flow or both."""
        stored = {MODALITIES[stream["modality"]].stored for stream in self.plan.settings["streams"].values()}
        return tuple(modality for modality in STAGE_OF if modality in stored)

    def shard_files(self, modality: str) -> list[Path]:
        """Return the shards that hold what is stored of the videos for `modality`."""
        stage = STAGE_OF[modality]
        return [stage.path(self.plan.root, self.plan.video_key(stage), shard=name) for name in self.shards]

    def stacks(self, modality: str) -> Path:
        """Return the file that links the shards of `modality`."""
        key = self._stacks_key(modality, *self.shards)
        return stages.WRITE_STACKS.path(self.plan.root, key, modality=modality)

    @property
    def artefacts(self) -> Iterator[Path]:
        """Every file of the cache that follows from the index."""
        for modality in self.modalities:
            yield from self.shard_files(modality)
            yield self.stacks(modality)
        for stream in self.streams:
            yield from (stream.model, stream.logits, stream.features)
        yield from (self.fusion, self.model, self.plan.report)

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """The streams, in the order of the settings."""
        return tuple(self._stream(name, section) for name, section in self.plan.settings["streams"].items())

    def stream_by_train_key(self, key: str) -> Stream:
        """Return the stream whose training has `key`."""
        return next(stream for stream in self.streams if stream.train_key == key)

    def stream_by_logits_key(self, key: str) -> Stream:
        """Return the stream whose logits have `key`."""
        return next(stream for stream in self.streams if stream.logits_key == key)

    def stream_by_features_key(self, key: str) -> Stream:
        """Return the stream whose features have `key`."""
        return next(stream for stream in self.streams if stream.features_key == key)

    @property
    def features(self) -> dict[str, Path]:
        """The file of features of each stream, which is made where it is asked for."""
        return {stream.name: stream.features for stream in self.streams}

    @property
    def logits(self) -> dict[str, Path]:
        """The file of logits of each stream."""
        return {stream.name: stream.logits for stream in self.streams}

    @property
    def histories(self) -> dict[str, Path]:
        """The table of training of each stream."""
        return {stream.name: stream.history for stream in self.streams}

    def evaluation(self, digest: str, modality: str) -> Path:
        """Return the logits of a network from elsewhere, whose file has `digest`."""
        # Its held-out videos, which are scored too, may be of either subset.
        members = [self.index.members_digest(subset) for subset in ("train", "test")]
        upstream = (digest, self._stacks_key(MODALITIES[modality].stored), *members)
        return stages.DUMP_LOGITS.path(self.plan.root, stages.DUMP_LOGITS.key(self.plan.settings["test"], *upstream))

    @cached_property
    def fusion(self) -> Path:
        """What fusion finds, JSON."""
        upstream = [f"{stream.name} {stream.logits_key}" for stream in self.streams]
        return stages.FUSE.path(self.plan.root, stages.FUSE.key(self.plan.settings["fusion"], *upstream))

    @property
    def model(self) -> Path:
        """The streams and their fusion as one file, which is made where it is asked for."""
        return stages.EXPORT_MODEL.path(self.plan.root, stages.EXPORT_MODEL.key({}, self.fusion.parent.name))

    def _stacks_key(self, modality: str, *shards: str) -> str:
        """Return the key of the file that links `shards`.

        Without shards, of how the modality's pixels are made, whichever videos there are.
        """
        stage = STAGE_OF[modality]
        return stages.WRITE_STACKS.key({}, stage.name, self.plan.video_key(stage), *shards)

    def _stream(self, name: str, section: Settings) -> Stream:
        stored = MODALITIES[section["modality"]].stored
        stacks = Stacks(self.stacks(stored), self._stacks_key(stored))
        return plan_stream(name, self.plan.settings, self.plan.survey.weights.get(name), self.index, stacks)


def make(settings: Settings) -> Plan:
    """Return the plan of checked `settings`, after a survey of what they name."""
    return Plan(settings, survey.take(settings))


@lru_cache(maxsize=2)
def _read_index(path: Path) -> Index:
    return index.read(path)
