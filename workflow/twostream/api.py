"""The library's few functions for code of others; `import twostream` offers them, docs/library.md shows each.

A function imports what it needs when it is called: flow of an array needs no torch, fusing arrays no OpenCV.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from twostream.errors import InputError

if TYPE_CHECKING:
    from twostream.fusion.contract import Findings
    from twostream.logits.features_file import Features
    from twostream.logits.logits_file import Logits
    from twostream.predict.answers import Answer, Failure
    from twostream.predict.model import Model
    from twostream.streams.stack_dataset import StackDataset

SEES = {"spatial": "rgb", "rgb": "rgb", "temporal": "flow", "flow": "flow"}
"""What a stream of this name sees, where nobody says it."""
ORDERS = ("rgb", "bgr")
"""Orders of a picture's colours."""


def compute_flow(
    frames: NDArray[np.uint8],
    backend: str = "auto",
    settings: Mapping[str, Any] | None = None,
    colours: str = "rgb",
    device: str = "auto",
) -> NDArray[np.float32]:
    """Return the flow (n - 1, 2, height, width) in pixels from each of the `frames` (n, height, width, 3) to the next.

    x points right, y down. `settings` are those of the section `flow`, such as `{"tvl1": {"warps": 3}}`; `colours` is
    one of ORDERS; `device` is that of the backends torch and raft. InputError where the frames are none.
    """
    from twostream.config import check
    from twostream.flow import backends
    from twostream.flow.compute import load

    pictures = _array("frames", frames)
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[-1] != 3 or len(pictures) < 2:
        problem = f"are {pictures.dtype} of shape {pictures.shape}"
        raise InputError("frames", problem, "give uint8 of shape (frames, height, width, 3), two frames or more")
    if colours not in ORDERS:
        raise InputError("colours", f"is `{colours}`", f"choose one of {', '.join(ORDERS)}")
    checked = check.check_stage("flow", {**(settings or {}), "backend": backend}, "settings")
    engine = load(checked | {"backend": backends.resolve(backend)}, device)
    blue_first = pictures if colours == "bgr" else pictures[..., ::-1]
    return np.stack(list(engine(map(np.ascontiguousarray, blue_first))))


def fuse_scores(
    scores: Mapping[str, ArrayLike],
    labels: ArrayLike,
    groups: Sequence[str] | None = None,
    is_test: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    modalities: Mapping[str, str] | None = None,
    settings: Mapping[str, Any] | None = None,
    threads: int = 1,
) -> "Findings":
    """Return what fusion finds of the streams' `scores`, an array (videos, classes) or (videos, samples, classes) each.

    The first row of `fusion` is the reported one: it was selected without the label of the video that it answers, on
    the other `groups` (recordings; without them each video is one of its own, and recordings count as unknown) or,
    where `is_test` (videos,) is not true of all, on the others. `modalities` says what each stream sees, rgb or flow;
    `settings` are those of the section `fusion`. InputError where arrays do not fit one another.
    """
    from twostream.config import check, section
    from twostream.fusion import findings, stream_scores
    from twostream.fusion.settings import FusionSettings

    sees = _sees(scores) | dict(modalities or {})
    shared = _shared(_array("labels", labels), groups, is_test) | {"class_name": class_names}
    streams = {name: _logits(name, array, sees[name], **shared) for name, array in scores.items()}
    if not streams:
        raise InputError("scores", "name no stream", "give one array or more by the stream's name")
    gathered = stream_scores.gather(streams, {name: Path(name) for name in streams})
    checked = check.check_stage("fusion", dict(settings or {}), "settings")
    return findings.find(gathered, section.pick(FusionSettings, checked), threads)


def open_stacks(
    configfile: str | Path, modality: str, subset: str = "train", length: int = 10, start: str = "middle"
) -> "StackDataset":
    """Return the stacks of `modality`, rgb or flow, that a run of `configfile` has stored, as a torch Dataset.

    `subset` is train or test. An item is a stack (length, C, H, W) uint8, in the `middle` of its video or at a
    `random` start, and the label. InputError where nothing is stored yet, with the command that does so.
    """
    from twostream import plan
    from twostream.config import check
    from twostream.stacks.reader import StackReader
    from twostream.streams.stack_dataset import StackDataset

    planned = plan.make(check.load(Path(configfile)))
    if modality not in plan.STAGE_OF:
        raise InputError("modality", f"is `{modality}`", f"choose one of {', '.join(plan.STAGE_OF)}")
    if subset not in ("train", "test"):
        raise InputError("subset", f"is `{subset}`", "choose train or test")
    remedy = f"run `snakemake --cores all fusion_report --configfile {configfile}`"
    if not planned.index.is_file():
        raise InputError(planned.index, "does not exist yet", remedy)
    stacks = planned.full.stacks(modality)
    if not stacks.is_file():
        raise InputError(stacks, "does not exist yet", remedy)
    return StackDataset(StackReader(stacks), planned.full.index.subset(subset), length, start)


