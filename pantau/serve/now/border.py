"""In and out over declared borders at the last released hour, as the public has them; the keeper asks, the front page reads.

Of the lines of a cordon and of nothing else (`pantau.store.groups`): "lintasan terhitung", never people in the city.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from pantau.serve.kept.standings import Crossed
from pantau.serve.now.standing import told
from pantau.serve.release.publication import DELAY_S
from pantau.serve.series.groups import group_of
from pantau.serve.series.published import public_table
from pantau.serve.services import Services
from pantau.serve.themes import THEMES
from pantau.store.buckets import bucket
from pantau.store.series import SeriesQuery


def crossed(services: Services, now: datetime) -> Iterator[Crossed]:
    """Every declared border that has a figure of a theme, at the last hour that is public.

    Raises:
        StoreError: the store or the control database failed.
    """
    zone = services.city.timezone
    released = bucket("hour", zone, now - timedelta(seconds=DELAY_S))[0] - timedelta(microseconds=1)
    start, end = bucket("hour", zone, released)
    for cordon in services.register.cordons():
        group = group_of(services, cordon.of, {})
        if group is None or group.cordon is None:
            continue
        mine = {one.id for one in group.indicators}
        for theme in THEMES.values():
            if theme.first.over_places != "cordon" or not mine.issuperset(theme.indicators):
                continue
            ways: tuple[Literal["forward", "backward"], ...] = ("forward", "backward")
            asked = [
                SeriesQuery(
                    place=group.id, indicators=theme.indicators, tier="hour", start=start, end=end, direction=way
                )
                for way in ways
            ]
            into, out = (public_table(services, group, query) for query in asked)
            (came, came_as), (left, left_as) = told(into, theme, 0), told(out, theme, 0)
            yield Crossed(
                cordon=cordon,
                theme=theme,
                start=start,
                end=end,
                came=came,
                came_as=came_as,
                left=left,
                left_as=left_as,
                coverage=into.series.coverage[0],
                lines=into.series.places[0] or 0,
            )
