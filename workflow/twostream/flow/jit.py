"""How the kernels of the CPU are compiled: to machine code that rounds each operation by itself, as it is written."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""Numbers of single precision, in rows."""

compiled = njit(nogil=True, cache=True, error_model="numpy")
"""The decorator of a kernel. A division by zero gives no error, for which each would have to be checked."""
