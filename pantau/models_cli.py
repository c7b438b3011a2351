"""``pantau models``: list, fetch and verify. As in `pantau.cli`, what is heavy is imported by the command that needs it."""

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
