"""So that nobody forgets to raise a stage's version: what each stage makes of a fixed input is remembered.

`outputs.json` holds, for each stage, its version and what its output looked like: names, shapes and
numbers, compared with some tolerance, since processors and codecs round differently. After raising a
version, `python tests/workflow/test_versions.py` remembers the new output.
"""

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import h5py
import hdf5plugin  # noqa: F401  (lets h5py read what is compressed)
import numpy as np
import pytest
import torch

from support import model_outputs
from support.project import Project
from twostream.cache import keys, stages
from twostream.cache.stages import STAGES
from twostream.config import check
from twostream.files import atomic
from twostream.logits import logits_file
from twostream.stacks import codecs
from twostream.steps import dump_features, fuse

MEMORY = Path(__file__).parent / "outputs.json"
UPSTREAM = {
    "render_demo": (),
    "index": ("render_demo",),
    "extract_frames": ("index",),
    "compute_flow": ("index",),
    "write_stacks": ("extract_frames", "compute_flow"),
    "train_stream": ("write_stacks",),
    "dump_logits": ("train_stream",),
    "dump_features": ("train_stream",),
    "fuse": (),
    "export_model": (),
    "predict_videos": ("export_model",),
    "fusion_report": ("dump_logits", "fuse"),
}
"""What a stage's input here is made by; fuse and export_model get one that never changes."""

LOOSE = {"rel": 0.03, "abs": 0.02}
TOLERANCE = {"fuse": {"rel": 0.0, "abs": 1e-3}, "predict_videos": {"rel": 0.0, "abs": 2e-3}}
"""How far a number may be off; no codec has a part in the input of fuse, and networks without training say little."""

Output = dict[str, Any]


def outputs(folder: Path) -> dict[str, Output]:
    """What every stage makes of the smallest demo, as names and numbers."""
    project = Project(folder / "project")
    report = project.run()
    (demo,) = project.files("render_demo/*/videos/*/v_BrickClimb_g01_c01.avi")
    trained = torch.load(_rgb_model(project), weights_only=True)
    weights = trained["state_dict"]
    losses = {name: float(rows[0]["Loss"]) for name, rows in report["training"].items()}
    return {
        "render_demo": _flat(json.loads(project.files("render_demo/*/videos.json")[0].read_text())) | _video(demo),
        "index": dict(_without_digests(json.loads(project.files("index/*/index.json")[0].read_text()))),
        "extract_frames": _shard(project.files("extract_frames/*/0*.h5")[0]),
        "compute_flow": _shard(project.files("compute_flow/*/0*.h5")[0]),
        "write_stacks": _links(project.files("write_stacks/*/flow.h5")[0]),
        "train_stream": losses
        | {"weights": keys.digest(str([(name, *weights[name].shape) for name in weights])), "parts": " ".join(trained)},
        "dump_logits": _arrays(_rgb_logits(project)),
        "dump_features": _features(project),
        "fuse": _fused(folder),
        "export_model": model_outputs.of_file(folder),
        "predict_videos": model_outputs.of_answers(folder),
        "fusion_report": _structure(report) | {"page": _tags(project.folder / "results" / "fusion_report.html")},
    }


def moved(old: dict[str, Any], new: dict[str, Output], versions: dict[str, int]) -> str | None:
    """Return the first stage whose output is another one without a version raised, its own or one upstream."""
    raised = {stage for stage in UPSTREAM if versions[stage] != old[stage]["version"]}
    for stage in UPSTREAM:
        raised |= {stage} if raised & set(UPSTREAM[stage]) else set()
    changed = [stage for stage in UPSTREAM if not _alike(old[stage]["output"], new[stage], TOLERANCE.get(stage, LOOSE))]
    return next((stage for stage in changed if stage not in raised), None)


@pytest.fixture(scope="module")
def now(tmp_path_factory) -> dict[str, Output]:
    return outputs(tmp_path_factory.mktemp("outputs"))


