"""Where and how a job runs: cores, devices, processes, nodes. Changes no result.

The section `compute` of the configuration. Begin with `workers`.
"""
