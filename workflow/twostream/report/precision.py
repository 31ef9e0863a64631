"""How many decimals a percentage deserves: as many as tell one video, and no more."""

import math

MOST = 4


def decimals(videos: int) -> int:
    """Return the decimals of a percentage of so many `videos`: one up to 1,000 of them, two up to 10,000, and so on."""
    return min(MOST, max(1, math.ceil(math.log10(videos / 100)))) if videos > 0 else 1


def percent(value: float, videos: int) -> str:
    """Return a percentage of so many `videos`, without the sign."""
    return f"{value:.{decimals(videos)}f}"


def signed(value: float, videos: int) -> str:
    """Return a difference of two percentages of so many `videos`, with a plus or a true minus sign."""
    return f"{value:+.{decimals(videos)}f}".replace("-", "\N{MINUS SIGN}")


def interval(low: float, high: float, videos: int) -> str:
    """Return the ends of an interval of a percentage of so many `videos`."""
    return f"{percent(low, videos)} to {percent(high, videos)}".replace("-", "\N{MINUS SIGN}")
