"""Work in other processes, on this machine or on those of a Ray cluster.

`worker` has one process that answers questions and is replaced when it dies of one; `pool` says
what a pool of workers offers, `process_pool` is the one of this machine, and `ray_pool` that of a
cluster, which `cluster` connects to.
"""
