"""From streams to weights: how a network learns.

In: stacks and an index. Out: a trained network, and a table with a row an epoch. Read `train.py` from top to bottom;
`recipe.py` has the settings, `learner.py` what changes in training.
"""
