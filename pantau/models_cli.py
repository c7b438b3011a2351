"""``pantau models``: list, add, fetch, verify and try. As in `pantau.cli`, what is heavy is imported by the command that needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pantau.options import ConfigPath, settings_at  # typer reads the annotations

models_app = typer.Typer(help="The models that Pantau knows by name.", no_args_is_help=True)


@models_app.command("list")
def models_list(config: ConfigPath = None) -> None:
    """Every model, its licence, and whether it is here."""
    from pantau.commands.models import rows  # noqa: PLC0415  # heavy

    for row in rows(config):
        typer.echo(row)


@models_app.command("add")
def models_add(  # noqa: PLR0917  # typer reads a command's options from its parameters
    file: Annotated[Path, typer.Argument(help="ONNX file of a detector, or TOML file with the entry of one.")],
    name: Annotated[str, typer.Option(help="What cameras call it; the file's name when it is left out.")] = "",
    licence: Annotated[str, typer.Option(help="Of its weights, where the file doesn't say it.")] = "",
    accept: Annotated[
        bool, typer.Option("--accept-licence", help="AGPL or non-commercial: I have read it, and may use it here.")
    ] = False,
    names: Annotated[str, typer.Option(help="File with its classes' names, a line each or JSON; or: coco.")] = "",
    head: Annotated[str, typer.Option(help="Which head it has, where its outputs' shapes don't tell.")] = "",
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT to look at, where the file leaves it free.")] = "",
    config: ConfigPath = None,
) -> None:
    """Take a detector of your own: YOLOX, YOLOv8/11, YOLO26, RT-DETR, D-FINE or SSD."""
    from pantau.commands.models import add_model  # noqa: PLC0415  # heavy
    from pantau.see.own import Told  # noqa: PLC0415  # as above

    told = Told(name=name or file.stem.lower(), licence=licence, accepted=accept, names=names, head=head)
    for line in add_model(file, told, size, config):
        typer.echo(line)


@models_app.command("fetch")
def models_fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names; all that need no opting in when none is given.")
    ] = None,
    source: Annotated[Path | None, typer.Option("--from", help="Folder that holds the files already.")] = None,
    config: ConfigPath = None,
) -> None:
    """Fetch, check and convert models."""
    from pantau.commands.models import fetch_models  # noqa: PLC0415  # heavy

    for line in fetch_models(tuple(names or ()), source, config):
        typer.echo(line)


@models_app.command("verify")
def models_verify(config: ConfigPath = None) -> None:
    """Check the models that are here against the registry."""
    from pantau.commands.models import verify_models  # noqa: PLC0415  # heavy

    for line in verify_models(config):
        typer.echo(line)


@models_app.command("try")
def models_try(  # noqa: PLR0917  # typer reads a command's options from its parameters
    name: Annotated[str, typer.Argument(help="The new model.")],
    shadow: Annotated[
        str, typer.Option(help="So long, on the live cameras of the running city: 30m, 12h, 7d.", metavar="TIME")
    ] = "",
    clip: Annotated[str, typer.Option(help="On a recording instead: video file or folder of numbered JPEGs.")] = "",
    camera: Annotated[
        list[str] | None,
        typer.Option(help="With --shadow an id, once or more; all when left out. With --clip a camera file."),
    ] = None,
    source_fps: Annotated[float | None, typer.Option(help="Pictures per second of a folder of JPEGs.")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="End the trial that runs.")] = False,
    json: Annotated[bool, typer.Option("--json", help="The result as JSON.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="The result as CSV.")] = False,
    config: ConfigPath = None,
) -> None:
    """Count with a new model beside the old one, and say by how much the series would jump; alone: how it goes."""
    from pantau.commands.trials import TryOptions, run_try  # noqa: PLC0415  # heavy

    options = TryOptions(
        model=name,
        city=None if clip else settings_at(config),
        shadow=shadow,
        cameras=tuple(camera or ()),
        clip=clip,
        source_fps=source_fps,
        stop=stop,
        json=json,
        csv=csv,
        config=config,
    )
    for line in run_try(options):
        typer.echo(line)
