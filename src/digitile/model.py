"""A trained network, its preprocessing and its classes, in one file (safetensors).

The file holds one tensor for each parameter (``conv1.w``, O×C×K×K, float32, …) and
``preprocess.shift`` and ``preprocess.scale``; its header holds, under ``digitile``, a JSON text
with the rest and a SHA-256 digest of everything, so that a damaged file is noticed. Loading runs no
code.
"""

import hashlib
import itertools
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy
from numpy.typing import NDArray

from digitile.engines import Engine, make_engine
from digitile.errors import DigitileError, ModelFileError
from digitile.files import write_atomically
from digitile.nn.layer import Array, shape_text
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.places import PlaceLoss
from digitile.nn.preprocess import KINDS, Preprocess

FORMAT = 1
MAX_BYTES = 1 << 30
MAX_HEADER = 16 << 20

Tensors = dict[str, NDArray[np.float32]]
Header = dict[str, Any]


@dataclass(frozen=True)
class LineTrust:
    """How likely a line is right: a logistic regression, fitted on drawn lines.

    The logit of it is

        bias + text·logit(p) + weakest·logit(q) + length·ln n + size·ln h + alone·a

    of a line's `digitile.reader.Evidence`: p how likely its text is of all that the network sees,
    q how likely the least likely sign of it is, n how many digits it has, h how many pixels they
    are tall, a = ln(h/H) where it is one digit alone on a picture of H pixels, else 0.

    Attributes
    ----------
    missed : float
        What "no digit" loses of its logit where a line is: there is less of it than on a page at
        large, which the network learnt from (Saerens, Latinne and Decaestecker 2002).
    bias, text, weakest, length, size, alone : float
    most_digits : int
        It was fitted on lines of so many digits at most,
    least_height, most_height : float
        and so tall.
    """

    missed: float
    bias: float
    text: float
    weakest: float
    length: float
    size: float
    alone: float
    most_digits: int
    least_height: float
    most_height: float


@dataclass(frozen=True, eq=False)
class Model:
    """What prediction needs.

    Attributes
    ----------
    network : Network
    theta : ndarray, float32, flat
        Parameters in the network's arena order.
    preprocess : Preprocess
    classes : tuple of str
        What each output means.
    about : dict
        JSON values: how the model was made and what it measured.
    temperature : float
        T > 0, of a softmax network or one of places: scores are softmax(z/T), fitted on held-out
        pictures so that they are as often right as they say. 1 leaves them alone.
    error_rates : tuple of (float, float, float)
        For some confidences, ascending: if only digits (or lines, of a network that sees pages)
        read with that confidence or more are accepted, the share of the accepted that was wrong,
        and the share of the right ones that was accepted, on held-out pictures. Empty where that
        was not measured.
    line_trust : LineTrust or None
        What makes a line's confidence of its probability; None where that was not measured.
    """

    network: Network
    theta: Array
    preprocess: Preprocess
    classes: tuple[str, ...]
    about: Header = field(default_factory=dict)
    temperature: float = 1.0
    error_rates: tuple[tuple[float, float, float], ...] = ()
    line_trust: LineTrust | None = None

    def scores(self, images: NDArray[np.uint8], engine: str | Engine = "reference") -> Array:
        """Return the class scores of pictures.

        Parameters
        ----------
        images : ndarray, uint8, N×C×H×W
            Of the network's input shape.
        engine : str or Engine
            A name from `digitile.engines`, or one made for this network: kept, it starts once.

        Returns
        -------
        ndarray, float32, N×classes, or N×maps×height×width of a network of places

        Raises
        ------
        ShapeError
            Where the pictures have another shape.
        """
        self.network.check_input(images)
        made = make_engine(engine, self.network) if isinstance(engine, str) else engine
        scores = made.scores(self.theta, self.preprocess(images))
        if self.temperature == 1:
            return scores
        count = len(self.classes)  # maps of a box follow them
        own = tempered(scores[:, :count], self.temperature)
        return np.concatenate([own, scores[:, count:]], axis=1)

    def least_confidence(self, max_error: float) -> float | None:
        """Return the score from which answers were wrong at most so often, on held-out pictures.

        Parameters
        ----------
        max_error : float
            The share of accepted digits that may be wrong, 0 to 1.

        Returns
        -------
        float or None
            None where no score was seen to do, or nothing was measured.
        """
        enough = [least for least, error, _ in self.error_rates if error <= max_error]
        return enough[0] if enough else None


