"""What a configuration makes, and where: the key and the path of every artefact.

`Plan` is known from the settings and the listing of the data set's files. `Made` is what follows once
the index is there: which shards there are, and which networks are trained on which videos.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from twostream.cache import keys
from twostream.config.schema import Settings
from twostream.errors import InputError
from twostream.flow import backends
from twostream.videos import index, ledger, listing, sharding, splits
from twostream.videos.index import Index, Video

STAGE_OF = {"rgb": "extract_frames", "flow": "compute_flow"}
"""The stage that makes what is stored of a video."""

STORED = {"rgb": "rgb", "rgb_diff": "rgb", "flow": "flow"}
"""What of a video a stream's modality is read from."""

NAMED_WEIGHTS = ("none", "imagenet", "imagenet_v1")
"""What a stream may start from but a file of weights."""

INDEX = ("max_bad", "group_pattern", "test_fraction", "seed")


@dataclass(frozen=True)
class Stream:
    """A stream's jobs: their settings, keys and files."""

    name: str
    settings: Settings
    stacks: Path
    train_key: str
    model: Path
    history: Path
    logits_key: str
    logits: Path


@dataclass(frozen=True)
class Plan:
    settings: Settings
    listing: str

    @property
    def root(self) -> Path:
        return Path(self.settings["compute"]["cache_root"])

    @property
    def is_demo(self) -> bool:
        return self.settings["dataset"]["folder"] is None

    @cached_property
    def demo(self) -> Path:
        return self.root / "render_demo" / keys.key("render_demo", self.settings["demo"])

    @property
    def folder(self) -> Path:
        return self.demo / "videos" if self.is_demo else Path(self.settings["dataset"]["folder"])

    @cached_property
    def lists(self) -> Path | None:
        """The folder of the split lists, if there are any."""
        if self.is_demo:
            return self.demo / "splits"
        given = self.settings["dataset"]["splits"]
        return splits.find_lists(self.folder, Path(given) if given else None, self.settings["dataset"]["split"])

    @property
    def index_settings(self) -> Settings:
        chosen = {name: self.settings["index"][name] for name in INDEX}
        return chosen | {"split": self.settings["dataset"]["split"]}

    @cached_property
    def index(self) -> Path:
        upstream = self.demo.name if self.is_demo else f"{self.listing} {self._lists_digest}"
        return self.root / "index" / keys.key("index", self.index_settings, upstream) / "index.json"

    @property
    def ledger(self) -> Path:
        return ledger.path(self.root, self.folder)

    def stage_key(self, stage: str) -> str:
        """Of the two stages that a video goes through: nothing but their own section is in it."""
        if stage == "compute_flow" and self.settings["flow"]["imported"]:
            return self.settings["flow"]["imported"]
        return keys.key(stage, self.settings[{"extract_frames": "frames", "compute_flow": "flow"}[stage]])

    def shard_folder(self, stage: str) -> Path:
        return self.root / stage / self.stage_key(stage)

    def shard(self, stage: str, name: str) -> Path:
        return self.shard_folder(stage) / f"{name}.h5"

    @cached_property
    def made(self) -> "Made":
        return Made(self, _read_index(self.index))

    @property
    def artefacts(self) -> Iterator[Path]:
        """Every file of the cache that these settings lead to, as far as that is known."""
        if self.is_demo:
            yield self.demo / "videos.json"
        yield self.index
        if self.index.is_file():
            yield from self.made.artefacts

    @cached_property
    def weights(self) -> dict[str, str]:
        """A digest of the file of pre-trained weights of each stream that has one."""
        given = {name: stream["pretrained"] for name, stream in self.settings["streams"].items()}
        return {name: keys.file_digest(Path(file)) for name, file in given.items() if file not in NAMED_WEIGHTS}

    @property
    def wanted(self) -> str:
        """All that the report depends on, as JSON: the settings that matter, the index's key and the versions."""
        settings = {name: value for name, value in self.settings.items() if name != "compute"}
        known = {
            "index_key": self.index.parent.name,
            "weights": self.weights,
            "versions": keys.VERSION,
            "stream_order": list(settings["streams"]),
        }
        return json.dumps(settings | known, indent=1, sort_keys=True) + "\n"

    @property
    def report_key(self) -> str:
        return keys.key("fusion_report", self.wanted)

    @property
    def report(self) -> Path:
        return self.root / "fusion_report" / self.report_key / "report.json"

    @property
    def _lists_digest(self) -> str:
        if self.lists is None:
            return ""
        files = splits.list_files(self.lists, self.settings["dataset"]["split"])
        return keys.digest("".join(keys.file_digest(file) for file in files if file.is_file()))


