"""A page made ready for reading: upright, level, in even light, at a staff space of about twenty pixels.

Every pixel of the prepared page can be traced back to the upload (`PreparedPage.upload_points`): results are given in the
upload's pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from models.arrays import Grey
from models.read.page.narrow import widened
from models.read.page.pose import Pose, level_pose, pose_of
from models.read.page.tones import darkened, lines_brought_out, without_tints
from models.sheet.candidates import candidates_of
from models.sheet.ink import Floats, Ink, light_of

CANONICAL = 20.0
"""Staff space in pixels that a page is brought to, unless it is near enough already."""

_NEAR_ENOUGH = (15.0, 30.0)  # staff spaces that are left as they are: resampling costs sharpness
_CUTTING = 500  # pixels of a picture's shorter side that may be the cutting of a bar
_LOW = 12.0  # below it an upscaling network helps more than a cubic filter
_LEVEL = 0.35  # degrees of tilt that the staves' own straightening takes in its stride
_HALF_LINE = 0.5  # of the page's width
_PROVED, _FAR_MORE = 10.0, 3.0  # staff spaces of staff, and how many times as much shows that lines are faint
_MOST_PIXELS = 60_000_000
_FAINTEST, _HALF = 0.17, 0.5  # thresholds of ink: beside a pencil's line, beside full black

Enlarge = Callable[[Grey], Grey]
"""A page enlarged exactly four times, by whatever network the caller has."""


@dataclass(frozen=True)
class PreparedPage:
    """A page to read.

    `ink` is uint8 (H, W), 255 black, 128 where ink begins (so `ink >= 128` is the binary page), freed of light
    and shadow. `staff_space` and `line_thickness` are in its pixels, None for a page without staves. `to_upload`
    (2, 3) maps its points (x, y, 1) to the upload's; `upload_shape` is the upload's (H, W). `notes` say in words
    what was done or missed.
    """

    ink: NDArray[np.uint8]
    staff_space: float | None
    line_thickness: float
    to_upload: Floats
    upload_shape: tuple[int, int]
    notes: tuple[str, ...] = field(default=())

    @property
    def binary(self) -> NDArray[np.bool_]:
        """Where there is ink: bool (H, W)."""
        return np.asarray(self.ink >= 128, np.bool_)

    def upload_points(self, points: Floats) -> Floats:
        """Points (n, 2), x and y of this page, in the upload's pixels."""
        return np.asarray(points @ self.to_upload[:, :2].T + self.to_upload[:, 2], np.float64)

    def page_points(self, points: Floats) -> Floats:
        """Points (n, 2), x and y of the upload, in this page's pixels."""
        back = np.linalg.inv(self.to_upload[:, :2])
        return np.asarray((points - self.to_upload[:, 2]) @ back.T, np.float64)

    @property
    def turns(self) -> int:
        """By how many quarters (0..3) the upload has to be turned clockwise to stand upright, up to its tilt."""
        angle = np.rad2deg(np.arctan2(self.to_upload[1, 0], self.to_upload[0, 0]))
        return round(-float(angle) / 90.0) % 4

    @property
    def upload_space(self) -> float | None:
        """The staff space in the upload's pixels."""
        scale = float(np.sqrt(abs(np.linalg.det(self.to_upload[:, :2]))))
        return None if self.staff_space is None else self.staff_space * scale


def prepare(grey: Grey, *, enlarge: Enlarge | None = None) -> PreparedPage:
    """The page `grey`, uint8 (H, W), dark ink on lighter paper, made ready for reading.

    A page on its side or tilted is turned level, whichever end comes up; `enlarge` is called for a page of low
    resolution, and a cubic filter takes its place where there is none. A page without staves comes back as it is, with
    `staff_space` None. ValueError for anything but a uint8 array of two dimensions.
    """
    if grey.ndim != 2 or grey.dtype != np.uint8:
        raise ValueError(f"a page is a uint8 array (H, W), not {grey.dtype} {grey.shape}")
    shape = (grey.shape[0], grey.shape[1])
    same = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    grey, pose = _with_pose(grey) if min(shape) >= 16 else (grey, None)
    if pose is None and 16 <= min(shape) <= _CUTTING:
        pose = pose_of(widened(grey, shape[1]))
    if pose is None:
        flat = np.zeros(shape, np.uint8) if min(shape) < 16 else 255 - grey
        return PreparedPage(flat, None, 0.0, same, shape, ("No staves were found on this page.",))
    return _posed(grey, pose, enlarge)


def _with_pose(grey: Grey) -> tuple[Grey, Pose | None]:
    """The page with its pose; where less than half a line of staff is proved, and far more once it is darkened, darkened."""
    level = level_pose(grey)
    if level is None or level.proof * level.space < _HALF_LINE * grey.shape[1]:
        dark = darkened(grey)
        pose = level_pose(dark)
        if pose is not None and pose.proof >= _FAR_MORE * max(_PROVED, level.proof if level else 0.0):
            return dark, pose
    return grey, pose_of(grey)


