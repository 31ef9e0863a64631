"""The part of the plan that each stream has: the keys and the paths of what it makes."""

from dataclasses import dataclass
from pathlib import Path

from twostream.cache import stages
from twostream.config import neutral
from twostream.config.schema import Settings
from twostream.videos.index import Index


@dataclass(frozen=True, kw_only=True)
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
    features_key: str
    features: Path


@dataclass(frozen=True)
class Stacks:
    """The file that links a modality's shards, and the key of how its pixels are made, whichever videos there are."""

    file: Path
    key: str


def plan_stream(name: str, settings: Settings, weights: str | None, index: Index, stacks: Stacks) -> Stream:
    """Return the stream `name` of the whole configuration's `settings` on the videos of `index`.

    `weights` is the digest of the file of weights that its training starts from, None where it starts from none.
    """
    root = Path(settings["compute"]["cache_root"])
    own = settings["streams"][name] | {"validation": settings["validation"]}
    own |= {"pretrained_digest": weights} if weights is not None else {}
    train_key = _train_key(own, index, stacks.key)
    tested = index.members_digest("test")
    logits_key = stages.DUMP_LOGITS.key(settings["test"], train_key, tested)
    features_key = stages.DUMP_FEATURES.key(features_settings(settings), train_key, tested)
    model = stages.TRAIN_STREAM.path(root, train_key)
    return Stream(
        name=name,
        settings=own,
        stacks=stacks.file,
        train_key=train_key,
        model=model,
        history=model.with_name(stages.HISTORY),
        logits_key=logits_key,
        logits=stages.DUMP_LOGITS.path(root, logits_key),
        features_key=features_key,
        features=stages.DUMP_FEATURES.path(root, features_key),
    )


def features_settings(settings: Settings) -> Settings:
    """Return what features depend on of the whole `settings`: their own section, and at which samples."""
    own: Settings = settings["features"]
    return own | {"test": settings["test"]}


def _train_key(own: Settings, index: Index, stacks_key: str) -> str:
    if "pretrained_digest" in own:
        own = own | {"pretrained": "file"}  # The same weights train the same, wherever their file lies.
    # Selecting the epoch on test videos makes the model depend on them.
    subsets = ("train", "test") if own["validation"]["by"] == "test" else ("train",)
    own = neutral.for_key("streams", own)
    return stages.TRAIN_STREAM.key(own, stacks_key, *[index.members_digest(subset) for subset in subsets])
