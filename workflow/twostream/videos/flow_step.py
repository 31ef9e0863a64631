"""Between which frames flow is computed: from one `step`-th frame to the next."""


def within(frames: int, step: int) -> int:
    """Return the step for a video of so many `frames`: of a short one, from its first frame to its last."""
    return min(step, max(frames - 1, 1))


def fields(frames: int, step: int) -> int:
    """Return how many flow fields a video of so many `frames` has."""
    return (frames - 1) // within(frames, step)
