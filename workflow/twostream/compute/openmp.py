"""How the threads of OpenMP, which torch computes in, wait for each other."""

import os


def wait_passively() -> None:
    """Let threads that wait sleep, in libraries that are loaded from now on and in child processes.

    GNU's OpenMP lets them spin, which takes the processor from the very thread that is waited for where other programs
    run beside. A policy in the environment wins.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
