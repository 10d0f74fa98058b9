"""A trained network, its preprocessing and its classes, in one file (safetensors).

The file holds one tensor for each parameter (``conv1.w``, O×C×K×K, float32, …) and
``preprocess.shift`` and ``preprocess.scale``; its header holds, under ``digitile``, a JSON text
with the rest and a SHA-256 digest of everything, so that a damaged file is noticed. Loading runs no
code.
"""

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import safetensors
import safetensors.numpy
from msgspec import Meta
from numpy.typing import NDArray

from digitile.engines import Engine, make_engine
from digitile.errors import DigitileError, ModelFileError
from digitile.files import write_atomically
from digitile.nn.layer import Array, shape_text
from digitile.nn.loss import SoftmaxCrossEntropy
from digitile.nn.network import Network
from digitile.nn.places import PlaceLoss
from digitile.nn.preprocess import Kind, Preprocess
from digitile.typed_json import convert, decode

FORMAT = 1
MAX_BYTES = 1 << 30
MAX_HEADER = 16 << 20

Tensors = dict[str, NDArray[np.float32]]
Header = dict[str, Any]


Bounded = Annotated[float, Meta(gt=-1e6, lt=1e6)]
"""A number of a file, neither infinite nor NaN."""

Share = Annotated[float, Meta(ge=0, le=1)]


class LineTrust(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How likely a line is right: a logistic regression, fitted on drawn lines.

    The logit of it is

        bias + text·logit(p) + weakest·logit(q) + length·ln n + size·ln h + alone·a + unread·u

    of a line's `digitile.reader.Evidence`: p how likely its text is of all that the network sees,
    q how likely the least likely sign of it is, n how many digits it has, h how many pixels they
    are tall, a = ln(h/H) where it is one digit alone on a picture of H pixels, else 0, and u how
    much ink is left unread beside its signs.

    Attributes
    ----------
    missed : float
        What "no digit" loses of its logit where a line is: there is less of it than on a page at
        large, which the network learnt from (Saerens, Latinne and Decaestecker 2002).
    most_digits : int
        It was fitted on lines of so many digits at most,
    least_height, most_height : float
        and so tall.
    """

    missed: Bounded
    bias: Bounded
    text: Bounded
    weakest: Bounded
    length: Bounded
    size: Bounded
    alone: Bounded
    unread: Bounded
    most_digits: Annotated[int, Meta(ge=1, lt=1_000_000)]
    least_height: Annotated[float, Meta(gt=0, lt=1e6)]
    most_height: Bounded

    def __post_init__(self) -> None:
        """Raise `ValueError` where there is no height between the least and the most."""
        if self.least_height > self.most_height:
            raise ValueError(f"least_height {self.least_height} is above {self.most_height}")


class _Described(msgspec.Struct):
    """What a header holds of a model, as it is written; other entries are left alone."""

    network: str
    preprocess: Kind
    classes: tuple[str, ...]
    about: Header
    temperature: Annotated[float, Meta(ge=0.01, le=100)] = 1.0
    error_rates: tuple[tuple[Share, Share, Share], ...] = ()
    line_trust: LineTrust | None = None


class _Entry(msgspec.Struct):
    """What is read of safetensors' table: a tensor's type, or the header behind the first name."""

    dtype: str | None = None
    digitile: str | None = None


class _Signed(msgspec.Struct):
    """What every header holds."""

    format: int
    digest: str


@dataclass(frozen=True, eq=False)
class Model:
    """What prediction needs.

    Attributes
    ----------
    theta : ndarray, float32, flat
        Parameters in the network's arena order.
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


def save_model(model: Model, path: str | PathLike[str]) -> None:
    """Write a model file, atomically; the same model gives the same bytes."""
    write_file(Path(path), *pack(model))


def load_model(path: str | PathLike[str]) -> Model:
    """Read a model file, finished or a checkpoint.

    Raises
    ------
    ModelFileError
        Saying what is wrong with the file.
    """
    path = Path(path)
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
        "line_trust": None
        if model.line_trust is None
        else msgspec.structs.asdict(model.line_trust),
    }
    return tensors, header


