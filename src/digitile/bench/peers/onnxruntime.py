"""ONNX Runtime: predictions of the graph that is exported, for pictures of one size."""

import numpy as np
import onnxruntime

from digitile.bench.contest import Work
from digitile.bench.task import BenchTask
from digitile.export.graph import network_model
from digitile.nn.layer import Array


def works(task: BenchTask) -> dict[str, Work]:
    """Return the work of predictions, none for training; see `digitile.bench.peers.works`."""
    if task.train:
        return {}
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = task.threads, 1
    count, _, height, width = task.x.shape
    for name, size in {"N": count, "height": height, "width": width}.items():
        options.add_free_dimension_override_by_name(name, size)
    model = network_model(task.network, task.theta).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def predict() -> Array:
        outputs = session.run(None, {"x": task.x})
        return outputs[0] if len(outputs) == 1 else np.concatenate(outputs, axis=1)

    return {"onnxruntime": predict}