def flow_in_pixels(stored: ArrayLike, bound: float = 20.0) -> NDArray[np.float32]:
    """Return `stored` flow, uint8 with 128 as no motion, in pixels a frame; `bound` is that of the section `flow`."""
    from twostream.flow.quantise import dequantise

    array = _array("stored flow", stored)
    if array.dtype != np.uint8:
        raise InputError("stored flow", f"is {array.dtype}", "give uint8, as stacks are stored")
    if not bound > 0:
        raise InputError("bound", f"is {bound}", "give that of the section flow, above 0")
    return dequantise(array, bound)


def load_model(path: str | Path) -> "Model":
    """Return the model in a file of `twostream export`: its networks, settings, classes and fusion."""
    from twostream.predict import model

    return model.load(Path(path))


def predict_videos(paths: Sequence[str | Path], model: "Model", device: str = "auto") -> "list[Answer | Failure]":
    """Return what `model` says of each of the videos at `paths`, in their order, or why it says nothing.

    `probabilities` (classes,) of an answer are in the order of the model's `class_names`.
    """
    from twostream.predict import videos

    if isinstance(paths, str):
        raise InputError("paths", f"are one text, `{paths:.80}`", "give a list of paths")
    return list(videos.videos([Path(path) for path in paths], model, videos.Options(device=device)))


def read_logits(path: str | Path) -> "Logits":
    """Return the scores in a `logits.h5`, with the names, labels and recordings of their videos."""
    from twostream.logits import logits_file

    return logits_file.read(Path(path))


def read_features(path: str | Path) -> "Features":
    """Return what a stream's classifier sees, from `results/features/STREAM.h5`."""
    from twostream.logits import features_file

    return features_file.read(Path(path))


def _sees(scores: Mapping[str, ArrayLike]) -> dict[str, str]:
    """Return what the stream of each name sees."""
    if not isinstance(scores, Mapping):
        raise InputError("scores", f"are a {type(scores).__name__}", "give a mapping of streams' names to arrays")
    return {name: SEES.get(name, "unknown") for name in scores}


def _array(name: str, values: ArrayLike) -> NDArray[Any]:
    """Return `values` as an array; InputError where the lists in them are not of one length."""
    try:
        return np.asarray(values)
    except ValueError as error:
        raise InputError(name, "are of several shapes", "give arrays of one shape") from error


def _shared(labels: NDArray[np.int64], groups: Sequence[str] | None, is_test: ArrayLike | None) -> dict[str, Any]:
    """Return what the scores of all streams share, as a file of scores has it."""
    if labels.ndim != 1:
        raise InputError("labels", f"are of shape {labels.shape}", "give one number a video")
    tested = np.ones(len(labels), bool) if is_test is None else _array("is_test", is_test)
    if tested.dtype != bool:  # Numbers of videos, taken for truth, would be true of all but the first.
        raise InputError("is_test", f"is {tested.dtype}", "give true or false for each video")
    return {
        "label": labels,
        "group": [str(group) for group in groups] if groups is not None else [f"g{n}" for n in range(len(labels))],
        "split": ["test" if test else "validation" for test in tested],
    }


def _logits(
    name: str,
    array: ArrayLike,
    modality: str,
    label: NDArray[np.int64],
    group: list[str],
    split: list[str],
    class_name: Sequence[str] | None,
) -> "Logits":
    """Return the scores `array` of the stream `name` as a file of scores would hold them; InputError where they err."""
    from twostream.logits import logits_file

    values = _array(f"scores of {name}", array)
    if values.dtype.kind not in "fiu":
        raise InputError(f"scores of {name}", f"are {values.dtype}", "give numbers of shape (videos, samples, classes)")
    values = values.astype(np.float32)
    values = values[:, None] if values.ndim == 2 else values
    classes = values.shape[-1] if values.ndim else 0
    logits = logits_file.Logits(
        logits=values,
        video_id=tuple(f"video {number}" for number in range(len(label))),
        label=label,
        frame_index=np.zeros(values.shape[:2], np.int64),
        class_name=tuple(class_name) if class_name is not None else tuple(f"class {n}" for n in range(classes)),
        split=tuple(split),
        group=tuple(group),
        modality=modality,
    )
    logits_file.check(logits, f"scores of {name}")
    return logits
