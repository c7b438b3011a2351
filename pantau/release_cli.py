"""``pantau release``: list, open, close and new-key. As in `pantau.cli`, what is heavy is imported by the command that needs it."""

from __future__ import annotations

from typing import Annotated

import typer

from pantau.options import ConfigPath, settings_at  # typer reads the annotations

release_app = typer.Typer(help="What the data steward lets the public have.", no_args_is_help=True)
Family = Annotated[str, typer.Argument(help="Family such as visitors; every one when not given.")]
At = Annotated[
    str,
    typer.Option(
        "--place",
        help="Id of a place, a camera or a group (city, area:CODE, site:ID, road:ID); every place when not given.",
    ),
]
By = Annotated[str, typer.Option(help="Who decides: the data steward's name.")]
Why = Annotated[str, typer.Option("--because", help="The reason, such as residential, worship or demonstration.")]


@release_app.command("list")
def release_list(config: ConfigPath = None) -> None:
    """How every place's numbers are published, who decided and when."""
    from pantau.commands.release import list_policies  # noqa: PLC0415  # heavy

    for line in list_policies(*settings_at(config)):
        typer.echo(line)


@release_app.command("open")
def release_open(by: By, family: Family = "", at: At = "", why: Why = "", config: ConfigPath = None) -> None:
    """Let numbers be published: counts of people in rounded cells, everything else as counted."""
    _decide(family, at, by, why, config, allow=True)


@release_app.command("close")
def release_close(by: By, family: Family = "", at: At = "", why: Why = "", config: ConfigPath = None) -> None:
    """Publish no numbers: of a place where people live, worship or demonstrate, for instance."""
    _decide(family, at, by, why, config, allow=False)


@release_app.command("new-key")
def release_new_key(by: By, config: ConfigPath = None) -> None:
    """Make another release key after the old one was lost."""
    from pantau.commands.release import new_key  # noqa: PLC0415  # heavy

    typer.echo(new_key(by, *settings_at(config)))


def _decide(family: str, at: str, by: str, why: str, config: ConfigPath, *, allow: bool) -> None:  # options
    from pantau.commands.release import decide, decision  # noqa: PLC0415  # heavy

    typer.echo(decide(decision(family, at, by, why, allow=allow), *settings_at(config)))