def tempered(scores: Array, temperature: float) -> Array:
    """Return softmax(z/T) of scores that are softmax(z), N×classes×…: e^(z/T) ∝ (e^z)^(1/T)."""
    powers = scores ** scores.dtype.type(1 / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def bundled_model() -> Path:
    """Return the model file that comes with digitile: handwritten digits on pages."""
    return Path(__file__).parent / "models" / "digits.safetensors"


def save_model(model: Model, path: Path) -> None:
    """Write a model file, atomically; the same model gives the same bytes."""
    write_file(path, *pack(model))


def load_model(path: Path) -> Model:
    """Read a model file, finished or a checkpoint.

    Raises
    ------
    ModelFileError
        Saying what is wrong with the file.
    """
    return unpack(path, *read_file(path))


def pack(model: Model) -> tuple[Tensors, Header]:
    """Return a model as tensors and header."""
    preprocess = model.preprocess
    tensors: Tensors = {
        **model.network.arena.named(model.theta),
        "preprocess.shift": preprocess.shift,
        "preprocess.scale": preprocess.scale,
    }
    header = {
        "network": str(model.network),
        "preprocess": preprocess.kind,
        "classes": list(model.classes),
        "about": model.about,
        "temperature": model.temperature,
        "error_rates": [list(row) for row in model.error_rates],
        "line_trust": None if model.line_trust is None else asdict(model.line_trust),
    }
    return tensors, header


def unpack(path: Path, tensors: Tensors, header: Header) -> Model:
    """Return the model that tensors and header of `path` describe; other entries are left alone."""
    try:
        network = Network.parse(header["network"])
        kind, classes, about = header["preprocess"], header["classes"], header["about"]
    except (KeyError, TypeError, DigitileError) as error:
        raise ModelFileError(f"{path}: the header does not describe a model ({error}).") from None
    if not (
        kind in KINDS
        and isinstance(about, dict)
        and isinstance(classes, list)
        and len(classes) == network.classes
        and all(isinstance(name, str) for name in classes)
    ):
        raise ModelFileError(f"{path}: the header's preprocessing or classes do not fit.")
    temperature, rates = header.get("temperature", 1.0), header.get("error_rates", [])
    if not (_is_above_0(temperature, network) and _are_rates(rates)):
        raise ModelFileError(f"{path}: the header's temperature or error rates do not fit.")
    trust = header.get("line_trust")
    if trust is not None and not _is_trust(trust):
        raise ModelFileError(f"{path}: the header's trust in lines does not fit.")
    theta = np.empty(network.arena.size, np.float32)
    for name, view in network.arena.named(theta).items():
        view[:] = _tensor(path, tensors, name, view.shape)
    around = ((1, 1, 1), network.input_shape)
    shift = _tensor(path, tensors, "preprocess.shift", *around)
    scale = _tensor(path, tensors, "preprocess.scale", *around)
    preprocess = Preprocess(kind, shift, scale)
    table = tuple((row[0], row[1], row[2]) for row in rates)
    theta.setflags(write=False)  # engines need not look whether it has changed
    fitted = None if trust is None else LineTrust(**trust)
    return Model(network, theta, preprocess, tuple(classes), about, temperature, table, fitted)


def _is_above_0(temperature: Any, network: Network) -> bool:
    """Return whether it is a temperature, and there is a softmax for one that is not 1."""
    if not isinstance(temperature, int | float) or not 0.01 <= temperature <= 100:
        return False
    return temperature == 1 or isinstance(network.loss, SoftmaxCrossEntropy | PlaceLoss)


def _are_rates(rates: Any) -> bool:
    """Return whether these are rows of three shares, ascending by the first."""
    if not isinstance(rates, list):
        return False
    for row in rates:
        if not (isinstance(row, list) and len(row) == 3):
            return False
        if not all(isinstance(share, int | float) and 0 <= share <= 1 for share in row):
            return False
    return all(one[0] < other[0] for one, other in itertools.pairwise(rates))


def _is_trust(trust: Any) -> bool:
    """Return whether these are the finite numbers of a `LineTrust`, and a range of heights."""
    if not isinstance(trust, dict) or trust.keys() != {f.name for f in fields(LineTrust)}:
        return False
    if not all(isinstance(value, int | float) for value in trust.values()):
        return False
    if not all(abs(value) < 1e6 for value in trust.values()):  # nor NaN
        return False
    return bool(trust["most_digits"] >= 1 and 0 < trust["least_height"] <= trust["most_height"])


def _tensor(path: Path, tensors: Tensors, name: str, *shapes: tuple[int, ...]) -> Array:
    tensor = tensors.get(name)
    expected = " or ".join(map(shape_text, shapes))
    if tensor is None or tensor.shape not in shapes:
        found = "is missing" if tensor is None else f"is {shape_text(tensor.shape)}"
        raise ModelFileError(f"{path}: {name} {found}, but the network needs {expected}.")
    if not np.isfinite(tensor).all():
        raise ModelFileError(f"{path}: {name} holds values that are not finite (NaN or infinite).")
    return tensor


def write_file(path: Path, tensors: Tensors, header: Header) -> None:
    """Write tensors and a JSON header with format, version and digest, atomically.

    Raises
    ------
    ModelFileError
        Where the bytes do not read back to the same tensors.
    UsageError
        Where the file cannot be written.
    """
    from digitile import __version__

    # safetensors 0.8.0 writes arrays that are not C-contiguous in the wrong order.
    whole = {name: np.ascontiguousarray(tensor, np.float32) for name, tensor in tensors.items()}
    full = {"format": FORMAT, "version": __version__, **header}
    full["digest"] = _digest(whole, full)
    content = safetensors.numpy.save(whole, {"digitile": _json(full)})
    back = safetensors.numpy.load(content)
    if any(back[name].tobytes() != tensor.tobytes() for name, tensor in whole.items()):
        raise ModelFileError(
            f"{path}: the safetensors library did not give back what it was given."
        )
    write_atomically(path, content)


def read_file(path: Path) -> tuple[Tensors, Header]:
    """Read what `write_file` wrote, and check all of it.

    Raises
    ------
    ModelFileError
    """
    content = _content(path)
    try:
        size = int.from_bytes(content[:8], "little")
        if not 2 <= size <= min(MAX_HEADER, len(content) - 8):
            raise ValueError
        table = json.loads(content[8 : 8 + size])
        text = table.pop("__metadata__", {}).get("digitile")
        foreign = any(entry["dtype"] != "F32" for entry in table.values())
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        raise ModelFileError(
            f"{path} is not a model file: it does not begin as safetensors do, or is cut short or "
            "damaged. Only files written by digitile train can be read."
        ) from None
    if text is None or foreign:
        raise ModelFileError(f"{path} is a safetensors file, but not one written by digitile.")
    try:
        tensors = safetensors.numpy.load(content)
        header = json.loads(text)
        version, digest = header["format"], header.pop("digest")
    except (safetensors.SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelFileError(f"{path} is damaged: {error}. Copy or train it again.") from None
    if not isinstance(version, int) or version > FORMAT:
        raise ModelFileError(
            f"{path} has format {version}, newer than this digitile reads ({FORMAT}). "
            "Update: pip install --upgrade digitile."
        )
    if digest != _digest(tensors, header):
        raise ModelFileError(f"{path} is damaged: its digest does not fit. Copy or train it again.")
    return tensors, header


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            what = "is not a file" if path.exists() else "does not exist"
            raise ModelFileError(f"{path} {what}; a model file (.safetensors) is needed.")
        if path.stat().st_size > MAX_BYTES:
            raise ModelFileError(f"{path} is larger than {MAX_BYTES >> 20} MiB, too large a model.")
        return path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"cannot read {path}: {error.strerror}.") from None


def _json(value: Header) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, allow_nan=False)


def _digest(tensors: Tensors, header: Header) -> str:
    digest = hashlib.sha256(_json(header).encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape};".encode())
        digest.update(np.ascontiguousarray(tensors[name]).tobytes())
    return digest.hexdigest()
