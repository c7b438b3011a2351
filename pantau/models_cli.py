"""``pantau models``: list, add, fetch and verify. As in `pantau.cli`, what is heavy is imported by the command that needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pantau.options import ConfigPath  # typer reads the annotations

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
