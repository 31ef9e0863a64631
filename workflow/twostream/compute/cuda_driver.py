"""What the driver of NVIDIA's GPUs says; asking torch would take seconds."""

import ctypes

CAPABILITY_MAJOR = 75
"""The driver's number of that attribute of a device."""


def has_bfloat16() -> bool:
    """Return whether there is a GPU, and the first one computes in bfloat16: Ampere (capability 8) and later do."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    major = ctypes.c_int(0)
    failed = driver.cuInit(0) or driver.cuDeviceGetAttribute(ctypes.byref(major), CAPABILITY_MAJOR, 0)
    return not failed and major.value >= 8
