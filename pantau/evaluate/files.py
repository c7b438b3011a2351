"""Truth files, recognised by what they hold, not by their name.

{…}                                     our label JSON: lines with crossings (`label_file`)
1,9,499,158,31,75,1,…                   MOTChallenge ground truth: boxes, crossings are made of them (`mot_file`)
t_s,line,direction,class[,n]            manual counts, one passage (or n at once) a row (`count_file`)
start,end,line,direction,class,n        manual sums, one stretch of time a row (`count_file`)
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pantau.errors import ConfigError, DataError
from pantau.evaluate.count_file import read_counts
from pantau.evaluate.label_file import read_labels
from pantau.evaluate.lines import line_faults
from pantau.evaluate.mot_file import read_mot_truth
from pantau.evaluate.truth import Recording, Truth, unwatched

MOST_BYTES = 200_000_000


def read_truth(path: Path, recording: Recording) -> Truth:
    """The truth in a file, checked against the clip and its camera.

    Raises:
        ConfigError: the file can't be read, or the camera has no lines.
        DataError: it says something that can't be true of this clip; the message names the row.
    """
    if not recording.camera.lines:
        raise ConfigError(f"camera {recording.camera.id}: expected at least one [[camera.line]] to evaluate, got none")
    truth = _read(_text(path), recording)
    if not (truth.marks or truth.tallies):
        raise DataError(f"{path}: no crossing of the lines of camera {recording.camera.id} in it; nothing to compare")
    notes = (*truth.notes, *line_faults(recording.camera.lines), unwatched(recording.camera.lines, truth))
    return replace(truth, notes=tuple(note for note in notes if note))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError(
                f"{path}: {path.stat().st_size:,} bytes are more than a truth file has; is it the right one?"
            )
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: expected text in UTF-8, got other bytes; save it as CSV (UTF-8)") from error


def _read(text: str, recording: Recording) -> Truth:
    first = next((line for line in text.splitlines() if line.strip()), "")
    if first.lstrip().startswith("{"):
        return read_labels(text, recording)
    if any(letter.isalpha() for letter in first.replace("nan", "").replace("inf", "")):
        return read_counts(text, recording)
    if first.count(",") >= 5:
        return read_mot_truth(text.splitlines(), recording)
    raise DataError(
        f"{recording.file}: not a truth file: expected label JSON, MOTChallenge text (frame, id, left, top, width, "
        "height, …) or CSV with a heading (t_s,line,direction,class,n or start,end,line,direction,class,n), "
        f"got {first[:80]!r}"
    )
