"""A line's strip of the picture: level, its digits of the height that suits the network."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitile.reader.candidates import Boxes, Candidates
from digitile.reader.gray import edge_gray
from digitile.reader.sight import Gray
from digitile.reader.tuned import LONGEST, STEEP, STRIP, TARGET


class Strip(NamedTuple):
    """A strip, and where it lies.

    Attributes
    ----------
    gray : ndarray, uint8, `STRIP`×W
    back : ndarray, float64, 2×3
        From places in it to places in the picture; (0, 0) is the first pixel's corner.
    """

    gray: Gray
    back: NDArray[np.float64]

    def ends(self, boxes: Boxes) -> tuple[float, float]:
        """Return between which places along it the middles of the picture's boxes lie."""
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2 - self.back[:, 2]
        along = np.linalg.solve(self.back[:, :2], middles.T)[0]
        return float(along.min()), float(along.max())

    def seen_from(self, other: "Strip", boxes: Boxes) -> Boxes:
        """Return boxes of another strip of the same line as boxes in this one."""
        points = boxes.reshape(-1, 2) @ other.back[:, :2].T + other.back[:, 2] - self.back[:, 2]
        return np.asarray(np.linalg.solve(self.back[:, :2], points.T).T.reshape(-1, 4))

    def corners(self, boxes: Boxes) -> NDArray[np.float64]:
        """Return where the four corners of boxes in it lie in the picture, 4×n×2."""
        ends = [boxes[:, [x, y]] for x in (0, 2) for y in (1, 3)]
        return np.array([end @ self.back[:, :2].T + self.back[:, 2] for end in ends])


def cut_strip(gray: Gray, digits: Candidates, reach: float, tall: float = TARGET) -> Strip:
    """Cut out the strip of a line's digits, `tall` pixels there, and `reach` heights beyond them.

    Outside of the picture it continues in the gray of the picture's edge.
    """
    sure = digits.digit > digits.digit.max() / 2
    centres, height = digits.centre[sure], float(np.median(digits.height[sure]))
    along, middle = _direction(centres, height), centres.mean(axis=0)
    places = (centres - middle) @ along
    ends = places.min() - reach * height, places.max() + reach * height
    pixel = height / tall  # of the strip, in those of the picture
    # where one digit alone is sure, that is a whole number, which the last bit must not make larger
    long = round(float((ends[1] - ends[0]) / pixel), 6)
    width = int(np.clip(np.ceil(long), STRIP, LONGEST))
    turn = pixel * np.array([along, (-along[1], along[0])]).T
    start = middle + along * (ends[0] + ends[1]) / 2 - turn @ (width / 2, STRIP / 2)
    back = np.column_stack([turn, start])
    source, to = gray, back
    if pixel > 1.5:  # averaged first: the warp below looks at a few pixels only
        small = max(1, round(gray.shape[1] / pixel)), max(1, round(gray.shape[0] / pixel))
        source = np.asarray(cv2.resize(gray, small, interpolation=cv2.INTER_AREA), np.uint8)
        to = np.array(small)[:, None] / np.array(gray.shape[::-1])[:, None] * back
    to = to.copy()
    to[:, 2] += to[:, :2] @ (0.5, 0.5) - 0.5  # OpenCV counts from the first pixel's middle
    how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    strip = cv2.warpAffine(source, to, (width, STRIP), flags=how, borderValue=edge_gray(gray))
    return Strip(np.asarray(strip, np.uint8), back)


def _direction(centres: NDArray[np.float64], height: float) -> NDArray[np.float64]:
    """Return the unit vector along a line's digits; one or two close ones are level."""
    x, y = (centres - centres.mean(axis=0)).T
    if np.ptp(x) < height:
        return np.array([1.0, 0.0])
    slope = float((x @ y) / (x @ x))
    slope = float(np.clip(slope, -1, 1)) if abs(slope) > STEEP else 0.0
    return np.asarray(np.array([1.0, slope]) / np.hypot(1, slope))
