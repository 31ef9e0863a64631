"""What became of the files of a data set: whose split it is, what is left out, which videos are copies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from twostream.videos import left_out
from twostream.videos.copies import Copies
from twostream.videos.left_out import LeftOut
from twostream.videos.recordings import FROM_FILE, Grouping


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account of a data set's files. `unread_lists` are folders of split lists where none are read.

    `grouping` says how the recordings were told, `form` what the folder was taken for, and why.
    """

    left_out: tuple[LeftOut, ...] = ()
    copies: tuple[Copies, ...] = ()
    split_by: str = ""
    unread_lists: tuple[str, ...] = ()
    grouping: Grouping = FROM_FILE
    form: str = ""

    @property
    def unlisted(self) -> int:
        """The number of videos that the lists name in neither subset."""
        return sum(row.files for row in self.left_out if row.reason in (left_out.UNLISTED, left_out.UNUSED))

    @property
    def left_out_by_settings(self) -> int:
        """The number of videos of the data set that are left out because the settings ask for a part of it."""
        return sum(row.files for row in self.left_out if row.reason in left_out.BY_SETTINGS)

    @property
    def copied(self) -> int:
        """The number of videos that are copies of others."""
        return sum(len(row.ids) - 1 for row in self.copies)

    def with_left_out(self, rows: Sequence[LeftOut]) -> "Account":
        """Return this account with more files that are left out."""
        return replace(self, left_out=tuple(sorted((*self.left_out, *rows), key=lambda row: row.reason)))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Account":
        """Return the account that index.json holds."""
        return cls(
            left_out=tuple(LeftOut(**(row | {"first": tuple(row["first"])})) for row in stored["left_out"]),
            copies=tuple(Copies(**(row | {"ids": tuple(row["ids"])})) for row in stored["copies"]),
            split_by=stored["split_by"],
            unread_lists=tuple(stored["unread_lists"]),
            grouping=Grouping(**stored["grouping"]),
            form=stored.get("form", ""),
        )


EMPTY = Account()
"""The account of a data set of which every file is used."""
