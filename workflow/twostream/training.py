"""Training of one stream, from top to bottom.

Nothing is chosen on the test videos: the weights of the last epoch are the result. After every epoch
all that training needs is saved to a state file, from which an interrupted run goes on exactly.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader
from tqdm import tqdm

from twostream import atomic, streams
from twostream.errors import InputError
from twostream.index import Video
from twostream.loader import TrainingClips
from twostream.stacks import StackReader

Batches = DataLoader[tuple[Tensor, int]]
"""Of uint8 clips (videos, segments, channels, height, width) and labels (videos,)."""


@dataclass(frozen=True)
class Recipe:
    """How a stream is trained, as its section of the configuration says."""

    size: int
    segments: int
    smallest_crop: float
    epochs: int
    batch: int
    optimiser: str
    lr: float
    momentum: float
    weight_decay: float
    schedule: str
    patience: int
    seed: int

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> "Recipe":
        return cls(**{field.name: settings[field.name] for field in fields(cls)})


@dataclass(frozen=True)
class Epoch:
    """A row of the training table: mean seconds a batch, of them waited for data, and percent right."""

    epoch: int
    batch_time: float
    data_time: float
    loss: float
    prec1: float
    prec5: float
    lr: float


def train(
    reader: StackReader,
    videos: Sequence[Video],
    classes: int,
    design: streams.Design,
    recipe: Recipe,
    device: torch.device,
    loader_workers: int,
    state_file: Path,
) -> tuple[nn.Module, list[Epoch]]:
    """Train on `videos`; return the network and its epochs."""
    torch.manual_seed(recipe.seed)
    network = streams.build(design, classes).to(device)
    optimiser = make_optimiser(network, recipe)
    schedule = make_schedule(optimiser, recipe)
    clips = TrainingClips(reader, videos, design, recipe.size, recipe.segments, recipe.smallest_crop, recipe.seed)
    history = _resume(state_file, network, optimiser, schedule, device)
    for epoch in range(len(history), recipe.epochs):
        clips.epoch = epoch
        batches = _batches(clips, recipe.batch, loader_workers)
        history.append(_train_epoch(network, optimiser, batches, design.modality, device, epoch))
        _advance(schedule, history[-1].loss)
        _save(state_file, network, optimiser, schedule, history)
    return network, history


def make_optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    if recipe.optimiser == "adamw":
        return torch.optim.AdamW(network.parameters(), recipe.lr, weight_decay=recipe.weight_decay)
    return torch.optim.SGD(network.parameters(), recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay)


def make_schedule(optimiser: torch.optim.Optimizer, recipe: Recipe) -> torch.optim.lr_scheduler.LRScheduler:
    if recipe.schedule == "plateau":
        return torch.optim.lr_scheduler.ReduceLROnPlateau(optimiser, patience=recipe.patience)
    if recipe.schedule == "cosine":
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.epochs)
    return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1)


def _train_epoch(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    batches: Batches,
    modality: str,
    device: torch.device,
    epoch: int,
) -> Epoch:
    network.train()
    right1 = right5 = seen = 0
    loss_sum = data_time = 0.0
    lr = optimiser.param_groups[0]["lr"]
    began = asked = time.perf_counter()
    progress = tqdm(batches, desc=f"epoch {epoch + 1}", unit="step", mininterval=2.0, file=sys.stderr)
    for clips, labels in progress:  # type: tuple[Tensor, Tensor]
        clips, labels = clips.to(device), labels.to(device)
        data_time += time.perf_counter() - asked
        scores = consensus(network, streams.normalise(clips.flatten(0, 1), modality), len(labels))
        loss = functional.cross_entropy(scores, labels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        _check_finite(loss)
        ranks = _rank(scores.detach(), labels)
        right1, right5 = right1 + int((ranks < 1).sum()), right5 + int((ranks < 5).sum())
        seen += len(labels)
        loss_sum += loss.item() * len(labels)
        progress.set_postfix(
            loss=f"{loss_sum / seen:.3f}", top1=f"{100 * right1 / seen:.1f}", lr=f"{lr:.2g}", refresh=False
        )
        asked = time.perf_counter()
    steps = len(batches)
    batch_time = (time.perf_counter() - began) / steps
    return Epoch(
        epoch + 1,
        round(batch_time, 4),
        round(data_time / steps, 4),
        loss_sum / seen,
        100 * right1 / seen,
        100 * right5 / seen,
        lr,
    )


def consensus(network: nn.Module, stacks: Tensor, videos: int) -> Tensor:
    """The mean over each video's segments of their scores: (videos x segments, ...) -> (videos, classes)."""
    return network(stacks).unflatten(0, (videos, -1)).mean(dim=1)


def _batches(clips: TrainingClips, size: int, workers: int) -> Batches:
    """Batches of nearly equal size, so that no last one is too small for batch normalisation."""
    order = torch.tensor(clips.order())
    count = max(1, -(-len(clips) // size))
    chosen = [part.tolist() for part in order.tensor_split(count)]
    return DataLoader(clips, batch_sampler=chosen, num_workers=workers)


def _rank(scores: Tensor, labels: Tensor) -> Tensor:
    """How many classes score higher than the right one, (videos,)."""
    return (scores > scores.gather(1, labels[:, None])).sum(dim=1)


def _check_finite(loss: Tensor) -> None:
    if not torch.isfinite(loss):
        raise InputError("the training loss is not finite: lower this stream's lr")


def _advance(schedule: torch.optim.lr_scheduler.LRScheduler, loss: float) -> None:
    if isinstance(schedule, torch.optim.lr_scheduler.ReduceLROnPlateau):
        schedule.step(loss)
    else:
        schedule.step()


def _save(
    path: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    history: list[Epoch],
) -> None:
    state: dict[str, Any] = {
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
        "history": [asdict(epoch) for epoch in history],
        "random": torch.get_rng_state(),
        "random_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }
    with atomic.replacing(path) as beside:
        torch.save(state, beside)


def _resume(
    path: Path,
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
    device: torch.device,
) -> list[Epoch]:
    if not path.exists():
        return []
    state = torch.load(path, map_location=device, weights_only=True)
    network.load_state_dict(state["network"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    torch.set_rng_state(state["random"].cpu())
    if state["random_cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all([random.cpu() for random in state["random_cuda"]])
    return [Epoch(**row) for row in state["history"]]


def csv_rows(history: Sequence[Epoch]) -> Iterator[list[str]]:
    """The table of training, its columns named as in the field's best-known code."""
    yield ["Epoch", "Batch Time", "Data Time", "Loss", "Prec@1", "Prec@5", "lr"]
    for row in history:
        percent = [f"{row.prec1:.3f}", f"{row.prec5:.3f}"]
        yield [str(row.epoch), f"{row.batch_time}", f"{row.data_time}", f"{row.loss:.4f}", *percent, f"{row.lr:g}"]
