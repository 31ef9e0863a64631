"""What is told of training: a row an epoch, as a table and, where tensorboard is installed, as its scalars."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from twostream.files import atomic

COLUMNS = ["Epoch", "Batch Time", "Data Time", "Loss", "Prec@1", "Prec@5", "lr"]
"""Named as in the field's best-known code; columns of our own stand after them."""
OWN_COLUMNS = ["Val Loss", "Val Prec@1", "Val Prec@5", "Chosen on"]


@dataclass(frozen=True)
class Validated:
    """How well the validation videos were told apart: their mean loss, and percent right."""

    loss: float
    prec1: float
    prec5: float


@dataclass(frozen=True)
class Epoch:
    """A row of the training table: mean seconds a batch, of them waited for data, and percent right."""

    epoch: int
    batch_time: float
    data_time: float
    loss: float
    prec1: float
    prec5: float
    lr: float
    validated: Validated | None = None

    @classmethod
    def from_dict(cls, row: dict) -> "Epoch":
        validated = row["validated"]
        return cls(**row | {"validated": Validated(**validated) if validated else None})

    @property
    def watched_loss(self) -> float:
        """The loss that tells whether training still gets on."""
        return self.validated.loss if self.validated else self.loss


def best(epochs: Sequence[Epoch]) -> int:
    """The place of the epoch to keep: most videos right, then the lowest loss; without validation the last."""
    return max(range(len(epochs)), key=lambda place: _merit(epochs[place], place))


def _merit(row: Epoch, place: int) -> tuple[float, float, int]:
    return (row.validated.prec1, -row.validated.loss, -place) if row.validated else (0.0, 0.0, place)


def write(path: Path, epochs: Sequence[Epoch], chosen_on: str) -> None:
    """The table of training, CSV; `chosen_on` stands in the row of the epoch that is kept."""
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow([*COLUMNS, *OWN_COLUMNS])
    kept = best(epochs) if epochs else None
    for place, row in enumerate(epochs):
        rows.writerow([*_cells(row), chosen_on if place == kept else ""])
    atomic.write_text(path, table.getvalue())


def _cells(row: Epoch) -> list[str]:
    percent = [f"{row.prec1:.3f}", f"{row.prec5:.3f}"]
    seen = row.validated
    own = [f"{seen.loss:.4f}", f"{seen.prec1:.3f}", f"{seen.prec5:.3f}"] if seen else [""] * 3
    return [str(row.epoch), f"{row.batch_time}", f"{row.data_time}", f"{row.loss:.4f}", *percent, f"{row.lr:g}", *own]


def write_scalars(folder: Path, row: Epoch) -> None:
    """Add the epoch to the scalars that TensorBoard shows; without TensorBoard, do nothing."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return
    named = {f"train/{name}": value for name, value in asdict(row).items() if name not in ("epoch", "validated")}
    if row.validated:
        named |= {f"validation/{name}": value for name, value in asdict(row.validated).items()}
    with SummaryWriter(folder, purge_step=row.epoch) as writer:
        for name, value in named.items():
            writer.add_scalar(name, value, row.epoch)
