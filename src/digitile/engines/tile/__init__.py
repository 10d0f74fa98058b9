"""The tile engine: how it computes what `digitile.nn` says, fast.

Read in this order: `tile` (the one product), `storage` and `packing` (where values and parameters
lie), `conv`, `linear`, `pool`, `activations`, `dropout`, `loss` (each layer's kernels and
lowering, beside its equations in `nn`), `plan` (layers in a row), `execute` (lanes, threads,
steps), `engine`. With any of them comes the compiler; `disk` says where its machine code lies.
"""