def unpack(path: str | PathLike[str], tensors: Tensors, header: Header) -> Model:
    """Return the model that tensors and header of `path` describe; other entries are left alone."""
    where = f"{path}: the header does not describe a model"
    fix = "Copy or train it again."
    told = convert(header, _Described, error=ModelFileError, where=where, fix=fix)
    try:
        network = Network.parse(told.network)
    except DigitileError as error:
        raise ModelFileError(f"{where}: {error}") from None
    if misfit := _misfit(told, network):
        raise ModelFileError(f"{where}: {misfit}. {fix}")
    theta = np.empty(network.arena.size, np.float32)
    for name, view in network.arena.named(theta).items():
        view[:] = _tensor(path, tensors, name, view.shape)
    around = ((1, 1, 1), network.input_shape)
    shift = _tensor(path, tensors, "preprocess.shift", *around)
    scale = _tensor(path, tensors, "preprocess.scale", *around)
    theta.setflags(write=False)  # engines need not look whether it has changed
    return Model(
        network,
        theta,
        Preprocess(told.preprocess, shift, scale),
        told.classes,
        told.about,
        told.temperature,
        told.error_rates,
        told.line_trust,
    )


def _misfit(told: _Described, network: Network) -> str:
    """Return what of a header does not fit together; empty where all does."""
    if len(told.classes) != network.classes:
        return f"it names {len(told.classes)} classes, but the network has {network.classes}"
    if told.temperature != 1 and not isinstance(network.loss, SoftmaxCrossEntropy | PlaceLoss):
        return f"it has a temperature, but the network's loss, {network.loss}, knows none"
    confidences = [row[0] for row in told.error_rates]
    if any(one >= other for one, other in itertools.pairwise(confidences)):
        return "the confidences of its error_rates do not ascend"
    return ""


def _tensor(
    path: str | PathLike[str], tensors: Tensors, name: str, *shapes: tuple[int, ...]
) -> Array:
    tensor = tensors.get(name)
    expected = " or ".join(map(shape_text, shapes))
    if tensor is None or tensor.shape not in shapes:
        found = "is missing" if tensor is None else f"is {shape_text(tensor.shape)}"
        raise ModelFileError(f"{path}: {name} {found}, but the network needs {expected}.")
    if not np.isfinite(tensor).all():
        raise ModelFileError(f"{path}: {name} holds values that are not finite (NaN or infinite).")
    return tensor


def write_file(path: str | PathLike[str], tensors: Tensors, header: Header) -> None:
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


def read_file(path: str | PathLike[str]) -> tuple[Tensors, Header]:
    """Read what `write_file` wrote, and check all of it.

    Raises
    ------
    ModelFileError
    """
    content = _content(Path(path))
    size = int.from_bytes(content[:8], "little")
    table = decode(
        content[8 : 8 + min(size, MAX_HEADER)],
        dict[str, _Entry],
        error=ModelFileError,
        where=f"{path} is not a model file, or is cut short or damaged",
        fix="Only files written by digitile train can be read.",
    )
    text = table.pop("__metadata__", _Entry()).digitile
    if text is None or any(entry.dtype != "F32" for entry in table.values()):
        raise ModelFileError(f"{path} is a safetensors file, but not one written by digitile.")
    where, fix = f"{path} is damaged", "Copy or train it again."
    try:
        tensors, full = safetensors.numpy.load(content), json.loads(text)
        header = {name: value for name, value in full.items() if name != "digest"}
        digest = _digest(tensors, header)
    except (safetensors.SafetensorError, ValueError, AttributeError, RecursionError) as error:
        raise ModelFileError(f"{where}: {error}. {fix}") from None
    signed = convert(full, _Signed, error=ModelFileError, where=where, fix=fix)
    if signed.format > FORMAT:
        raise ModelFileError(
            f"{path} has format {signed.format}, newer than this digitile reads ({FORMAT}). "
            "Update: pip install --upgrade digitile."
        )
    if signed.digest != digest:
        raise ModelFileError(f"{where}: its digest does not fit. {fix}")
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
