"""Readers of every kind of input: each writes one to a folder, as a row of the catalogue describes it, and reads it.

What is too large for a row is described by what is odd in it: the rest is as it should be.
"""

import base64
import os
from argparse import Namespace
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import torch

from support.videos import entry
from twostream.cache import provenance, receipts, usage
from twostream.cache.stages import FUSE
from twostream.commands import mean
from twostream.config import check, overlay
from twostream.errors import InputError
from twostream.files import atomic
from twostream.flow import archive, archive_contents
from twostream.logits import match, score_file
from twostream.steps import _arguments
from twostream.streams import checkpoint
from twostream.streams import reference as other_checkpoints
from twostream.streams.design import Design
from twostream.streams.network import build_network
from twostream.videos import index, ledger, listing, probe, split_lists
from twostream.videos.index import Index

CLASSES = ("Jump", "Run")
LISTS = ("classInd", "trainlist01", "testlist01")
WHOLE_LISTS = ["1 Jump\n2 Run\n", "Jump/a.avi 1\nRun/b.avi 2\n", "Jump/c.avi\nRun/d.avi\n"]
PICTURE = bytes(cv2.imencode(".png", np.full((4, 6), 128, np.uint8))[1])


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))
    return path


def configuration(folder: Path, text: str) -> None:
    check.load(write(folder / "c.yaml", text))


def command_line(folder: Path, arguments: list[str]) -> None:
    check.check(overlay.gather([], arguments))


def settings_of_a_step(folder: Path, stage: str, text: str) -> None:
    _arguments.parser("", stage).parse_args(["--settings", text, "--out", str(folder / "out")])


def lists(folder: Path, texts: list[str]) -> None:
    for name, text in zip(LISTS, texts, strict=True):
        write(folder / "lists" / f"{name}.txt", text)
    split_lists.read(folder / "lists", 1)


def names_of_scores(folder: Path, text: str) -> None:
    lists(folder, WHOLE_LISTS)
    np.save(folder / "a.npy", np.zeros((2, 3, 2), np.float32))
    split = split_lists.read(folder / "lists", 1)
    match.match_videos(folder / "a.npy", split, None, write(folder / "names.txt", text))


def scores(folder: Path, suffix: str, text: str) -> None:
    is_text = suffix == "csv"
    score_file.read(write(folder / f"a.{suffix}", text if is_text else base64.b64decode(text)))


def hdf5_scores(folder: Path, changes: dict[str, Any]) -> None:
    """Change data sets of a file of scores, and its attributes."""
    values: dict[str, Any] = {
        "logits": np.zeros((2, 3, 2), np.float32),
        "label": [0, 1],
        "frame_index": np.zeros((2, 3), np.int64),
        **{
            "video_id": ["Jump/c.avi", "Run/d.avi"],
            "class_name": [*CLASSES],
            "split": ["test"] * 2,
            "group": ["a"] * 2,
        },
    }
    path = folder / "a.h5"
    with h5py.File(path, "w") as file:
        for name, value in (values | {name: value for name, value in changes.items() if name in values}).items():
            _store(file, name, value)
        file.attrs.update({name: value for name, value in changes.items() if name not in values})
    score_file.read(path)


def _store(file: h5py.File, name: str, value: Any) -> None:
    """Store `value` as `name`; a text says in which odd way something is stored, None that nothing is."""
    ways: dict[str, Callable[[], Any]] = {
        "a soft link": lambda: file.update({name: h5py.SoftLink("/nowhere")}),
        "an external link": lambda: file.update({name: h5py.ExternalLink("/etc/passwd", "/")}),
        "a link to itself": lambda: file.update({name: h5py.SoftLink(f"/{name}")}),
        "a group": lambda: file.create_group(name),
        "external storage": lambda: file.create_dataset(name, (16,), np.uint8, external=[("/etc/passwd", 0, 16)]),
        "virtual": lambda: file.create_virtual_dataset(name, h5py.VirtualLayout((2, 3, 2), np.float32)),
        "8 GB of nothing": lambda: file.create_dataset(name, (1 << 20, 1 << 10, 2), np.float32, chunks=(1, 1, 2)),
    }
    if isinstance(value, str):
        ways[value]()
    elif value is not None:
        file[name] = value


@cache
def _network() -> dict[str, Any]:
    design = Design(architecture="shufflenet_v2_x0_5", modality="rgb", stack=1, dropout=0.0, pretrained="none")
    return {"design": vars(design), "state_dict": build_network(design, len(CLASSES)).state_dict()}


