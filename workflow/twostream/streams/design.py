"""What a stream is: its modality and its network, as its section of the configuration describes them.

This module imports no torch, so that planning can read it.
"""

from dataclasses import dataclass

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
MEAN_DEVIATION = 0.226
"""Mean of ImageNet's three deviations."""


@dataclass(frozen=True, kw_only=True)
class Modality:
    """What a network sees of a video.

    `stored` names the stored pixels that it is read from; `channels` counts those of a frame; `mean` and `std` of
    each channel are of pixels divided by 255.
    """

    stored: str
    channels: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    is_difference: bool = False
    """Whether the network sees the differences of consecutive frames, one fewer than there are frames."""
    has_signed_x: bool = False
    """Whether channel 0 points right or left, so that a mirror image negates it."""


MODALITIES = {
    "rgb": Modality(stored="rgb", channels=3, mean=IMAGENET_MEAN, std=IMAGENET_STD),
    "rgb_diff": Modality(stored="rgb", channels=3, mean=(0.0,) * 3, std=(2 * MEAN_DEVIATION,) * 3, is_difference=True),
    "flow": Modality(stored="flow", channels=2, mean=(128 / 255,) * 2, std=(MEAN_DEVIATION,) * 2, has_signed_x=True),
}
"""Flow is centred on zero motion, which is stored as 128, and scaled by ImageNet's mean deviation. A difference of
frames is scaled by twice that, as in Wang et al., "Temporal Segment Networks", 2016, and its code."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """One stream's network, as its section of the configuration describes it."""

    architecture: str
    modality: str
    stack: int
    dropout: float
    pretrained: str
    scaling: str = "centred"

    @property
    def sees(self) -> Modality:
        """The row of the table of modalities."""
        return MODALITIES[self.modality]

    @property
    def frames(self) -> int:
        """Stored frames, or flow fields, that a stack is made of."""
        return self.stack + self.sees.is_difference

    @property
    def channels(self) -> int:
        """Channels of the network's input: those of a frame, `stack` times."""
        return self.sees.channels * self.stack
