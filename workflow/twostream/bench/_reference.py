"""How the code base that this replaces reads a stack: twenty JPEG files."""

from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset
from torchvision import transforms

from twostream.bench._material import STACK, Frames


class JpegStacks(Dataset[torch.Tensor]):
    """Stacks of a JPEG file for x and one for y of each pair, opened with PIL, resized and copied into the stack."""

    def __init__(self, folder: Path, fields: Frames, quality: int, size: int) -> None:
        self.folder = folder
        self.pairs = len(fields)
        self.size = size
        self.transform = transforms.Compose([transforms.Resize([size, size]), transforms.ToTensor()])
        folder.mkdir()
        for t, field in enumerate(fields):
            for component, plane in zip("uv", field, strict=True):
                cv2.imwrite(str(self._file(component, t)), plane, [cv2.IMWRITE_JPEG_QUALITY, quality])

    def __getitem__(self, number: int) -> torch.Tensor:
        start = int(np.random.default_rng(number).integers(self.pairs - STACK + 1))
        stack = torch.empty(2 * STACK, self.size, self.size)
        for channel in range(2 * STACK):
            with Image.open(self._file("uv"[channel % 2], start + channel // 2)) as picture:
                stack[channel] = self.transform(picture)[0]
        return stack

    def decoded(self) -> Frames:
        """Return the fields as they are read again, (pairs, 2, H, W)."""
        return np.stack(
            [[cv2.imread(str(self._file(component, t)), 0) for component in "uv"] for t in range(self.pairs)]
        ).astype(np.uint8)

    def bytes_a_pair(self) -> float:
        """Return the size of both files of a pair, on average."""
        return sum(path.stat().st_size for path in self.folder.iterdir()) / self.pairs

    def _file(self, component: str, t: int) -> Path:
        return self.folder / f"{component}{t:06d}.jpg"
