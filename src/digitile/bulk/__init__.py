"""Reading more pictures than one command line holds, on one machine or many.

`inputs` names the pictures, `shards` parts them, `rows` says what is written of each, `parts` and
`store` keep what is finished, `shard_reader` reads one shard, `run` reads all, and `on_ray` has
that done on a Ray cluster.
"""
