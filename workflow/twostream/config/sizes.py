"""The sizes of square images, in pixels, that torchvision's architectures can take; most take any."""

ONLY_SIZES = {"vit_": 224, "maxvit_": 224}
"""Families, by the beginning of their names, that take one size only."""

SMALLEST = {"alexnet": 63}
"""Architectures whose smallest size is above the smallest that the schema allows."""


def only_size(architecture: str) -> int | None:
    """Return the only size that `architecture` takes; None where it takes several."""
    return next((size for family, size in ONLY_SIZES.items() if architecture.startswith(family)), None)


def smallest(architecture: str) -> int:
    """Return the smallest size that `architecture` takes; 0 where the schema's bound suffices."""
    return SMALLEST.get(architecture, 0)
