"""What is known of the training of the network that gave the scores in a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

IN_TRAINING = "in_training"
"""The data set that says of each video whether the network was trained on it."""
SUMMARY = "training"
"""The attribute that has the settings of the training and how many videos it had, as JSON."""
REMARKS = "remarks"
"""The attribute that says, as JSON, in what the frames or the flow that were scored differ from those of training."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """Of V scored videos those that the network was trained on, and what it was trained with.

    `summary` is that of `streams.training_record.TrainingRecord`. `remarks` are sentences on why its scores are not
    what they would be on frames or flow like those of its training.
    """

    in_training: NDArray[np.bool_]
    summary: Mapping[str, Any]
    remarks: tuple[str, ...] = ()

    def select(self, rows: NDArray[Any] | Sequence[int]) -> "Training":
        """Return what is known of some of the videos, by a mask or in the order of `rows`."""
        return replace(self, in_training=self.in_training[rows])


def write(file: h5py.File, training: Training) -> None:
    """Write what is known of `training` to the file of logits `file`."""
    file[IN_TRAINING] = training.in_training.astype(np.uint8)
    file.attrs[SUMMARY] = json.dumps(training.summary)
    file.attrs[REMARKS] = json.dumps(training.remarks)


def read(file: h5py.File) -> Training | None:
    """Return what `file` says of the training; None in a file of an earlier version or of another system.

    ValueError or TypeError where it is of another form.
    """
    if IN_TRAINING not in file:
        return None
    summary, remarks = json.loads(file.attrs.get(SUMMARY, "{}")), json.loads(file.attrs.get(REMARKS, "[]"))
    if not isinstance(summary, dict) or not all(isinstance(remark, str) for remark in remarks):
        raise ValueError("what it says of the training is of another form")
    return Training(in_training=file[IN_TRAINING][:].astype(bool), summary=summary, remarks=tuple(remarks))
