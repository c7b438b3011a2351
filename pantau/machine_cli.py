"""``pantau doctor``, ``pantau plan`` and ``pantau probe``: what this computer and its cameras can do."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from pantau.options import ConfigPath, settings_at
from pantau.see.cuda import device_of


def doctor(config: ConfigPath = None) -> None:
    """Say in words what this computer can do and what is wrong."""
    from pantau.commands.doctor import examine  # noqa: PLC0415  # heavy

    wrong = 0
    for check in examine(config):
        mark, colour = ("ok", typer.colors.GREEN) if check.good else ("!!", typer.colors.YELLOW)
        wrong += not check.good
        typer.echo(f"{typer.style(mark, fg=colour)}  {check.what}: {check.said}")
    if wrong:
        raise typer.Exit(1)


def plan(
    size: Annotated[list[str] | None, typer.Option(help="Of the cameras: 360p, 720p, 1080p; 720p.")] = None,
    detector: Annotated[str, typer.Option(help="Detector of the registry.")] = "centernet",
    fps: Annotated[float, typer.Option(min=0.2, max=30.0, help="Samples a second that are counted on.")] = 5.0,
    key_s: Annotated[float, typer.Option(min=0.2, max=10.0, help="Seconds between the cameras' key frames.")] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per size.")] = False,  # a flag
    config: ConfigPath = None,
) -> None:
    """Measure how many cameras this computer carries, by how much moves on them. Takes a minute or two."""
    from pantau.commands.plan import NETWORK_MS, OTHERS, ROOM, SHARES, SIZES, WAITING, measure  # noqa: PLC0415  # heavy
    from pantau.replay import Models  # noqa: PLC0415  # heavy

    sizes = size or ["720p"]
    if unknown := [one for one in sizes if one not in SIZES]:
        raise typer.BadParameter(f"expected one of {', '.join(SIZES)}, got {unknown[0]!r}", param_hint="--size")
    settings, home = settings_at(config)
    see = settings.see
    models = Models(settings.data.models_at(home), see.precision, device=device_of(see.device), patches=see.patches)
    for one in sizes:
        cost = measure(one, models, detector, fps, lambda said: typer.echo(said, err=True), key_s)
        carried = {share: cost.cameras(share) for share in SHARES}
        if as_json:
            told = {
                "size": one,
                "detector": cost.detector,
                "cores": cost.cores,
                "busy_cores": round(cost.busy, 1),
                "others_cores": round(cost.others, 1),
                "room": ROOM,
                "fps": fps,
                "key_s": key_s,
                "network_ms": NETWORK_MS,
                "quiet_ms": round(cost.quiet.cpu_ms, 2),
                "active_ms": round(cost.active.cpu_ms, 2),
            }
            typer.echo(json.dumps({**told, "cameras": {str(share): n for share, n in carried.items()}}))
            continue
        typer.echo(
            f"{one}, {fps:g} samples a second, key frames {key_s:g} s apart, {cost.cores} cores of which {ROOM:.0%} are used, {cost.detector}"
        )
        typer.echo(
            f"  a second of a camera costs {cost.ms(0):.1f} ms of a core while nothing moves, {cost.ms(1):.0f} ms while something does "
            f"(of these {NETWORK_MS:g} ms for the network are an estimate, the rest was measured)"
        )
        if cost.others > OTHERS * cost.cores:
            typer.echo(f"  other programs kept {cost.others:.1f} cores busy meanwhile: ask again when they don't")
        if cost.busy < WAITING * cost.cores:
            typer.echo(
                f"  only {cost.busy:.1f} cores are busy, the others wait for them: more of them bring few cameras more"
            )
        for share, n in carried.items():
            typer.echo(f"  something moves {share:4.0%} of the time: {n:5d} cameras")


def probe(
    address: Annotated[
        str,
        typer.Argument(help="onvif:// or rtsp:// address, or the id of a camera of the register; none: who is there."),
    ] = "",
    user: Annotated[str, typer.Option(help="User name at the camera; the password is asked for.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for an ONVIF camera.")] = False,  # a flag
    config: ConfigPath = None,
) -> None:
    """Say which streams a camera offers by ONVIF, which one is taken and why; without an address list the devices that answer."""
    from dataclasses import replace  # noqa: PLC0415  # with the rest

    from pantau.commands import probe as asking  # noqa: PLC0415  # heavy

    if not address:
        for line in asking.neighbours():
            typer.echo(line)
        return
    asked = asking.by_address(address) if "://" in address else asking.by_id(address, *settings_at(config))
    if user:
        password = typer.prompt("password", hide_input=True, default="", show_default=False, err=True)
        asked = replace(asked, credentials=(user, password))
    if as_json:
        typer.echo(json.dumps(asking.as_json(asking.offered(asked))))
        return
    for line in asking.told(asked):
        typer.echo(line)
