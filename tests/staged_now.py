"""The staged city now: five themes, one of each kind of state; two areas; one unusual thing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pantau.serve.now.city_now import ThemeState
from pantau.serve.schema import city_now as now_schema
from pantau.serve.schema import portal as schema
from pantau.serve.schema.groups import GroupAnswer, GroupMember, GroupsAnswer
from pantau.serve.themes import THEMES
from tests.staged_alarms import words

HOUR: Final = timedelta(hours=1)
LABELS: Final = {
    "visitors": "Pengunjung",
    "traffic": "Lalu lintas",
    "parking": "Parkir",
    "litter": "Sampah",
    "water": "Genangan",
}
SQUARES: Final = {"33.74.01": ("Barat", 110.38, 110.42), "33.74.02": ("Timur", 110.42, 110.46)}
MOVED: Final = timedelta(days=120)
"""Before now: when the border of the city was drawn anew."""
UNUSUAL: Final = "Gerbang uji, pukul 12.00 - 14.00: 6.000, jauh di atas biasanya (2.000)."


def areas() -> schema.AreasAnswer:
    """Two neighbours; the staged camera stands in the western one."""

    def ring(west: float, east: float) -> dict[str, object]:
        corners = [[west, -7.03], [east, -7.03], [east, -6.97], [west, -6.97], [west, -7.03]]
        return {"type": "Polygon", "coordinates": [corners]}

    features = (
        schema.Area(properties=schema.AreaProperties(code=code, name=name), geometry=ring(west, east))
        for code, (name, west, east) in SQUARES.items()
    )
    return schema.AreasAnswer(features=tuple(features))


def groups(at: datetime, *, border: bool = True) -> GroupsAnswer:
    """The city and the western area, which have crossings where a `border` is declared."""
    since = at - timedelta(days=400)

    def group(id_: str, name: str, code: str) -> GroupAnswer:
        return GroupAnswer(
            id=id_,
            name=name,
            code=code,
            indicators=("visitors.person", "traffic.car", "traffic.bus") if border else (),
            tiers=("hour", "day"),
            members=(GroupMember(place="uji.A", since=since, until=None, into="forward"),),
            cordon=f"Batas {name}" if border else None,
            first=since,
            last=at,
        )

    return GroupsAnswer(
        groups=(group("city", "Kota Uji", "33.74"), group("area:33.74.01", "Semarang Tengah", "33.74.01"))
    )


def city_now(at: datetime, *, calm: bool = False, begun: bool = True) -> now_schema.CityNowAnswer:
    """What the keeper found; nothing yet where it has not `begun`."""
    start = at.replace(minute=0, second=0, microsecond=0) - HOUR
    odd = now_schema.Unusual(
        place="uji.A",
        theme="visitors",
        from_=start - HOUR,
        to=start + HOUR,
        side="over",
        value=6000.0,
        usual=2000.0,
        sentence=words(UNUSUAL),
    )
    states: dict[str, ThemeState] = {"visitors": "told", "traffic": "told", "parking": "none", "water": "unseen"}
    return now_schema.CityNowAnswer(
        checked=at if begun else None,
        looked=3 if begun else 1,
        of=3,
        comparable=2 if begun else 0,
        unusual=() if calm or not begun else (odd,),
        themes=tuple(_theme(name, states.get(name, "waiting") if begun else "pending", start) for name in THEMES),
        areas=(
            now_schema.AreaMembers(code="33.74.01", name="Barat", places=("uji.A",)),
            now_schema.AreaMembers(code="33.74.02", name="Timur", places=()),
        ),
    )


def _figure(told: bool, of: int) -> now_schema.FigureNow:
    return now_schema.FigureNow(
        summed=False,
        lead="uji.A" if told else None,
        value=1284.0 if told else None,
        usual=1150.0 if told else None,
        change=0.1165 if told else None,
        compared=int(told),
        known=int(told),
        of=of,
        coverage=0.97 if told else (0.0 if of else None),
        crossed=None,
    )


def _theme(name: str, state: ThemeState, start: datetime) -> now_schema.ThemeNow:
    theme, told = THEMES[name], state == "told"
    midnight = start - 13 * HOUR
    hours = [midnight + i * HOUR for i in range(24)]
    figure = _figure(told, 0 if state == "none" else 1)
    place = now_schema.PlaceNow(
        place="uji.A",
        from_=start,
        to=start + HOUR,
        value=figure.value,
        state="released" if told else "missing",
        usual=figure.usual,
        change=figure.change,
        coverage=figure.coverage or 0.0,
        current=True,
        doubted=False,
    )
    past = place.model_copy(update={"place": "impor.1", "current": False, "value": 342.0, "change": 0.03})
    return now_schema.ThemeNow(
        id=name,
        label=words(LABELS[name]),
        indicators=theme.indicators if name != "traffic" else ("traffic.car", "traffic.bus"),
        unit=theme.first.unit,
        over_time=theme.first.over_time,
        over_places=theme.first.over_places,
        told=theme.told,
        steps=theme.steps,
        state=state,
        due=start + 1.25 * HOUR if state == "waiting" else None,
        from_=start,
        to=start + HOUR,
        city=figure,
        hours=tuple(
            now_schema.HourOfToday(t=t, value=50.0 * i if t <= start and i != 4 else None, usual=45.0 * min(i, 24 - i))
            for i, t in enumerate(hours)
        )
        if told
        else (),
        so_far=None,
        areas=(now_schema.AreaNow(code="33.74.01", **figure.model_dump()),) if figure.of else (),
        places=() if state == "none" else (place, past) if name == "visitors" else (place,),
    )
