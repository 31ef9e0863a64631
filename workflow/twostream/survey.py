"""What planning has to look at on the disk: the data set, its split lists, weights, and the GPUs.

It is looked at once, by Snakemake's main process. Jobs read what that process saved, so that none lists the data set
again. Keys are made of it: `plan` does no more than compute them.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

from twostream.cache import keys
from twostream.compute import cuda_driver
from twostream.config.schema import Settings
from twostream.errors import RERUN, InputError
from twostream.files import records
from twostream.flow import backends, rounding
from twostream.streams import imagenet
from twostream.videos import decoder, ledger, left_out, listing, selection, split_lists
from twostream.videos.formats import detection, reading
from twostream.videos.formats.form import Form
from twostream.videos.listing import Listing

NAMED_WEIGHTS = ("none", *imagenet.NAMES)
"""What a stream may start from but a file of weights."""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What the keys depend on besides the settings.

    `backend` is the flow backend and `precision` that of training which `auto` stands for here, `weights` a digest of
    each stream's file of weights, `data` a digest of the data set's files and lists. `form` is what its folder was
    taken for, JSON, and `divides` whether its own files divide the videos. These three are empty for the demo, which is
    rendered as its settings say. `decoder` and `reads` are digests of what decoding is here, empty where this Python
    cannot decode, as in the workflow's own environment with conda. `rounding` is a digest of what the flow backend
    computes here (of raft, its libraries and weights), empty where it cannot, and where flow is imported.
    """

    backend: str
    weights: dict[str, str]
    data: str = ""
    decoder: str = ""
    reads: str = ""
    rounding: str = ""
    precision: str = "float32"
    form: str = ""
    divides: bool = False

    @property
    def taken_for(self) -> Form:
        """The form of the data set."""
        return Form.from_json(json.loads(self.form)) if self.form else Form()


class _Bits(TypedDict):
    """Digests of a survey."""

    decoder: str
    reads: str
    rounding: str


def take(settings: Settings, remember: bool = False) -> Survey:
    """Return the survey of checked `settings`; InputError where something is missing or may not be read.

    Files that were touched are read again, and recognised by their content. With `remember` that is noted in the
    cache, so that the next survey need not read them.
    """
    try:
        _check_cache(Path(settings["compute"]["cache_root"]))
        _check_apart(settings)  # Before anything is written.
        weights = _named_weights(settings["streams"])
        weights |= {name: keys.file_digest(file) for name, file in _weights(settings["streams"]).items()}
        backend = backends.resolve(settings["flow"]["backend"])
        bits, precision = _bits(settings, backend, remember), precision_of(settings["compute"])
        of_demo = Survey(backend=backend, weights=weights, precision=precision, **bits)
        if settings["dataset"]["folder"] is None:
            return of_demo
        folder = Path(settings["dataset"]["folder"])
        listing.check_folder(folder)  # Before its lists are looked for, in it and beside it.
        form = detection.detect(folder, settings["dataset"], Path(settings["compute"]["cache_root"]))
        data, divides = _data(folder, form, settings, remember)
        return replace(of_demo, data=data, form=json.dumps(form.to_json()), divides=divides)
    except OSError as error:
        remedy = "give the right to read it" if isinstance(error, PermissionError) else f"mend that, then {RERUN}"
        raise InputError(error.filename or "dataset", f"cannot be read ({error.strerror})", remedy) from error


def save(path: Path, settings: Settings, survey: Survey) -> None:
    """Write the `survey` of `settings` to `path`."""
    records.write(path, {"settings": _digest(settings), "survey": asdict(survey)})


def read(path: Path, settings: Settings) -> Survey | None:
    """Return the survey that `path` holds, or None where it holds none of these `settings`."""
    return records.read(path, partial(_from_record, _digest(settings)), "the disk is looked at again")


def data_digest(folder: Path, files: Listing, entries: ledger.Ledger, form: Form, number: int) -> str:
    """Return a digest of the data set in `folder`: its `files`, with the times that the ledger's `entries` know, lists.

    `number` is that of the split, of those of its `form`. Of files that are left out, only that they are there counts.
    """
    list_files = reading.files(form, number)
    digests = [f"{file.name} {keys.file_digest(file)}" for file in list_files if file.is_file()]
    others = [left_out.described(files.left_out), *(() if form.source else split_lists.unread(folder))]
    texts = (keys.digest("\n".join(part)) for part in (digests, others))
    return " ".join([ledger.listing_digest(files.files, entries), *texts])


def _from_record(digest: str, stored: dict[str, Any]) -> Survey | None:
    """Return the survey that is `stored`, None where it is of settings of another `digest`, or of another form."""
    fields = stored["survey"].keys() == Survey.__annotations__.keys()
    return records.build(Survey, stored["survey"]) if fields and stored["settings"] == digest else None


def _check_cache(root: Path) -> None:
    """Raise InputError where the cache, or a folder above it, is a file or a link to nothing."""
    path = next((path for path in (root, *root.absolute().parents) if os.path.lexists(path)), root)
    if not path.is_dir():
        raise InputError("compute.cache_root", f"{path} is not a folder", "delete it, or choose another path")


def _check_apart(settings: Settings) -> None:
    if settings["dataset"]["folder"] is not None:
        listing.check_apart(Path(settings["dataset"]["folder"]), Path(settings["compute"]["cache_root"]))


def precision_of(compute: Settings) -> str:
    """Return the precision of training that `auto` stands for here, by the section `compute`."""
    return "bfloat16" if compute["device"] != "cpu" and cuda_driver.has_bfloat16() else "float32"


def _digest(settings: Settings) -> str:
    return keys.digest(keys.canonical(settings))


def _named_weights(streams: Settings) -> dict[str, str]:
    """Return the digest of the file of ImageNet weights of each stream that starts from one."""
    return {
        name: imagenet.digest(stream["architecture"], stream["pretrained"])
        for name, stream in streams.items()
        if stream["pretrained"] in imagenet.NAMES
    }


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


def _data(folder: Path, form: Form, settings: Settings, remember: bool) -> tuple[str, bool]:
    """Return the digest of the data set, and whether its own files divide it.

    InputError where these or the settings name what is not there.
    """
    number = settings["dataset"]["split"]
    cache_root = Path(settings["compute"]["cache_root"])
    files = listing.scan_all(folder, cache_root, form.depth, reading.files(form, number), form.pictures)
    sections = settings["index"] | settings["dataset"]
    split = selection.of_data(folder, [file.id for file in files.files], form, sections).split
    ledger_file = ledger.path(cache_root, folder)
    old = ledger.read(ledger_file)
    new = ledger.recognise(folder, files.files, old)
    if remember and new != old:
        _remember(ledger_file, new)
    return data_digest(folder, files, new, form, number), bool(split and split.divides)


def _bits(settings: Settings, backend: str, remember: bool) -> _Bits:
    """Return the digests of what decoding and flow are on this machine."""
    cache_root, device = Path(settings["compute"]["cache_root"]), settings["compute"]["device"]
    decoding = decoder.find(cache_root, remember)
    imported = settings["flow"]["imported"]
    flow = "" if imported else rounding.find(cache_root, settings["flow"] | {"backend": backend}, device, remember)
    return {"decoder": decoding.bits, "reads": decoding.reads, "rounding": flow}


def _remember(file: Path, entries: ledger.Ledger) -> None:
    """Write the ledger. Where the cache may not be written to, the next survey reads touched files again."""
    with suppress(OSError):
        ledger.write(file, entries)
