"""Batch normalisation over the whole batch of a step, whichever processes the batch is divided among."""

from typing import Any

import torch
from torch import Tensor, distributed, nn
from torch.autograd import Function


def synchronise_batch_norm(network: nn.Module, device: torch.device) -> nn.Module:
    """Return `network` with batch normalisations that take their statistics from the batches of all processes."""
    if device.type == "cuda":
        converted: nn.Module = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return converted
    for name, layer in list(network.named_modules()):
        if type(layer) is nn.BatchNorm2d:
            whole = WholeBatchNorm(layer.num_features, layer.eps, layer.momentum)
            whole.load_state_dict(layer.state_dict())
            network.set_submodule(name, whole, strict=True)
    return network


class WholeBatchNorm(nn.BatchNorm2d):
    """Batch normalisation over the batches of all processes: torch's SyncBatchNorm, which no CPU can run.

    The input may be of lower precision; the statistics are float32.
    """

    def forward(self, values: Tensor) -> Tensor:
        """Return `values` (N, C, H, W), of this process, normalised by the mean and variance of every process's."""
        if not self.training:
            return super().forward(values)
        exact = values.float()
        count = float(_all_reduce(torch.tensor(float(exact[:, 0].numel()))))
        mean = _all_reduce(exact.sum(dim=(0, 2, 3))) / count
        centred = exact - mean[:, None, None]
        variance = _all_reduce((centred * centred).sum(dim=(0, 2, 3))) / count
        self._update_running(mean.detach(), variance.detach() * count / (count - 1))
        scale = self.weight * (variance + self.eps).rsqrt()
        normalised: Tensor = centred * scale[:, None, None] + self.bias[:, None, None]
        return normalised.to(values.dtype)

    def _update_running(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running mean and variance, in place, as torch's own batch normalisation does."""
        momentum = self.momentum or 0.0
        for name, value in (("running_mean", mean), ("running_var", variance)):
            self.get_buffer(name).lerp_(value, momentum)
        self.get_buffer("num_batches_tracked").add_(1)


class _AllReduce(Function):
    """The sum of a tensor over the processes; its gradient is summed too."""

    @staticmethod
    def forward(_: Any, values: Tensor) -> Tensor:
        total = values.clone(memory_format=torch.contiguous_format)
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        return _all_reduce(gradient)


def _all_reduce(values: Tensor) -> Tensor:
    total: Tensor = _AllReduce.apply(values)
    return total
