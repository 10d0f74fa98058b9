"""Models in formats of other programs."""

from digitile.export.onnx import save_onnx, to_onnx

__all__ = ["save_onnx", "to_onnx"]
