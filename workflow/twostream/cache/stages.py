"""The one table of stages: what each is called, which version it is of, what it makes and where that lies.

Rules, plan, steps, costs and comparison read it, so that a new stage is written down here and in a rule.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twostream.cache import keys


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage of the workflow: the name of its rule, its step and its folder in the cache.

    `version` is in the key: raise it when the stage's output changes, and it and all after it run again. `section`
    is the part of the configuration that the stage obeys, None where there is none. `artefact` is the name of the
    file it makes; a name in braces there stands for one of several files in a folder. `folder` is the stage in
    whose folder the artefact lies, where it is another one.
    """

    name: str
    version: int
    section: str | None
    artefact: str
    folder: str = ""

    def key(self, settings: Any, *upstream: str) -> str:
        """Return the name of what the stage makes from `settings` and the keys it builds on."""
        return keys.digest(keys.canonical([self.name, self.version, settings, list(upstream)]))

    def settings_in(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return the stage's section of the whole configuration's `settings`."""
        return settings[self.section] if self.section else {}

    def parent(self, root: Path) -> Path:
        """Return the folder of the cache `root` that holds a folder for each of the stage's keys."""
        return root / (self.folder or self.name)

    def path(self, root: Path, key: str, **names: str) -> Path:
        """Return the artefact of `key`; `names` are what stands for the names in braces.

        >>> COMPUTE_FLOW.path(Path("results"), "4f5d0a1b2c3e", shard="0003-5f1d0c7e2a9b").as_posix()
        'results/compute_flow/4f5d0a1b2c3e/0003-5f1d0c7e2a9b.h5'
        """
        return self.parent(root) / key / self.artefact.format(**names)

    def pattern(self, root: Path, key: str = "{key}", file: str = "") -> Path:
        """Return the artefact's path, or that of `file` beside it, with its names in braces, Snakemake's wildcards."""
        return self.parent(root) / key / (file or self.artefact)

    def benchmark(self, artefact: Path) -> Path:
        """Return where Snakemake writes what the making of `artefact` took."""
        return artefact.with_suffix(".tsv") if "{" in self.artefact else artefact.with_name("benchmark.tsv")


RENDER_DEMO = Stage(name="render_demo", version=1, section="demo", artefact="videos.json")
INDEX = Stage(name="index", version=7, section="index", artefact="index.json")
EXTRACT_FRAMES = Stage(name="extract_frames", version=4, section="frames", artefact="{shard}.h5")
COMPUTE_FLOW = Stage(name="compute_flow", version=4, section="flow", artefact="{shard}.h5")
IMPORT_FLOW = Stage(name="import_flow", version=1, section=None, artefact="{shard}.h5", folder="compute_flow")
WRITE_STACKS = Stage(name="write_stacks", version=2, section=None, artefact="{modality}.h5")
TRAIN_STREAM = Stage(name="train_stream", version=7, section="streams", artefact="model.pt")
DUMP_LOGITS = Stage(name="dump_logits", version=6, section="test", artefact="logits.h5")
DUMP_FEATURES = Stage(name="dump_features", version=1, section="features", artefact="features.h5")
FUSE = Stage(name="fuse", version=17, section="fusion", artefact="fusion.json")
EXPORT_MODEL = Stage(name="export_model", version=1, section=None, artefact="model.zip")
PREDICT_VIDEOS = Stage(name="predict_videos", version=1, section=None, artefact="{shard}.json")
FUSION_REPORT = Stage(name="fusion_report", version=9, section="report", artefact="report.json")

HISTORY = "history.csv"
"""The table of training, which `train_stream` writes beside its artefact."""

STAGES = {
    stage.name: stage
    for stage in (
        *(RENDER_DEMO, INDEX, EXTRACT_FRAMES, COMPUTE_FLOW, IMPORT_FLOW, WRITE_STACKS),
        *(TRAIN_STREAM, DUMP_LOGITS, DUMP_FEATURES, FUSE, EXPORT_MODEL, PREDICT_VIDEOS),
        FUSION_REPORT,
    )
}
"""Every stage by its name, in the order of the pipeline. `import_flow` is a command, the others are rules."""


def order(name: str) -> int:
    """Return the position of the stage called `name` in the pipeline."""
    return list(STAGES).index(name)


def versions() -> dict[str, int]:
    """Return the version of every stage by its name."""
    return {name: stage.version for name, stage in STAGES.items()}