def checkpoint_of_ours(folder: Path, changes: dict[str, Any]) -> None:
    """Change a checkpoint: `null` lacks a part, `design.NAME` and `weight.NAME` are one of its values."""
    stored = {"size": 32, "class_names": [*CLASSES], "chosen_on": "nothing", "validation": [], **_network()}
    for name, value in changes.items():
        part, _, of_part = name.partition(".")
        place, key = (stored[part], of_part) if of_part else (stored, name)
        if of_part:
            stored[part] = place = dict(place)
        if value is None:
            del place[key]
        else:
            place[key] = tensor(value) if part == "state_dict" and of_part else value
    torch.save(stored, folder / "a.pt")
    checkpoint.load_checkpoint(folder / "a.pt")


def checkpoint_of_the_reference(folder: Path, weights: dict[str, Any]) -> None:
    stored = {name: tensor(value) for name, value in weights.items()}
    torch.save({"epoch": 1, "state_dict": stored}, folder / "a.tar")
    other_checkpoints.load_any(folder / "a.tar", CLASSES)


def tensor(form: Any) -> Any:
    """Return what `[KIND, SIZE, ...]` describes: a tensor of ones; anything else as it is."""
    if isinstance(form, list) and form and isinstance(form[0], str):
        kind, *shape = form
        return torch.full(shape, torch.nan) if kind == "nan" else torch.ones(shape, dtype=getattr(torch, kind))
    return form


def other_checkpoint(folder: Path, text: str) -> None:
    other_checkpoints.load_any(write(folder / "a.pt", base64.b64decode(text)), CLASSES)


def index_file(folder: Path, changes: Any) -> None:
    """Change parts of an index, or give the text of the file."""
    path = folder / "index.json"
    index.write(path, Index(CLASSES, (entry("Jump/a.avi"), entry("Run/b.avi", label=1, subset="test")), ()))
    if isinstance(changes, str):
        write(path, changes)
    else:
        atomic.write_json(path, {**atomic.read_json(path), **changes})
    index.read(path)


def report_file(folder: Path, text: str) -> None:
    mean.main(Namespace(reports=[write(folder / "report.json", text)] * 2, out=folder / "out", force=False))


def data_set(folder: Path, files: dict[str, str | None]) -> None:
    """Make files with a text, links (`-> TARGET`), folders (null) and pipes (`|`), and list them."""
    for name, content in files.items():
        path = folder / "set" / os.fsencode(name).decode("utf-8", "surrogateescape")
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir()
        elif content == "|":
            os.mkfifo(path)
        elif content.startswith("-> "):
            path.symlink_to(content[3:])
        else:
            write(path, content)
    listing.scan_all(folder / "set", folder / "set" / "results")


def video(folder: Path, name: str, text: str) -> None:
    """Raise InputError where the file called `name` is no good video, as the index would say."""
    reason = probe.probe(write(folder / name, base64.b64decode(text))).reason
    if reason:
        raise InputError(folder / name, reason, "-")


def flow_archive(folder: Path, files: dict[str, str]) -> None:
    """Make images, or files of a text that is not empty, and match them to a video of 3 pairs."""
    (folder / "flow").mkdir()
    for name, content in files.items():
        write(folder / "flow" / name, content or PICTURE)
    images, faults = archive.match(archive.scan(folder / "flow"), [entry("Jump/a.avi", frames=4)])
    contents = archive_contents.read(folder, folder / "flow", images, 1)
    faults |= {id: content.fault for id, content in contents.items() if content.fault}
    for id, fault in faults.items():
        raise InputError(id, fault, "-")
    list(archive.fields(images["Jump/a.avi"], 20))


def small_file(folder: Path, name: str, text: str) -> None:
    """Write `text` in the place of a small file of a cache, and read it: what is damaged is a warning."""
    root = folder / "results"
    artefact = root / "fuse" / ("a" * 12) / "fusion.json"
    provenance.produce(FUSE, artefact, {}, [], lambda: atomic.write_json(artefact, {}))
    usage.note_use(root, folder, {}, [artefact])
    (note,) = (root / "projects").iterdir()
    readers: dict[str, tuple[Path, Callable[[], object]]] = {
        "receipt": (receipts.path(artefact), partial(receipts.read, artefact)),
        "provenance": (artefact.parent / provenance.FILE, partial(provenance.lineage, artefact)),
        "note": (note, partial(usage.read_notes, root)),
        "ledger": (folder / "ledger.json", partial(ledger.read, folder / "ledger.json")),
    }
    file, read = readers[name]
    write(file, text)
    read()


READERS: dict[str, Callable[..., None]] = {
    "configuration": configuration,
    "command line": command_line,
    "settings of a step": settings_of_a_step,
    "split lists": lists,
    "names of scores": names_of_scores,
    "scores": scores,
    "HDF5 of scores": hdf5_scores,
    "checkpoint of ours": checkpoint_of_ours,
    "checkpoint of the reference": checkpoint_of_the_reference,
    "another checkpoint": other_checkpoint,
    "index": index_file,
    "report": report_file,
    "data set": data_set,
    "video": video,
    "flow archive": flow_archive,
    "small file": small_file,
}
"""How a row of each kind is read: its input is the last argument, what comes before is in `of`."""