@dataclass(frozen=True)
class Made:
    plan: Plan
    index: Index

    @cached_property
    def shards(self) -> dict[str, list[Video]]:
        return sharding.shards(self.index.videos, self.plan.settings["index"]["shards"])

    @property
    def modalities(self) -> tuple[str, ...]:
        chosen = {STORED[stream["modality"]] for stream in self.plan.settings["streams"].values()}
        return tuple(modality for modality in STAGE_OF if modality in chosen)

    def shard_files(self, modality: str) -> list[Path]:
        return [self.plan.shard(STAGE_OF[modality], name) for name in self.shards]

    def stacks(self, modality: str) -> Path:
        key = self._stacks_key(modality, *self.shards)
        return self.plan.root / "write_stacks" / key / f"{modality}.h5"

    @property
    def artefacts(self) -> Iterator[Path]:
        """Every file of the cache that follows from the index."""
        for modality in self.modalities:
            yield from self.shard_files(modality)
            yield self.stacks(modality)
        for stream in self.streams:
            yield from (stream.model, stream.logits)
        yield from (self.fusion, self.plan.report)

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        return tuple(self._stream(name, chosen) for name, chosen in self.plan.settings["streams"].items())

    def trained(self, key: str) -> Stream:
        return next(stream for stream in self.streams if stream.train_key == key)

    def scored(self, key: str) -> Stream:
        return next(stream for stream in self.streams if stream.logits_key == key)

    @property
    def logits(self) -> dict[str, Path]:
        """The file of logits of each stream."""
        return {stream.name: stream.logits for stream in self.streams}

    @property
    def histories(self) -> dict[str, Path]:
        """The table of training of each stream."""
        return {stream.name: stream.history for stream in self.streams}

    def evaluated(self, digest: str, modality: str) -> Path:
        """The logits of a network from elsewhere, whose file has `digest`."""
        # Its held-out videos, which are scored too, may stand on either side.
        members = [_membership(self.index, side) for side in ("train", "test")]
        upstream = (digest, self._stacks_key(STORED[modality]), *members)
        key = keys.key("dump_logits", self.plan.settings["test"], *upstream)
        return self.plan.root / "dump_logits" / key / "logits.h5"

    @cached_property
    def fusion(self) -> Path:
        upstream = [f"{stream.name} {stream.logits_key}" for stream in self.streams]
        return self.plan.root / "fuse" / keys.key("fuse", self.plan.settings["fusion"], *upstream) / "fusion.json"

    def _stacks_key(self, modality: str, *shards: str) -> str:
        """Of the file that links `shards`; without them, of what any stack of the modality is made from."""
        stage = STAGE_OF[modality]
        return keys.key("write_stacks", {}, stage, self.plan.stage_key(stage), *shards)

    def _stream(self, name: str, chosen: Settings) -> Stream:
        root, stored = self.plan.root, STORED[chosen["modality"]]
        settings = learnt_from = chosen | {"validation": self.plan.settings["validation"]}
        if name in self.plan.weights:
            settings = settings | {"pretrained_digest": self.plan.weights[name]}
            learnt_from = settings | {"pretrained": "file"}  # Wherever it lies.
        # Whoever chooses an epoch on the test videos trains on them, in a way.
        sides = ("train", "test") if settings["validation"]["by"] == "test" else ("train",)
        members = [_membership(self.index, side) for side in sides]
        train_key = keys.key("train_stream", learnt_from, self._stacks_key(stored), *members)
        test = self.plan.settings["test"]
        logits_key = keys.key("dump_logits", test, train_key, _membership(self.index, "test"))
        trained = root / "train_stream" / train_key
        return Stream(
            name,
            settings,
            self.stacks(stored),
            train_key,
            trained / "model.pt",
            trained / "history.csv",
            logits_key,
            root / "dump_logits" / logits_key / "logits.h5",
        )


def make(settings: Settings) -> Plan:
    """The plan of checked `settings`; the data set's folder is listed, and touched files looked at."""
    _check_weights(settings["streams"])
    settings = settings | {"flow": settings["flow"] | {"backend": backends.resolve(settings["flow"]["backend"])}}
    plan = Plan(settings, "")
    if plan.is_demo:
        return plan
    files = listing.scan(plan.folder)
    if plan.lists:
        splits.read_lists_for(plan.folder, (file.id for file in files), plan.lists, settings["dataset"]["split"])
    known = ledger.read(plan.ledger)
    seen = ledger.recognise(plan.folder, files, known)
    if seen != known:
        ledger.write(plan.ledger, seen)
    return Plan(settings, ledger.listing(files, seen))


def _check_weights(streams: Settings) -> None:
    for name, stream in streams.items():
        weights = stream["pretrained"]
        if weights not in NAMED_WEIGHTS and not Path(weights).is_file():
            raise InputError(
                f"config: streams.{name}.pretrained is {weights!r}: allowed is imagenet, imagenet_v1, none or the path "
                "of a file, and there is no such file"
            )


@lru_cache(maxsize=2)
def _read_index(path: Path) -> Index:
    return index.read(path)


def _membership(made: Index, side: str) -> str:
    """A digest of who is on one side: the videos' contents, labels and groups, and the classes' order."""
    videos = made.subset(side)
    return keys.digest("\n".join([*made.class_names, *_membership_lines(videos)]))


def _membership_lines(videos: Iterable[Video]) -> Iterator[str]:
    return (f"{video.id} {video.digest} {video.label} {video.group}" for video in videos)