def turned(page: PreparedPage) -> PreparedPage:
    """The same page upside down."""
    height, width = page.ink.shape
    flip = np.array([[-1.0, 0.0, width - 1.0], [0.0, -1.0, height - 1.0], [0.0, 0.0, 1.0]])
    ink = np.ascontiguousarray(page.ink[::-1, ::-1])
    back = page.to_upload @ flip
    return PreparedPage(
        ink,
        page.staff_space,
        page.line_thickness,
        back,
        page.upload_shape,
        (*page.notes, "Turned by 180 degrees."),
    )


def _posed(grey: Grey, pose: Pose, enlarge: Enlarge | None) -> PreparedPage:
    """The page turned, scaled and thresholded according to its pose."""
    shape = (grey.shape[0], grey.shape[1])
    notes = [f"Turned by {pose.angle:.1f} degrees."] if abs(pose.angle) > _LEVEL else []
    factor = 1.0  # of the picture that is sampled, to the upload
    space = pose.space
    if space < _LOW:
        notes.append(f"The staff space is only {space:.1f} pixels.")
        if enlarge is not None:
            grey, factor = enlarge(grey), 4.0
            space *= factor
    low, high = _NEAR_ENOUGH
    scale = 1.0 if low <= space <= high else CANONICAL / space
    if grey.size * scale * scale > _MOST_PIXELS:
        scale = (_MOST_PIXELS / grey.size) ** 0.5
    light = light_of(grey) if factor != 1.0 else candidates_of(grey).light
    ink = light.ink(grey.astype(np.float32))
    if scale < 1.0:  # shrink by area first: sampling alone would skip pixels
        size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
        ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)
        factor, scale = factor * size[0] / grey.shape[1], 1.0
    elif scale > 1.0:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), 0.4), np.float32)
    angle = pose.angle if abs(pose.angle) > _LEVEL else 0.0
    ink, back = _warped(ink, angle, scale)
    to_upload = back.copy()
    to_upload /= factor
    to_upload[:, 2] += 0.5 / factor - 0.5
    space = pose.space * factor * scale
    ink = without_tints(ink, space)
    page = lines_brought_out(_thresholded(ink, space), ink, space)
    return PreparedPage(page, space, pose.thickness * factor * scale, to_upload, shape, tuple(notes))


def _warped(ink: Ink, angle: float, scale: float) -> tuple[Ink, Floats]:
    """The picture turned by `angle` degrees (clockwise content turns back) and enlarged, and the way back."""
    quarter = round(angle / 90.0)
    height, width = ink.shape
    if angle == 0.0 and scale == 1.0:
        return ink, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    rest = angle - 90.0 * quarter
    turn = np.deg2rad(angle)
    cos, sin = np.cos(turn), np.sin(turn)
    forward = scale * np.array([[cos, sin], [-sin, cos]])
    corners = np.array([[0, 0], [width - 1, 0], [0, height - 1], [width - 1, height - 1]], np.float64)
    moved = corners @ forward.T
    low, high = moved.min(axis=0), moved.max(axis=0)
    size = np.maximum(np.ceil(high - low).astype(int) + 1, 1)
    matrix = np.concatenate([forward, -low[:, None]], axis=1)
    kind = cv2.INTER_CUBIC if abs(rest) > 1e-6 or scale != 1.0 else cv2.INTER_NEAREST
    out = cv2.warpAffine(
        ink, matrix, (int(size[0]), int(size[1])), flags=kind, borderMode=cv2.BORDER_CONSTANT, borderValue=0.0
    )
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    return np.asarray(out, np.float32), back


def _thresholded(ink: Ink, space: float) -> NDArray[np.uint8]:
    """Ink as uint8 with its threshold at 128: half of what the darkest strokes nearby reach.

    Half the height of a blurred stroke's flank is where the stroke truly ends, however faint it is.
    """
    soft = cv2.GaussianBlur(ink, (0, 0), max(0.6, space * 0.04))
    reach = max(3, round(0.9 * space)) | 1
    peak = cv2.dilate(soft, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))
    peak = cv2.blur(peak, (reach, reach))
    step = max(1, round((ink.size / 250_000) ** 0.5))
    few = ink[::step, ::step]
    paper = few[few < 0.25]
    noise = 1.4826 * float(np.median(np.abs(paper - np.median(paper)))) if paper.size else 0.0
    floor = min(0.4, max(_FAINTEST, 6.0 * noise))
    threshold = np.clip(0.5 * peak, floor, _HALF)
    return np.asarray(np.clip((ink - threshold) * 255.0 + 128.0, 0, 255), np.uint8)
