"""``pantau backup``, ``restore``, ``rebuild`` and ``seal``. As in `pantau.cli`, what is heavy is imported by the command that needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pantau.options import ConfigPath, settings_at  # typer reads the annotations


def backup(
    target: Annotated[Path, typer.Argument(help="A new folder to copy the data folder into.")],
    config: ConfigPath = None,
) -> None:
    """Copy numbers, sealed days and the register of a stopped city, with their checksums."""
    from pantau.commands.data import back_up  # noqa: PLC0415  # heavy

    typer.echo(back_up(target, *settings_at(config)))


def restore(
    source: Annotated[Path, typer.Argument(help="A folder that `pantau backup` made.")], config: ConfigPath = None
) -> None:
    """Put a backup in place, after checking every file; a data folder that has numbers is refused."""
    from pantau.commands.data import put_back  # noqa: PLC0415  # heavy

    typer.echo(put_back(source, *settings_at(config)))


def rebuild(config: ConfigPath = None) -> None:
    """Make a lost or damaged DuckDB file again from the sealed days."""
    from pantau.commands.data import make_again  # noqa: PLC0415  # heavy

    typer.echo(make_again(*settings_at(config)))


def seal(config: ConfigPath = None) -> None:
    """Seal finished days and let go of what is old, as the running city does every night."""
    from pantau.commands.data import seal_now  # noqa: PLC0415  # heavy

    typer.echo(seal_now(*settings_at(config)))
