"""The same road user gets the same id from sample to sample: a tracker made for 3 to 10 samples a second.

Two-stage association after ByteTrack (Zhang et al. 2022): sure boxes first, then unsure ones for the tracks that are still
open, so that a person behind a lamp post keeps their id. Boxes that are left may prove a hidden track: a thing that the
detector is never sure of shows once it has been there often enough. The price of a pair is a likelihood that knows the elapsed time
(`pantau.see.association`), on a constant-velocity filter for all tracks at once (`pantau.see.motion`). A lost track is
kept for `patience_s`; its reach grows with time, and so does the price it pays.

Everything is in box sizes and seconds, so that one setting serves any resolution and cadence. State is a few arrays of
one row per track; the number of tracks and boxes is capped, and ids count up and never come back.

Limits: no appearance is used (the port gives boxes only, and what is not kept can't leak); two people who meet, hide each
other and turn round are exchanged. Rejected: IoU alone (blind to anything that moves more than its length per sample),
hard class gates, per-track filter objects, camera-motion estimation (cameras here are fixed; shake is small beside the
measuring noise).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import numpy as np
import numpy.typing as npt

from pantau.errors import DataError
from pantau.see.association import GROUP, Rows, cheapest, pair_cost
from pantau.see.motion import Array, Motion, Noise, V, box_size, to_centre
from pantau.see.riders import BELONGS, MEMORY, pushed, riding
from pantau.types import CLASSES, Detections, Floats, Tracks, require_utc

PACE: Final = np.array([{"person": 0.8, "bicycle": 2.0, "motorcycle": 4.0}.get(name, 4.0) for name in CLASSES])
"""Standard deviation of the velocity of a thing just seen, in box sizes per second."""

AGILITY: Final = np.array([0.3 if name == "person" else 0.6 for name in CLASSES])
"""How much a thing's velocity changes of itself, in box sizes per s^1.5: about what walking and braking allow."""

TWO_WHEELERS: Final = tuple(np.flatnonzero(GROUP == 1).tolist())

