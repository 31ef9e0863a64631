"""Segmental consensus: scores (videos, segments, classes) -> (videos, classes).

average, max and top-k: Wang et al., "Temporal Segment Networks for Action Recognition in Videos", 2018, section 3.2.
variance: the second spatial system of the code base whose numbers this project reproduces.

Here gradients flow, so that networks learn through the consensus; `fusion/pooling.py` pools the samples of a test video
by the same formulas in NumPy.
"""

import torch
from torch import Tensor


def average(scores: Tensor) -> Tensor:
    """Return the mean score of each class."""
    return scores.mean(dim=1)


def maximum(scores: Tensor) -> Tensor:
    """Return the highest score of each class."""
    return scores.amax(dim=1)


def top_k(scores: Tensor, k: int) -> Tensor:
    """Return the mean of the k highest scores of each class; of all where there are fewer segments."""
    return scores.topk(min(k, scores.shape[1]), dim=1).values.mean(dim=1)


def variance(scores: Tensor) -> Tensor:
    """Weight each segment by the variance of its scores over the classes: one that is sure of a class counts more.

    y = sum_s v_s x_s / sum_s v_s, with v_s = 1/C sum_c (x_sc - mean_c x_s)^2. Scores without any variance are averaged.
    """
    tiny = torch.finfo(scores.dtype).tiny
    variances = scores.var(dim=2, correction=0, keepdim=True) + tiny
    return (variances / variances.sum(dim=1, keepdim=True) * scores).sum(dim=1)


def combine(scores: Tensor, rule: str, k: int) -> Tensor:
    """Return the consensus by `rule`: average, max, top_k or variance."""
    if rule == "top_k":
        return top_k(scores, k)
    return {"average": average, "max": maximum, "variance": variance}[rule](scores)
