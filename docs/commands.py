"""The commands of `pantau` as data, read from the command line itself: for the reference page and for checking examples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from typer.core import TyperArgument, TyperCommand, TyperGroup
from typer.main import get_command

from pantau.cli import app

VALUES = {"str": "TEXT", "float": "NUMBER", "int": "NUMBER", "Path": "PATH", "list": "TEXT …"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument or option of a command.

    Args:
        words: how it is written: ``("--config", "-c")``, or the name of an argument.
        value: what follows it; empty for a flag.
        default: as text; empty where there is none.
    """

    words: tuple[str, ...]
    is_argument: bool
    is_flag: bool
    value: str
    required: bool
    default: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command, such as ``("models", "fetch")``."""

    path: tuple[str, ...]
    help: str
    parameters: tuple[Parameter, ...]

    @property
    def options(self) -> dict[str, Parameter]:
        """Every option by each of its words; ``--help`` is everywhere."""
        return {word: p for p in self.parameters if not p.is_argument for word in p.words}


def commands() -> tuple[Command, ...]:
    """Every command, in the order of the program's own help."""
    root = get_command(app)
    if not isinstance(root, TyperGroup):
        raise TypeError(f"expected pantau to have commands, got {type(root).__name__}")
    return tuple(_walk(root, ()))


def _walk(group: TyperGroup, path: tuple[str, ...]) -> Iterator[Command]:
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _walk(command, (*path, name))
        elif isinstance(command, TyperCommand):
            parameters = tuple(_parameter(p) for p in command.params)
            yield Command(path=(*path, name), help=(command.help or "").strip(), parameters=parameters)


def _parameter(given: object) -> Parameter:
    """A parameter of Typer, of which only what a reader of ``--help`` sees is used."""
    argument = isinstance(given, TyperArgument)
    facts = vars(given)
    flag = bool(facts.get("is_flag"))
    default = facts["default"]
    words = (*facts["opts"], *facts["secondary_opts"])
    return Parameter(
        words=tuple(str(word) for word in words),
        is_argument=argument,
        is_flag=flag,
        value="" if flag else _value(facts["type_descriptor"].annotation),
        required=bool(facts["required"]),
        default="" if default in (None, "", False) else ("on" if default is True else str(default)),
        help=str(facts["help"] or ""),
    )


def _value(annotation: object) -> str:
    name = getattr(annotation, "__name__", str(annotation))
    return next((value for kind, value in VALUES.items() if kind in name), "TEXT")
