"""The history of training: a row an epoch, as a table and, where tensorboard is installed, as its scalars."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twostream.files import atomic

COLUMNS = ["Epoch", "Batch Time", "Data Time", "Loss", "Prec@1", "Prec@5", "lr"]
"""Columns with the names of the field's best-known code; those of our own stand after them."""
OWN_COLUMNS = ["Val Loss", "Val Prec@1", "Val Prec@5", "Chosen on"]


@dataclass(frozen=True)
class ValidationResult:
    """Mean loss on the validation videos, and percent right at first and within five."""

    loss: float
    prec1: float
    prec5: float


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """A row of the training table: mean seconds a batch, of them waited for data; mean loss; and percent right."""

    epoch: int
    batch_time: float
    data_time: float
    loss: float
    prec1: float
    prec5: float
    lr: float
    validated: ValidationResult | None = None

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Epoch":
        """Return the row that `dataclasses.asdict` made `row` of."""
        validated = row["validated"]
        return cls(**{**row, "validated": ValidationResult(**validated) if validated else None})

    def text(self, epochs: int) -> str:
        """Return the row in words, as one of so many `epochs`."""
        result = self.validated
        validated = f"; validation: loss {result.loss:.3f}, top-1 {result.prec1:.1f} %" if result else ""
        return (
            f"epoch {self.epoch} of {epochs}: loss {self.loss:.3f}, top-1 {self.prec1:.1f} %, top-5 {self.prec5:.1f} %"
            f"{validated}; lr {self.lr:.2g}, {self.batch_time:.3g} s a step, of it {self.data_time:.2g} s for data"
        )

    @property
    def monitored_loss(self) -> float:
        """Loss that shows whether training still improves: that of validation, or without it of training."""
        return self.validated.loss if self.validated else self.loss


def best(epochs: Sequence[Epoch]) -> int:
    """Return the position of the best epoch: most videos right, then the lowest loss; without validation the last."""
    return max(range(len(epochs)), key=lambda position: _merit(epochs[position], position))


def _merit(row: Epoch, position: int) -> tuple[float, float, int]:
    return (row.validated.prec1, -row.validated.loss, -position) if row.validated else (0.0, 0.0, position)


def write(path: Path, epochs: Sequence[Epoch], chosen_on: str) -> None:
    """Write the table of training, CSV; `chosen_on` stands in the row of the epoch that is kept."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow([*COLUMNS, *OWN_COLUMNS])
    best_epoch = best(epochs) if epochs else None
    for position, row in enumerate(epochs):
        rows.writerow([*_cells(row), chosen_on if position == best_epoch else ""])
    atomic.write_text(path, table.getvalue())


def _cells(row: Epoch) -> list[str]:
    percent = [f"{row.prec1:.3f}", f"{row.prec5:.3f}"]
    result = row.validated
    own = [f"{result.loss:.4f}", f"{result.prec1:.3f}", f"{result.prec5:.3f}"] if result else [""] * 3
    return [str(row.epoch), f"{row.batch_time}", f"{row.data_time}", f"{row.loss:.4f}", *percent, f"{row.lr:g}", *own]


def write_scalars(folder: Path, row: Epoch) -> None:
    """Add the epoch to the scalars that TensorBoard shows; do nothing where it is not installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return
    scalars = {f"train/{name}": value for name, value in asdict(row).items() if name not in ("epoch", "validated")}
    if row.validated:
        scalars |= {f"validation/{name}": value for name, value in asdict(row.validated).items()}
    with SummaryWriter(folder, purge_step=row.epoch) as writer:
        for name, value in scalars.items():
            writer.add_scalar(name, value, row.epoch)
