"""What planning has to look at on the disk: the data set, its split lists, weights, and the GPUs.

It is looked at once, by Snakemake's main process. Jobs read what that process saved, so that none lists the data set
again. Keys are made of it: `plan` does no more than compute them.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from twostream.cache import keys
from twostream.config.schema import Settings
from twostream.errors import InputError
from twostream.files import atomic
from twostream.flow import backends
from twostream.videos import index, ledger, listing, splits

NAMED_WEIGHTS = ("none", "imagenet", "imagenet_v1")
"""What a stream may start from but a file of weights."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What the keys depend on besides the settings.

    `backend` is the flow backend that `auto` stands for here, `weights` a digest of each stream's file of weights,
    `listing` a digest of the data set's files, `lists` the folder of the split lists and `lists_digest` a digest of
    them. The last three are empty for the demo, which is rendered as its settings say.
    """

    backend: str
    weights: dict[str, str]
    listing: str = ""
    lists: str = ""
    lists_digest: str = ""

    @property
    def data(self) -> str:
        """The part of the index's key that stands for the data set."""
        return f"{self.listing} {self.lists_digest}"


def take(settings: Settings, remember: bool = False) -> Survey:
    """Return the survey of checked `settings`; InputError where something is missing or may not be read.

    Files that were touched are read again, and recognised by their content. With `remember` that is noted in the
    cache, so that the next survey need not read them.
    """
    try:
        weights = {name: keys.file_digest(file) for name, file in _weights(settings["streams"]).items()}
        backend = backends.resolve(settings["flow"]["backend"])
        if settings["dataset"]["folder"] is None:
            return Survey(backend=backend, weights=weights)
        folder = Path(settings["dataset"]["folder"])
        lists = _find_lists(settings["dataset"])
        return Survey(
            backend=backend,
            weights=weights,
            listing=_listing(folder, lists, settings, remember),
            lists=str(lists or ""),
            lists_digest=lists_digest(lists, settings["dataset"]["split"]),
        )
    except OSError as error:
        raise InputError(error.filename, f"cannot be read ({error.strerror})", "give the right to read it") from error


def save(path: Path, settings: Settings, survey: Survey) -> None:
    """Write the `survey` of `settings` to `path`."""
    atomic.write_json(path, {"settings": _digest(settings), "survey": asdict(survey)})


def saved(path: Path, settings: Settings) -> Survey | None:
    """Return the survey that `path` holds, or None where it holds none of these `settings`."""
    if not path.is_file():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Survey(**stored["survey"]) if stored["settings"] == _digest(settings) else None


def lists_digest(lists: Path | None, number: int) -> str:
    """Return a digest of the files of split `number` in the folder `lists`."""
    if lists is None:
        return ""
    files = splits.list_files(lists, number)
    return keys.digest("".join(keys.file_digest(file) for file in files if file.is_file()))


def _digest(settings: Settings) -> str:
    return keys.digest(keys.canonical(settings))


def _weights(streams: Settings) -> dict[str, Path]:
    """Return each stream's file of pre-trained weights, where it has one."""
    files = {name: stream["pretrained"] for name, stream in streams.items()}
    files = {name: Path(file) for name, file in files.items() if file not in NAMED_WEIGHTS}
    for name, file in files.items():
        if not file.is_file():
            raise InputError(
                f"config: streams.{name}.pretrained",
                f"is {str(file)!r}, and there is no such file",
                "set it to imagenet, imagenet_v1, none or the path of a file of weights",
            )
    return files


def _find_lists(dataset: Settings) -> Path | None:
    folder = Path(dataset["splits"]) if dataset["splits"] else None
    return index.find_lists(Path(dataset["folder"]), folder, dataset["split"])


def _listing(folder: Path, lists: Path | None, settings: Settings, remember: bool) -> str:
    """Return the digest of the data set's files; InputError where the `lists` name a video that is not there."""
    files = listing.scan(folder)
    if lists:
        index.read_lists(folder, (file.id for file in files), lists, settings["dataset"]["split"])
    ledger_file = ledger.path(Path(settings["compute"]["cache_root"]), folder)
    old = ledger.read(ledger_file)
    new = ledger.recognise(folder, files, old)
    if remember and new != old:
        _remember(ledger_file, new)
    return ledger.listing(files, new)


def _remember(file: Path, entries: ledger.Ledger) -> None:
    """Write the ledger. Where the cache may not be written to, touched files are read again by the next survey."""
    try:
        ledger.write(file, entries)
    except PermissionError:
        return
