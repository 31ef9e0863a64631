"""What the user is told where torch fails."""

import os
import signal

import numpy as np
import pytest
import torch

from twostream.compute.failures import explain_failures
from twostream.errors import InputError


class Dies(torch.utils.data.Dataset):
    def __getitem__(self, _):
        os.kill(os.getpid(), signal.SIGKILL)


def out_of_cpu_memory():
    torch.empty(1 << 60, dtype=torch.uint8)


def out_of_gpu_memory():
    raise torch.OutOfMemoryError("CUDA out of memory")


def out_of_memory_in_numpy():
    np.empty(1 << 60, np.uint8)


@pytest.mark.parametrize("fail", [out_of_cpu_memory, out_of_gpu_memory, out_of_memory_in_numpy])
def test_too_little_memory_says_what_to_lower(fail):
    with pytest.raises(InputError, match="does not fit into memory: lower it"), explain_failures("lower it"):
        fail()


def test_a_killed_process_of_the_loader_says_what_to_lower():
    loading = torch.utils.data.DataLoader(Dies(), sampler=[0], num_workers=1)
    with pytest.raises(InputError, match=r"was killed, .*: lower compute\.loader_workers"), explain_failures("?"):
        next(iter(loading))


def test_too_little_shared_memory_says_what_to_lower():
    """In torch's own words."""
    message = "unable to allocate shared memory(shm) for file </torch_1_2_3>: No space left on device (28)"
    with pytest.raises(InputError, match=r"/dev/shm: .*: lower compute\.loader_workers"), explain_failures("?"):
        raise RuntimeError(message)


def test_a_missing_compiler_says_what_to_set():
    with pytest.raises(InputError, match=r"compute\.compile: .*: set it to false"), explain_failures("?"):
        raise RuntimeError("Cannot find a working triton installation")


def test_another_error_passes():
    with pytest.raises(RuntimeError, match="shape"), explain_failures("lower it"):
        torch.zeros(2) @ torch.zeros(3, 3)
