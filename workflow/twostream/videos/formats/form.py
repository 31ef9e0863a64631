"""What a folder was taken for: the form of its data set, and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FOLDER, UCF101, HMDB51 = "folder", "ucf101", "hmdb51"
KINETICS, SOMETHING, CSV = "kinetics", "something-something", "csv"
AUTO = "auto"
PARENT, FIRST = "parent", "first"
"""Which folder is the class of a video: the one that holds it, or the first below the data set's."""


@dataclass(frozen=True, kw_only=True)
class Form:
    """The form of a data set.

    `name` is one of the constants above, `reason` says why it was taken for that. `source` is the folder or the file of
    its own lists. Videos lie `depth` folders deep, None at any depth. `labels` says which folder is the class, and
    `has_subsets` whether the first folder is the subset; both matter to a folder alone. With `pictures`, videos are
    folders of numbered pictures.
    """

    name: str = FOLDER
    reason: str = "no lists were given"
    source: Path | None = None
    depth: int | None = 1
    labels: str = PARENT
    has_subsets: bool = False
    pictures: bool = False

    @property
    def has_lists(self) -> bool:
        """Whether it has split lists, of UCF101's or HMDB51's form."""
        return self.name in (UCF101, HMDB51)

    @property
    def lists(self) -> Path | None:
        """The folder of its split lists, None where it has none."""
        return self.source if self.has_lists else None

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the section `dataset` by which it is this form."""
        if self.has_lists:
            return {"splits": str(self.source), "split": 1}
        if self.source:
            return {"format": self.name, "annotations": str(self.source)}
        return {"format": self.name, "depth": self.depth, "labels": self.labels} if self._is_deep else {}

    @property
    def _is_deep(self) -> bool:
        return self.depth != 1 and not self.has_subsets

    @property
    def for_key(self) -> tuple[str, ...]:
        """What the index depends on besides the files: nothing for `class/video` with lists or without."""
        of_pictures = ("pictures",) if self.pictures else ()
        if self.has_lists or (self.name == FOLDER and self.depth == 1 and not self.has_subsets):
            return of_pictures
        return (f"{self.name} {self.depth} {self.labels} {self.has_subsets}", *of_pictures)

    def __str__(self) -> str:
        """Return the form and the reason in words."""
        return f"{self.name}, since {self.reason}" + "; its videos are folders of pictures" * self.pictures

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        return asdict(self) | {"source": str(self.source or "")}

    @classmethod
    def of_demo(cls, lists: Path) -> "Form":
        """Return the form of the demo."""
        return cls(name=UCF101, reason="the demo is rendered with classInd.txt and its lists", source=lists)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Form":
        """Return the form that `to_json` returned."""
        return cls(**{**stored, "source": Path(stored["source"]) if stored["source"] else None})
