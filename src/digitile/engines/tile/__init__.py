"""The tile engine: how it computes what `digitile.nn` says, fast.

Read in this order:

- `simd`, `records`: what kernels are written in, pointers and vectors, and instructions with named
  fields; `compile` has the decorator. `tile`: the one product, in registers.
- `storage`, `packing`: where values and parameters lie. `products`, `transpose`: what layers share.
- `lowering`: what a layer's instructions, tables and memory are added to.
- `images`, `linear`, `convolution`, `pool`, `activations`, `dropout`, `residual`, `loss`, `places`:
  each layer's kernels and lowering, beside its equations in `nn`. In `convolution` first `part`,
  then `direct`, `grouped`, `sparse`, `transforms` and `winograd`, and last the chooser.
- `update`: the optimiser's step. `atomics`: how threads share work. `execute`: lanes, threads,
  steps, in one native call. `plan`: from a network to its program. `engine`: from outside.

With any of them comes the compiler, but for `disk`, which says where its machine code lies. `peak`
measures the processor.
"""
