"""What the epoch of a trained network was chosen on, and what that makes of the numbers the network has a part in."""

from collections.abc import Collection

UNKNOWN = "unknown"
WORDS = ("test", UNKNOWN, "validation", "nothing")
"""What it may be, the most doubtful first; `nothing` is the last epoch, `test` makes of a number a bound."""


def told(chosen_on: Collection[str]) -> dict[str, str]:
    """`best_epoch_on` for the row of a number: the most doubtful of `chosen_on`, or nothing where that is unknown."""
    worst = next((word for word in WORDS if word in chosen_on), UNKNOWN)
    return {} if worst == UNKNOWN else {"best_epoch_on": worst}