CLEAR: Final = 0.6
"""Confidence of a thing in plain view that the default settings are made for."""


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Box sizes, seconds and prices; the defaults are plateaus (docs/methods/counting.md).

    Args:
        low: boxes below this confidence are not looked at.
        high: boxes from here on take part in the first stage.
        begin: boxes from here on may begin a track that shows at once.
        hint: boxes from here on, apart from every surer box, may begin a track that does not show yet.
        proof: such a track shows once its confidences add up to this, or one of them reaches `begin`.
        limit: price of staying alone in the first stage.
        limit_low: the same for unsure boxes.
        newcomer: price of a track that does not show yet, so that one which does goes first.
        patience_s: how long a track is kept unseen.
        trial_s: how long a track seen once is kept unseen.
        duplicate: overlap (IoU) from which two boxes of one class group are one thing.
        part: share of a box inside a surer one of its group from which it is a part of that thing.
        apart: the same for hints, whatever the group: a driver, a wheel, a reflection.
        boxes: most boxes taken from one sample, the surest first.
    """

    low: float = 0.1
    high: float = 0.35
    begin: float = 0.4
    hint: float = 0.25
    proof: float = 1.0
    limit: float = 18.0
    limit_low: float = 10.0
    newcomer: float = 4.0
    patience_s: float = 2.0
    trial_s: float = 0.5
    duplicate: float = 0.7
    part: float = 0.85
    apart: float = 0.5
    boxes: int = 512
    noise: Noise = field(default_factory=Noise)

    def for_detector(self, clear: float) -> TrackerSettings:
        """The same for a detector whose boxes of things in plain view have about the confidence `clear`.

        Detectors differ in what they call sure: the default one says 0.6 (`CLEAR`) of a person in plain view, others 0.98.
        """
        share = clear / CLEAR
        low, high, begin, hint = (round(min(v * share, 0.9), 3) for v in (self.low, self.high, self.begin, self.hint))
        return replace(self, low=low, high=high, begin=begin, hint=hint, proof=self.proof * share)


class TwoStageTracker:
    """Implements `pantau.ports.Tracker`; one instance per camera."""

    def __init__(self, settings: TrackerSettings | None = None) -> None:
        self.settings = settings or TrackerSettings()
        self.dropped = 0
        self._motion = Motion(self.settings.noise)
        self._id: Rows = np.empty(0, np.int64)
        self._hits: Rows = np.empty(0, np.int64)
        self._seen: Array = np.empty(0)
        self._votes: Array = np.empty((0, len(CLASSES)))
        self._belongs: Array = np.empty(0)
        self._hidden_at: Array = np.empty((0, 2))
        self._next_id = 1
        self._last: tuple[Detections | None, Tracks] = (None, Tracks.empty())
        self._standing: Rows | None = None  # rows of the tracks that are held
        self._start: datetime | None = None
        self._now_s = 0.0

    @property
    def method(self) -> str:
        """Name and settings, as stored beside every number."""
        s = self.settings
        return f"two-stage/2 low={s.low} high={s.high} begin={s.begin} limit={s.limit} memory={s.noise.memory_s}s patience={s.patience_s}s"

    def step(self, detections: Detections, time: datetime) -> Tracks:
        """The confirmed tracks seen in this sample.

        Raises:
            DataError: `time` is not later than the last one.
        """
        dt = self._elapsed(time)
        if detections is self._last[0]:
            return self._hold()
        self._standing = None
        found = self._clean(detections)
        boxes = to_centre(found.xyxy)
        if len(self._motion) and dt > 0:
            self._motion.predict(dt)
        blur = np.maximum(self.settings.high / found.confidence.astype(np.float64), 1.0)
        measured = self._motion.measured(boxes) * blur[:, None]
        track_of = self._associate(found, boxes, measured)
        matched = np.flatnonzero(track_of >= 0)
        self._correct(track_of[matched], matched, boxes, measured, found)
        self._begin(found, boxes, track_of)
        tracks = self._visible(found, boxes, track_of)
        self._last = detections, tracks
        return Tracks(tracks.detections, tracks.track_id, tracks.velocity, tracks.ended + self._forget())

    def _hold(self) -> Tracks:
        """The very detections of the last sample again: nothing has moved (`pantau.types.Frame.quiet`), and all stand still."""
        detections, tracks = self._last
        if self._standing is None:
            self._standing = np.flatnonzero(np.isin(self._id, tracks.track_id))
            self._motion.state[V, self._standing] = 0
            tracks = Tracks(tracks.detections, tracks.track_id, np.zeros_like(tracks.velocity))
            self._last = detections, tracks
        self._seen[self._standing] = self._now_s
        ended = self._forget()
        return Tracks(tracks.detections, tracks.track_id, tracks.velocity, ended) if ended else tracks

    def close(self) -> tuple[int, ...]:
        """End every track; the ids that end. Times may start anew afterwards."""
        ended = tuple(int(i) for i in self._id[self._id > 0])
        self._keep(np.zeros(len(self._id), np.bool_))
        self._start, self._last = None, (None, self._last[1])
        return ended

    def _elapsed(self, time: datetime) -> float:
        require_utc(time)
        if self._start is None:
            self._start, self._now_s = time, 0.0
            return 0.0
        now_s = (time - self._start).total_seconds()
        if now_s <= self._now_s:
            raise DataError(
                f"tracker: expected a time after {self._now_s:.3f} s of the segment, got {now_s:.3f} s; "
                "drop samples that come twice or out of order, or close() the tracker at a seam"
            )
        dt, self._now_s = now_s - self._now_s, now_s
        return dt

    def _clean(self, detections: Detections) -> Detections:
        """Boxes that can be used, surest first; the order in which they came does not matter."""
        s, xyxy, confidence = self.settings, detections.xyxy, detections.confidence
        extent = xyxy[:, 2:] - xyxy[:, :2]  # not finite where a corner isn't
        usable = ((extent > 0) & (extent < np.inf)).all(axis=1) & (confidence >= s.low) & (confidence <= 1)
        usable &= (detections.class_id >= 0) & (detections.class_id < len(CLASSES))
        rows = np.flatnonzero(usable)
        order = np.argsort(-confidence[rows])
        falling = confidence[rows[order]]
        if (falling[1:] == falling[:-1]).any():  # equally sure ones in the order of class and place
            order = np.lexsort((*xyxy[rows].T, detections.class_id[rows], -confidence[rows]))
        rows = rows[order][: s.boxes]
        self.dropped += len(detections) - len(rows)
        return _without_duplicates(detections[rows], s.duplicate)

    def _associate(self, found: Detections, boxes: Array, measured: Array) -> Rows:
        """(M,) row of the track each box belongs to, -1 for none.

        Unsure boxes go to shown tracks at a low limit, because a shown track must not jump to a false box. A hidden track has
        nothing to lose, so it may pay for the wide reach of a thing just begun.
        """
        s = self.settings
        track_of = np.full(len(found), -1, np.int64)
        if not len(self._motion) or not len(found):
            return track_of
        cost = pair_cost(self._motion, boxes, measured, self._votes.argmax(axis=1), found.class_id)
        cost[self._id == 0] += s.newcomer
        first = int(np.count_nonzero(found.confidence >= s.high))  # boxes come surest first
        rows, columns = cheapest(cost[:, :first], s.limit)
        track_of[columns] = rows
        if first == len(found) or len(rows) == len(self._motion):
            return track_of
        cost += 4 * np.log(np.maximum(s.high / found.confidence, 1.0))  # measured worse, and no rebate for it
        open_ = np.ones(len(self._motion), np.bool_)
        open_[rows] = False
        for shown, limit in ((True, s.limit_low), (False, s.limit)):
            rows = np.flatnonzero(open_ & ((self._id > 0) == shown))
            rest = first + np.flatnonzero(track_of[first:] < 0)
            again, columns = cheapest(cost[np.ix_(rows, rest)], limit)
            track_of[rest[columns]] = rows[again]
        return track_of

    def _correct(self, tracks: Rows, matched: Rows, boxes: Array, measured: Array, found: Detections) -> None:
        if not len(tracks):
            return
        confidence = found.confidence[matched].astype(np.float64)
        self._motion.update(tracks, boxes[matched], measured[matched])
        self._hits[tracks] += 1
        self._seen[tracks] = self._now_s
        self._votes[tracks, found.class_id[matched]] += confidence

    def _begin(self, found: Detections, boxes: Array, track_of: Rows) -> None:
        """New tracks for sure boxes that no track took; `track_of` is filled in."""
        s = self.settings
        free = track_of < 0
        fresh = np.flatnonzero(free & (found.confidence >= min(s.begin, s.hint)))
        if not len(fresh):
            return
        within = _share_within(found.xyxy[fresh], found.xyxy)
        same = GROUP[found.class_id[fresh]][:, None] == GROUP[found.class_id][None, :]
        sure = (found.confidence[fresh] >= s.begin)[:, None]
        surer = (np.arange(len(found))[None, :] < fresh[:, None]) | ~free
        near = np.where(sure, (within > s.part) & same, within > s.apart) & surer
        fresh = fresh[~near.any(axis=1)]
        if not len(fresh):
            return
        spread = PACE[found.class_id[fresh]] * box_size(boxes[fresh])
        track_of[fresh] = len(self._motion) + np.arange(len(fresh))
        self._motion.begin(boxes[fresh], np.zeros((len(fresh), 2)), spread, AGILITY[found.class_id[fresh]])
        votes = np.zeros((len(fresh), len(CLASSES)))
        votes[np.arange(len(fresh)), found.class_id[fresh]] = found.confidence[fresh]
        self._id = np.concatenate([self._id, np.zeros(len(fresh), np.int64)])
        self._hits = np.concatenate([self._hits, np.ones(len(fresh), np.int64)])
        self._seen = np.concatenate([self._seen, np.full(len(fresh), self._now_s)])
        self._votes = np.concatenate([self._votes, votes])
        self._belongs = np.concatenate([self._belongs, np.zeros(len(fresh))])
        self._hidden_at = np.concatenate([self._hidden_at, np.full((len(fresh), 2), np.nan)])

    def _visible(self, found: Detections, boxes: Array, track_of: Rows) -> Tracks:
        """The boxes whose tracks are confirmed; a track gets its id when it first shows."""
        columns = np.flatnonzero(track_of >= 0)
        rows = track_of[columns]
        hidden = self._belonging(found.xyxy[columns], rows)
        ended = self._parted(boxes[columns], rows, hidden) if hidden is not None else ()
        known = self._id[rows] > 0
        if hidden is not None or not known.all():
            proved = (found.confidence[columns] >= self.settings.begin) | known
            proved |= self._votes[rows].sum(axis=1) >= self.settings.proof
            if hidden is not None:
                proved &= ~hidden
            columns, rows = columns[proved], rows[proved]
            new = rows[self._id[rows] == 0]
            self._id[new] = self._next_id + np.arange(len(new))
            self._next_id += len(new)
        velocity = self._motion.state[V, rows]
        shown = found[columns]
        ground = velocity[:, :2].astype(np.float32)
        ground[:, 1] += velocity[:, 3] * (shown.xyxy[:, 3] - shown.xyxy[:, 1]) / 2  # the box grows about its centre
        return Tracks(shown, self._id[rows], ground, ended)

    def _parted(self, boxes: Array, rows: Rows, hidden: npt.NDArray[np.bool_]) -> tuple[int, ...]:
        """Ids that end because their tracks show again elsewhere than where they came to belong to another.

        What they passed meanwhile, the other has passed for both: under a new id they begin where they part.
        """
        here = boxes[:, :2]
        came = hidden & np.isnan(self._hidden_at[rows, 0]) & (self._id[rows] > 0)
        self._hidden_at[rows[came]] = here[came]
        far = ~hidden & (np.linalg.norm(here - self._hidden_at[rows], axis=1) > box_size(boxes))
        ended = self._id[rows[far]].tolist()
        self._id[rows[far]] = 0
        self._hidden_at[rows[~hidden]] = np.nan
        return tuple(ended)

    def _belonging(self, boxes: Floats, rows: Rows) -> npt.NDArray[np.bool_] | None:
        """Which of the tracks `rows` are riders or pushed bicycles, who belong to another; their averages are kept up.

        Nothing where there are no two-wheelers.
        """
        if not any(self._votes[:, kind].any() for kind in TWO_WHEELERS) and not self._belongs.any():
            return None
        kind = self._votes[rows].argmax(axis=1)
        people, wheels = np.flatnonzero(GROUP[kind] == 0), np.flatnonzero(GROUP[kind] == 1)
        velocity = self._motion.state[V, rows, :2]
        velocity[people[self._hits[rows[people]] == 1]] = np.nan
        bicycles = wheels[kind[wheels] == CLASSES.index("bicycle")]
        found = boxes[people], velocity[people]
        self._average(rows[bicycles], pushed(*found, boxes[bicycles], velocity[bicycles]))
        ridden = wheels[self._belongs[rows[wheels]] <= BELONGS]
        rides = riding(*found, boxes[ridden], velocity[ridden]).any(axis=1)
        self._average(rows[people], np.asarray(rides, np.float64))
        return np.asarray(self._belongs[rows] > BELONGS)

    def _average(self, rows: Rows, now: Array) -> None:
        """Take what this sample says of whether the tracks `rows` belong to another; NaN says nothing."""
        memory = np.where(self._hits[rows] == 1, 0.0, MEMORY)
        self._belongs[rows] = np.where(
            np.isnan(now), self._belongs[rows], memory * self._belongs[rows] + (1 - memory) * now
        )

    def _forget(self) -> tuple[int, ...]:
        s = self.settings
        if not len(self._seen) or self._now_s - self._seen.min() <= min(s.trial_s, s.patience_s):
            return ()
        patience = np.where(self._hits > 1, s.patience_s, s.trial_s)
        keep = self._now_s - self._seen <= patience
        if keep.all():
            return ()
        ended = self._id[~keep]
        self._keep(keep)
        return tuple(int(i) for i in ended[ended > 0])

    def _keep(self, rows: npt.NDArray[np.bool_]) -> None:
        self._standing = None
        self._motion.keep(rows)
        self._id, self._hits, self._seen = self._id[rows], self._hits[rows], self._seen[rows]
        self._votes, self._belongs, self._hidden_at = self._votes[rows], self._belongs[rows], self._hidden_at[rows]


def _without_duplicates(found: Detections, overlap: float) -> Detections:
    """Without the boxes that cover a surer box of their class group; `found` is sorted, surest first."""
    if len(found) < 2 or not _may_cover(found.xyxy, overlap):
        return found
    group = GROUP[found.class_id]
    common, areas = _common(found.xyxy, found.xyxy), _areas(found.xyxy)
    same = common * (1 + overlap) > overlap * (areas[:, None] + areas[None, :])  # IoU > overlap
    if np.count_nonzero(same) == len(found):
        return found
    covered = np.tril(same & (group[:, None] == group[None, :]), -1)
    keep = np.ones(len(found), np.bool_)
    for row in np.flatnonzero(covered.any(axis=1)):
        keep[row] = not (covered[row] & keep).any()
    return found if keep.all() else found[keep]


def _may_cover(boxes: Floats, overlap: float) -> bool:
    """Whether any two centres are close enough for that overlap: IoU t takes less than 1 - t widths and heights."""
    twice = boxes[:, :2] + boxes[:, 2:]
    most = 2 * (1 - overlap) * (boxes[:, 2:] - boxes[:, :2]).max(axis=0)
    near = np.abs(twice[:, 0, None] - twice[:, 0]) <= most[0]
    near &= np.abs(twice[:, 1, None] - twice[:, 1]) <= most[1]
    return bool(np.count_nonzero(near) > len(boxes))


def _share_within(a: Floats, b: Floats) -> Floats:
    """(N, M) share of the area of each box of `a` that lies in each box of `b`."""
    return np.asarray(_common(a, b) / _areas(a)[:, None], np.float32)


def _common(a: Floats, b: Floats) -> Floats:
    """(N, M) area that each box of `a` shares with each box of `b`, one side after the other."""
    width = np.minimum(a[:, 2, None], b[None, :, 2]) - np.maximum(a[:, 0, None], b[None, :, 0])
    height = np.minimum(a[:, 3, None], b[None, :, 3]) - np.maximum(a[:, 1, None], b[None, :, 1])
    return np.asarray(np.maximum(width, 0) * np.maximum(height, 0))


def _areas(boxes: Floats) -> Floats:
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
