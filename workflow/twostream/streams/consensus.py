"""How a video's segments agree: scores (videos, segments, classes) -> (videos, classes).

average, max and top-k: Wang et al., "Temporal Segment Networks for Action Recognition in Videos", 2018, section 3.2.
variance: the second spatial system of the code base whose numbers this project reproduces.
"""

import torch
from torch import Tensor


def average(scores: Tensor) -> Tensor:
    return scores.mean(dim=1)


def maximum(scores: Tensor) -> Tensor:
    """Of each class its highest score."""
    return scores.amax(dim=1)


def top_k(scores: Tensor, k: int) -> Tensor:
    """Of each class the mean of its k highest scores; of all where there are fewer segments."""
    return scores.topk(min(k, scores.shape[1]), dim=1).values.mean(dim=1)


def variance(scores: Tensor) -> Tensor:
    """Each segment weighted by the variance of its scores over the classes: one that is sure of a class counts more.

    y = sum_s v_s x_s / sum_s v_s, with v_s = 1/C sum_c (x_sc - mean_c x_s)^2. Scores without any variance are averaged.
    """
    tiny = torch.finfo(scores.dtype).tiny
    spread = scores.var(dim=2, correction=0, keepdim=True) + tiny
    return (spread / spread.sum(dim=1, keepdim=True) * scores).sum(dim=1)


def agree(scores: Tensor, rule: str, k: int) -> Tensor:
    """The consensus by `rule`: average, max, top_k or variance."""
    if rule == "top_k":
        return top_k(scores, k)
    return {"average": average, "max": maximum, "variance": variance}[rule](scores)
