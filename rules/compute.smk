# What the steps that run a network get to know of devices, and what they ask of the machine or the cluster.

from twostream.compute import cluster
from twostream.compute.options import NetworkOptions
from twostream.config.section import pick

ON_CLUSTER = cluster.is_address(COMPUTE["scheduler"])
"""Whether the workers of a cluster of dask's do the work of the video stages: their jobs wait, on one core."""
VIDEO_THREADS = 1 if ON_CLUSTER else COMPUTE["video_threads"]


def compute_of_network():
    """Return the arguments of the steps that run a network."""
    return pick(NetworkOptions, COMPUTE).arguments()


def resources_of_network():
    """Return the resources of those steps, by the Slurm plugin's names: GPUs of a node, or nodes with so many each.

    On one node the plugin is not to start a task for each GPU; over several it is to start none: as for a program of
    MPI, the step calls srun itself.
    """
    nodes, devices = COMPUTE["nodes"], COMPUTE["devices"]
    if nodes == 1:
        return {"gpu": devices, "tasks_per_gpu": 0}
    gpus = {} if COMPUTE["device"] == "cpu" else {"gres": f"gpu:{devices}"}
    return {"nodes": nodes, "tasks": nodes, "tasks_per_gpu": 0, "mpi": "srun"} | gpus
