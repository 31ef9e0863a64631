"""From stacks to scores: what a network is and what it sees.

In: stacks; out: batches, networks, scores (videos, classes). Begin with `network`.
"""
