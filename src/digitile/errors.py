"""What can go wrong, as types a caller can catch.

Each message says what happened, what was expected and how to fix it, with the values.
"""


class DigitileError(Exception):
    """The base of every error digitile raises on purpose."""


class UsageError(DigitileError):
    """The request itself is wrong; the command line exits with 2, with 1 for the others."""


class NotationError(UsageError):
    """A network, schedule or initialiser that cannot be read."""


class ShapeError(UsageError):
    """Layers or arrays whose shapes do not fit."""


class SettingError(UsageError):
    """An unknown recipe or setting, or a value out of range."""


class DataError(DigitileError):
    """A data set that is missing, broken or too large."""


class DownloadError(DataError):
    """No mirror could deliver a data set."""


class PictureError(DigitileError):
    """A picture that cannot be decoded, or is too large."""


class ModelFileError(DigitileError):
    """A model file that is broken, foreign, or of a newer version."""


class FormFileError(DigitileError):
    """A form's description that is missing, broken or contradicts itself."""


class WorkerLost(DigitileError):
    """A worker process that died, or took too long."""


class WorkerTooSlow(WorkerLost):
    """A worker process that took too long, and was ended."""


class TrainingError(DigitileError):
    """Training that cannot go on."""


class WorkerError(TrainingError):
    """One of the processes that train together was lost."""
