"""What a flipped bit does in the files of a finished run: real runs on damaged files, until they end.

A project is run once. Then, again and again, the last stages of a copy are deleted, so that what is left is read; a bit
flips in each of several files; `twostream ls` and `prune` look at it, and it is run until it ends. The numbers of the
report are compared to the last digit.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from twostream.bench import _options, _project
from twostream.bench._project import Project
from twostream.cache import kept, stages
from twostream.cache.stages import DUMP_LOGITS, FUSE, FUSION_REPORT, TRAIN_STREAM, WRITE_STACKS

LEVELS = ((), (FUSE,), (FUSE, DUMP_LOGITS), (FUSE, DUMP_LOGITS, WRITE_STACKS), (FUSE, DUMP_LOGITS, TRAIN_STREAM))
"""The stages whose files are deleted, with the report, before the bits flip."""
COUNTED = ("flips", "trials", "equal numbers", "other numbers", "tracebacks", "blocked", "runs that named a file")


def main() -> None:
    """Print what was found, a row for each kind of file, and the same as JSON."""
    parser = argparse.ArgumentParser(prog="twostream bench flips", description=__doc__)
    parser.add_argument("--flips", type=_options.count, default=200, help="how many bits flip")
    parser.add_argument(
        "--together", type=_options.count, default=8, help="how many of them in one copy, in folders of their own"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the files, the bits and the stages")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        whole = Project(Path(folder) / "project")
        if whole.run():
            sys.exit(f"the run on whole files failed:\n{whole.text()}")
        copy = whole.folder.with_name("kept")
        shutil.copytree(whole.folder, copy, symlinks=True)
        trials = Trials(random.Random(options.seed), whole, copy)
        while trials.counts["flips"] < options.flips:
            trials.run(min(options.together, options.flips - trials.counts["flips"]))
    rows = [{"file": kind, **trials.kinds[kind]} for kind in sorted(trials.kinds)]
    _project.show(rows, COUNTED, trials.counts)


class Trials:
    """Copies of a finished project in which bits flip, and what is found. `whole` is the folder as it was."""

    def __init__(self, rng: random.Random, project: Project, whole: Path) -> None:
        self.rng = rng
        self.project = project
        self.whole = whole
        self.expected = project.numbers()
        self.counts: Counter[str] = Counter()
        self.kinds: defaultdict[str, dict[str, int]] = defaultdict(lambda: {"flips": 0, "named": 0})

    def run(self, flips: int) -> None:
        """Flip so many bits in a fresh copy, or fewer where it has fewer folders, and run it until it ends."""
        shutil.rmtree(self.project.folder)
        shutil.copytree(self.whole, self.project.folder, symlinks=True)
        results = self.project.folder / "results"
        for stage in (*self.rng.choice(LEVELS), FUSION_REPORT):
            shutil.rmtree(stage.parent(results), ignore_errors=True)
        files = self._flip(results, flips)
        printed = "".join(self._twostream(command) for command in ("ls", "prune"))
        is_finished = False
        for _ in range(len(files) + 1):
            is_finished = not self.project.run()
            printed += self.project.text()
            if is_finished:
                break
            self.counts["runs that named a file"] += 1
        self._count(files, printed, is_finished)

    def _flip(self, results: Path, flips: int) -> list[Path]:
        """Flip a bit in each of so many files, of kinds drawn alike, no two of them in one folder; return them."""
        by_kind: defaultdict[str, list[Path]] = defaultdict(list)
        for file in results.rglob("*"):
            if file.is_file() and file.stat().st_size and is_read(file):
                by_kind[kind(file)].append(file)
        flipped: dict[Path, Path] = {}
        for name in self.rng.sample(sorted(by_kind), len(by_kind)):
            file = self.rng.choice(sorted(by_kind[name]))
            if len(flipped) < flips and file.parent not in flipped:
                flipped[file.parent] = file
                self._flip_bit(file)
        return list(flipped.values())

    def _flip_bit(self, file: Path) -> None:
        content = bytearray(file.read_bytes())
        content[self.rng.randrange(len(content))] ^= 1 << self.rng.randrange(8)
        file.write_bytes(content)

    def _twostream(self, command: str) -> str:
        """Return what the command of twostream prints."""
        code = "import sys; from twostream.cli import main; main()"
        environment = os.environ | {"PYTHONPATH": str(_project.ROOT / "workflow")}
        line = [sys.executable, "-c", code, command]
        done = subprocess.run(
            line, cwd=self.project.folder, env=environment, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    def _count(self, files: Sequence[Path], printed: str, is_finished: bool) -> None:
        """Count what was found of the flips in `files`, and show what was printed where that is a fault."""
        is_equal = is_finished and self.project.numbers() == self.expected
        outcomes = {
            "flips": len(files),
            "trials": 1,
            "tracebacks": "Traceback" in printed,
            "blocked": not (is_finished and self.project.is_finished()),
            "equal numbers" if is_equal else "other numbers": 1,
        }
        self.counts.update({name: int(count) for name, count in outcomes.items()})
        for file in files:
            self.kinds[kind(file)]["flips"] += 1
            self.kinds[kind(file)]["named"] += file.name in printed
        if outcomes["tracebacks"] or outcomes["blocked"] or not is_equal:
            print(f"--- flipped: {', '.join(map(str, files))}\n{printed}", file=sys.stderr)


def is_read(file: Path) -> bool:
    """Return whether the workflow reads `file` again; the page is only looked at."""
    return "tensorboard" not in file.parts and not file.name.startswith(f"{FUSION_REPORT.name}.")


def kind(file: Path) -> str:
    """Return what `file` is, whatever its key: its stage, and its name or, where it is one of many, its suffix."""
    stage = next((folder for folder in file.parents if folder.name in stages.STAGES), file.parent)
    if file.suffix == kept.SUFFIX:
        return f"{stage.name}/{kept.SUFFIX}"
    is_one_of_many = file.name[:1].isdigit() or len(file.relative_to(stage).parts) > 2
    return f"{stage.name}/{''.join(file.suffixes) if is_one_of_many else file.name}"


if __name__ == "__main__":
    main()
