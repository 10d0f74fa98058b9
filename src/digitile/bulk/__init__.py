"""Reading more pictures than one command line holds, on one machine or many.

`inputs` names the pictures, `shards` parts them, `rows` says what is written of each, `store` keeps
what is finished, `reading` is what a worker does, and `run` has all read.
"""