@pytest.fixture
def memory() -> dict[str, Any]:
    return json.loads(MEMORY.read_text(encoding="utf-8"))


def test_no_output_changes_without_a_new_version(now, memory):
    stage = moved(memory, now, stages.versions())
    assert stage is None, (
        f"the output of stage {stage} changed: raise its version, then run python {Path(__file__).name}"
    )


def test_the_remembered_outputs_are_of_these_versions(memory):
    assert {stage: memory[stage]["version"] for stage in memory} == {stage: STAGES[stage].version for stage in UPSTREAM}


@pytest.mark.parametrize("stage", sorted(UPSTREAM))
def test_a_moved_output_is_noticed_and_a_raised_version_answers_it(now, memory, stage):
    name = next(iter(memory[stage]["output"]))
    memory[stage]["output"][name] = "something else"
    versions = stages.versions()
    assert moved(memory, now, versions) == stage
    assert moved(memory, now, versions | {stage: versions[stage] + 1}) is None


def _alike(old: Output, new: Output, tolerance: dict[str, float]) -> bool:
    return old.keys() == new.keys() and all(_same(old[name], new[name], tolerance) for name in old)


def _same(old: Any, new: Any, tolerance: dict[str, float]) -> bool:
    if isinstance(old, float) and isinstance(new, (int, float)):
        return new == pytest.approx(old, **tolerance)
    return old == new


def _flat(value: Any, name: str = "") -> Output:
    if isinstance(value, dict):
        return {k: v for part, item in value.items() for k, v in _flat(item, f"{name}/{part}").items()}
    if isinstance(value, list):
        return {k: v for place, item in enumerate(value) for k, v in _flat(item, f"{name}/{place}").items()}
    return {name: value}


def _without_digests(value: Any) -> Iterator[tuple[str, Any]]:
    return ((name, item) for name, item in _flat(value).items() if not name.endswith("digest"))


def _video(path: Path) -> Output:
    capture = cv2.VideoCapture(str(path))
    frames = [frame for good, frame in iter(capture.read, (False, None)) if good]
    return {"frames": len(frames)} | _numbers("video", np.stack(frames))


def _numbers(name: str, array: np.ndarray) -> Output:
    values = array.astype(float)
    return {f"{name} shape": str(array.shape), f"{name} mean": values.mean(), f"{name} deviation": values.std()}


def _shard(path: Path) -> Output:
    with h5py.File(path) as file:
        name = next(iter(file))
        video = next(iter(file[name]))
        group = file[name][video]
        attributes = {key: str(value) for key, value in sorted(group.attrs.items()) if key != "digest"}
        whole = codecs.open_frames(group.id)[:]
        return {"video": f"{name}/{video}", "parts": " ".join(group)} | attributes | _numbers("frames", whole)


def _links(path: Path) -> Output:
    with h5py.File(path) as file:
        videos = [f"{name}/{video}" for name in file["videos"] for video in file["videos"][name]]
        return {"videos": " ".join(videos)} | {key: str(value) for key, value in file.attrs.items()}


def _rgb_model(project: Project) -> Path:
    """The checkpoint of the RGB stream; the name of its folder, and so the order of the files, is up to its key."""
    return next(path for path in project.files("train_stream/*/model.pt") if _modality(path) == "rgb")


def _modality(model: Path) -> str:
    return torch.load(model, weights_only=True)["design"]["modality"]


def _rgb_logits(project: Project) -> Path:
    files = project.files("dump_logits/*/logits.h5")
    return next(path for path in files if logits_file.read(path).modality == "rgb")


def _arrays(path: Path) -> Output:
    with h5py.File(path) as file:
        texts = {name: " ".join(file[name].asstr()[:]) for name in logits_file.TEXTS}
        places = {name: str(file[name][:].tolist()) for name in ("label", "frame_index")}
        own = {name: " ".join(file[name].attrs) for name in file if file[name].attrs}
        attributes = {"attributes": " ".join(file.attrs), "attributes of data sets": str(own)}
        return texts | places | attributes | _numbers("logits", file["logits"][:])


