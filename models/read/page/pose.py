"""How a page lies: by how many degrees it is turned, found from its staves alone.

Staves that are level within about four degrees are found directly. Otherwise the directions of the edges on the
page (most of them staff lines) propose angles, and the angle under which the most staff is proved wins.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.arrays import Grey
from models.sheet.candidates import StaffCandidates, candidates_of
from models.sheet.comb import Track
from models.sheet.ink import Floats
from models.sheet.staves import Staff

_SEARCHED = 1800  # pixels of the longer side in which angles are tried
_PROOFS = 24
_SURE = 20.0  # staff spaces of staff after which a level page needs no other angle
_STEEPEST = 28.0  # degrees
_SAME_SIZE = 0.15


@dataclass(frozen=True)
class Pose:
    """A page's turn: content turned by `angle` degrees clockwise has to turn back by as much.

    `space` and `thickness` are the staff space and the line thickness in pixels of the page as it came, `proof`
    the length of staff proved, in staff spaces.
    """

    angle: float
    space: float
    thickness: float
    proof: float


def level_pose(grey: Grey) -> Pose | None:
    """How the page `grey` lies if that is level within about four degrees; None where no staff is found."""
    return _proved_at(grey, 0.0)


def pose_of(grey: Grey) -> Pose | None:
    """How the page `grey` lies, except for which end is up; None where no staff is found."""
    level = level_pose(grey)
    if level is not None and level.proof >= _SURE:
        return level
    shrink = min(1.0, _SEARCHED / max(grey.shape))
    size = (round(grey.shape[1] * shrink), round(grey.shape[0] * shrink))
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8) if shrink < 1 else grey
    best: Pose | None = None
    for angles in (_edge_angles(small), _grid()):
        for angle in angles:
            pose = _proved_at(small, angle)
            if pose is not None and (best is None or pose.proof > best.proof):
                best = pose
        if best is not None and best.proof >= _SURE:
            break
    if best is None or (level is not None and level.proof >= best.proof):
        return level
    finer = _proved_at(small, best.angle)
    if finer is not None and finer.proof >= best.proof:
        best = finer
    return Pose(best.angle, best.space / shrink, best.thickness / shrink, best.proof)


def _grid() -> list[float]:
    """Angles all around, four degrees apart, upright and on the side."""
    steps = np.arange(-_STEEPEST, _STEEPEST + 1, 4.0)
    return [float(a) for a in sorted(steps, key=abs)] + [float(a + 90) for a in sorted(steps, key=abs)]


def _edge_angles(grey: Grey) -> list[float]:
    """The two commonest directions of edges, and those square to them, in degrees of turn."""
    soft = cv2.GaussianBlur(grey, (0, 0), 1.2).astype(np.float32)
    right, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    power = right * right + down * down
    strong = power > np.percentile(power, 90)
    along = np.rad2deg(np.arctan2(down[strong], right[strong])) + 90.0
    counts, _ = np.histogram(
        np.mod(along, 180.0), bins=360, range=(0.0, 180.0), weights=np.sqrt(power[strong])
    )
    smooth = np.convolve(np.concatenate([counts[-4:], counts, counts[:4]]), np.ones(5) / 5, "same")[4:-4]
    found: list[float] = []
    for _ in range(3):
        at = int(np.argmax(smooth))
        angle = (at + 0.5) / 2
        found += [(angle + 90.0) % 180.0 - 90.0, angle % 180.0 - 90.0]
        near = np.abs((np.arange(360) - at + 180) % 360 - 180) < 10
        smooth = np.where(near, 0.0, smooth)
    folded = [a + 180.0 if a < -45.0 else a for a in found]  # a quarter turn either way is one direction
    return list(dict.fromkeys(round(a, 1) for a in folded))


def _turned(grey: Grey, angle: float) -> Grey:
    if abs(angle) < 1e-3:
        return grey
    height, width = grey.shape
    turn = np.deg2rad(angle)
    cos, sin = np.cos(turn), np.sin(turn)
    wide, high = abs(width * cos) + abs(height * sin), abs(width * sin) + abs(height * cos)
    matrix = np.array([[cos, sin, 0.0], [-sin, cos, 0.0]])
    matrix[:, 2] = np.array([wide, high]) / 2 - matrix[:, :2] @ (np.array([width, height]) / 2)
    out = cv2.warpAffine(
        grey, matrix, (int(wide), int(high)), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(out, np.uint8)


def _proved_at(grey: Grey, angle: float) -> Pose | None:
    """The pose near `angle` under which staves are proved, the rest of the tilt measured; None without any."""
    page = _turned(grey, angle)
    if min(page.shape) < 16:
        return None
    # the page as it came has been measured before; a page turned for a trial is not looked at again
    candidates = candidates_of(page) if page is grey else StaffCandidates(page)
    tracks = [t for t in candidates.tracks if t.length > 6 * t.spacing]
    found: list[Staff] = []
    for track in tracks[:_PROOFS]:
        if any(_same(staff, track) for staff in found):
            continue
        staff = candidates.proved(track, page)
        if staff is not None:
            found.append(staff)
    if not found:
        return None
    lengths = np.array([s.length for s in found])
    spaces = np.array([s.space for s in found])
    middle = spaces[int(np.argmax(lengths))]
    alike = np.abs(spaces / middle - 1.0) < _SAME_SIZE
    weights = lengths * alike
    slope = float(np.average([s.slope for s in found], weights=weights))
    return Pose(
        angle=angle + float(np.rad2deg(np.arctan(slope))),
        space=float(np.average(spaces, weights=weights)),
        thickness=float(np.average([s.thickness for s in found], weights=weights)),
        proof=float(weights.sum() / middle),
    )


def _same(staff: Staff, track: Track) -> bool:
    along: Floats = track.x[(track.x >= staff.left) & (track.x <= staff.right)]
    if len(along) < 0.5 * len(track.x):
        return False
    off = np.interp(along, track.x, track.y) - staff.middle_at(along)
    return bool(np.median(np.abs(off)) < 2.5 * staff.space)
