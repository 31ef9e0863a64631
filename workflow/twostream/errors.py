"""The one exception that is the user's to mend.

    InputError              bad input, said in one line: `THING: problem: remedy`

Everything else that is raised is a fault of the program, and keeps its traceback.
"""

import errno

RERUN = "run the same command again"
RERUN_WORKFLOW = "run the workflow again"
DISK_FULL = "the disk is full"
FREE_SPACE = "free some space, then run the same command again; what is done is kept"
"""What helps where a disk is full."""
FULL = frozenset((errno.ENOSPC, errno.EDQUOT))
"""The system's errors that say that a disk is full, or the part of it that its user may fill."""


class InputError(Exception):
    """Bad input: the thing that is wrong, what is wrong with it, and what the user can do about it.

    >>> print(InputError("config: flow.bound", "is -1", "set it to a number, above 0"))
    config: flow.bound: is -1: set it to a number, above 0

    Where one is raised in a loader's process, torch raises it again with a text, that process's stack, as its `thing`.
    """

    def __init__(self, thing: object, problem: str = "", remedy: str = "") -> None:
        super().__init__(str(thing), problem, remedy)

    def __str__(self) -> str:
        return ": ".join(part for part in self.args if part)
