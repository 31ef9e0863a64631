"""Kernels compiled for a graphics card that is not there."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime import JITFunction

TYPES = {torch.float32: "*fp32", torch.int32: "*i32", torch.uint8: "*u8", int: "i32", float: "fp32"}
TOOLS = Path(triton.__file__).parent / "backends" / "nvidia" / "bin"


@dataclass(frozen=True)
class Launch:
    """A kernel, its arguments by name and the options that it is launched with."""

    kernel: Any
    arguments: dict[str, Any]
    options: dict[str, Any]


@dataclass(frozen=True)
class Compiled:
    """What the compiler says of a kernel."""

    ptx: str
    registers: int
    spilled_bytes: int
    intended_fmas: int

    def fmas(self) -> int:
        """Return how many instructions multiply and add at once."""
        return len(re.findall(r"^\s+(?:@\S+ )?fma\.", self.ptx, re.MULTILINE))


def record(run: Callable[[], None]) -> dict[str, Launch]:
    """Return the launches of `run`, by kernel, without any being carried out."""
    launches: dict[str, Launch] = {}

    def keep(kernel: Any, *arguments: Any, grid: Any, warmup: bool, **options: Any) -> None:
        launches[kernel.__name__] = Launch(kernel, dict(zip(kernel.arg_names, arguments, strict=True)), options)

    with patch.object(JITFunction, "run", keep):
        run()
    return launches


def compile_for(launch: Launch, capability: int, folder: Path) -> Compiled:
    """Return what the compiler makes of a launch for cards of this compute capability."""
    constants = {p.name: launch.arguments[p.name] for p in launch.kernel.params if p.is_constexpr}
    types = {n: "constexpr" if n in constants else _type(value) for n, value in launch.arguments.items()}
    source = ASTSource(fn=launch.kernel, signature=types, constexprs=constants)
    kernel = triton.compile(source, target=GPUTarget("cuda", capability, 32), options=launch.options)
    binary = folder / f"{launch.kernel.__name__}.{capability}.cubin"
    binary.write_bytes(kernel.asm["cubin"])
    usage = subprocess.run(
        [TOOLS / "cuobjdump", "-res-usage", binary], capture_output=True, text=True, check=True
    ).stdout
    numbers = {name: int(number) for name, number in re.findall(r"(REG|STACK|LOCAL):(\d+)", usage)}
    widths = re.findall(r"call .*@llvm\.fma\.(?:v(\d+))?f32", kernel.asm["llir"])
    intended = sum(int(width or 1) for width in widths)
    return Compiled(kernel.asm["ptx"], numbers["REG"], numbers["STACK"] + numbers["LOCAL"], intended)


def _type(value: Any) -> str:
    return TYPES[value.dtype if isinstance(value, torch.Tensor) else type(value)]
