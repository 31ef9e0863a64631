# What the steps that run a network get to know of devices, and what they ask of the machine or the cluster.

from twostream.compute import cluster
from twostream.compute.options import NetworkOptions
from twostream.config.section import pick

ON_CLUSTER = cluster.is_address(COMPUTE["scheduler"])
"""Whether the workers of a cluster of dask's do the work of the video stages: their jobs wait, on one core."""
VIDEO_THREADS = 1 if ON_CLUSTER else COMPUTE["video_threads"]
IS_FLOW_IN_TORCH = PLAN.settings["flow"]["backend"] in backends.IN_TORCH
IS_FLOW_ON_GPU = IS_FLOW_IN_TORCH and COMPUTE["device"] != "cpu" and not ON_CLUSTER


def compute_of_network():
    """Return the arguments of the steps that run a network."""
    return pick(NetworkOptions, COMPUTE).arguments()


def resources_of_network():
    """Return the resources of those steps, by the Slurm plugin's names: GPUs of a node, or nodes with so many each.

    On one node the plugin is not to start a task for each GPU; over several it is to start none: as for a program of
    MPI, the step calls srun itself.
    """
    nodes, devices, is_cpu = COMPUTE["nodes"], COMPUTE["devices"], COMPUTE["device"] == "cpu"
    if nodes == 1:
        return {"gpu": 0 if is_cpu else devices, "tasks_per_gpu": 0}
    gpus = {} if is_cpu else {"gres": f"gpu:{devices}"}
    return {"nodes": nodes, "tasks": nodes, "tasks_per_gpu": 0, "mpi": "srun"} | gpus


def memory(megabytes):
    """Return the memory of a job, which has so much more each time that Snakemake tries it again."""
    return lambda wildcards, attempt: megabytes * attempt


def memory_by_threads(megabytes):
    """Return the memory of a job that needs so much for each of its threads; more each time that it is tried again."""
    return lambda wildcards, threads, attempt: megabytes * threads * attempt