def _features(project: Project) -> Output:
    """What dump_features makes of the RGB stream, by its step."""
    out = project.folder / "features" / "features.h5"
    inputs = {"index": "index/*/index.json", "stacks": "write_stacks/*/rgb.h5"}
    files = [f"--{name}={project.files(pattern)[0]}" for name, pattern in inputs.items()]
    settings = keys.canonical({"test": project.settings["test"]})
    _call(dump_features.main, "--settings", settings, f"--model={_rgb_model(project)}", *files, "--out", str(out))
    with h5py.File(out) as file:
        shapes = {f"shape of {name}": str(file[name].shape) for name in file}
        subsets = {"split": " ".join(file["split"].asstr()[:]), "attributes": " ".join(file.attrs)}
        return shapes | subsets | _numbers("features", file["features"][:])


def _call(main: Callable[[], None], *arguments: str) -> None:
    """Run the door `main` with these arguments."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["step", *arguments])
        main()


def _fused(folder: Path) -> Output:
    """What fuse finds in scores that are drawn at random."""
    rng = np.random.default_rng(0)
    label = np.arange(40) % 4
    files = []
    for name, noise in (("spatial", 1.0), ("temporal", 0.8)):
        scores = np.eye(4)[label][:, None] + rng.normal(0, noise, (40, 3, 4))
        ids = tuple(f"c{n % 4}/v{n:02d}.avi" for n in range(40))
        groups = tuple(f"g{n // 4 % 5:02d}" for n in range(40))
        places = np.zeros((40, 3), np.int64)
        logits = logits_file.Logits(
            logits=scores.astype(np.float32),
            video_id=ids,
            label=label,
            frame_index=places,
            class_name=("c0", "c1", "c2", "c3"),
            split=("test",) * 40,
            group=groups,
        )
        files.append(f"{name}={folder / f'{name}.h5'}")
        logits_file.write(folder / f"{name}.h5", logits, {})
    settings = keys.canonical(check.check({"fusion": {"step": 0.1, "resamples": 200}})["fusion"])
    out = folder / "fuse" / "fusion.json"
    _call(fuse.main, "--settings", settings, "--out", str(out), "--logits", *files)
    stored = json.loads(out.read_text())
    names = ("strategy", "selected_on", "top1", "top5", "ci95")
    rows = [{name: row[name] for name in names} for row in stored["fusion"]]
    return _flat({"streams": stored["streams"], "fusion": rows}) | {"names": _names_in(stored)}


def _names_in(findings: dict[str, Any]) -> str:
    """The names in a fusion.json and their types; the guesses, which go by video, as those of the first video."""
    names = _structure(findings | {"guesses": list(findings["guesses"].values())})
    return " ".join(f"{name}:{kind}" for name, kind in sorted(names.items()))


def _structure(value: Any, name: str = "") -> Output:
    """The names in a report and what kind of thing each of them is; of a list, what its first item is."""
    if isinstance(value, dict):
        return {k: v for part, item in value.items() for k, v in _structure(item, f"{name}/{part}").items()}
    if isinstance(value, list) and value:
        return _structure(value[0], f"{name}/0")
    return {name: type(value).__name__}


def _tags(page: Path) -> str:
    """A digest of the kinds of elements in a page and of its styles."""
    text = page.read_text(encoding="utf-8")
    kinds = sorted(set(re.findall(r"<[a-z]\w*", text)))
    return keys.digest(" ".join([*kinds, *re.findall(r"<style>.*?</style>", text, re.DOTALL)]))


def remember() -> None:
    with tempfile.TemporaryDirectory() as folder:
        current = outputs(Path(folder))
    atomic.write_json(
        MEMORY, {stage: {"version": STAGES[stage].version, "output": current[stage]} for stage in UPSTREAM}
    )


if __name__ == "__main__":
    remember()
