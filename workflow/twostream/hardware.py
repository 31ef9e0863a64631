"""What a network runs on."""

import torch

from twostream import parallel
from twostream.errors import InputError


def device(name: str, threads: int) -> torch.device:
    """The device called `name` (auto: CUDA where there is one); the CPU is given `threads` cores at most."""
    torch.set_num_threads(parallel.cores(threads))
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("compute.device is cuda, and there is none that torch can use: set it to auto or cpu")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")
