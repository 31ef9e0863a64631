"""From streams to weights: how a network learns.

In: stacks and an index; out: a checkpoint and a table of epochs. Begin with `train`.
"""
