"""The command line: words in, words (or JSON lines) out. What a command does stands in the modules it calls.

Heavy libraries are imported by the command that needs them, so that ``pantau --help`` answers at once. Results go to
stdout, progress and complaints to stderr. An expected fault prints one message and ends with status 1, without a traceback.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from pantau import __version__
from pantau.data_cli import backup, rebuild, restore, seal
from pantau.errors import ConfigError, PantauError
from pantau.machine_cli import doctor, plan, probe
from pantau.models_cli import models_app
from pantau.options import CameraPath, ConfigPath, Timezone, settings_at
from pantau.process import one_thread_each
from pantau.release_cli import release_app

app = typer.Typer(
    name="pantau",
    help="Turns a city's cameras into data, and forgets who anyone was.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(models_app, name="models")
app.add_typer(release_app, name="release")
for command in (doctor, plan, probe, backup, restore, rebuild, seal):
    app.command()(command)


def main() -> None:
    """Run the command line; expected faults become one message."""
    one_thread_each()
    try:
        app()
    except PantauError as error:
        typer.secho(f"pantau: {error}", fg=typer.colors.RED, err=True)
        raise SystemExit(1) from None


@app.callback(invoke_without_command=True)
def _before(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
    from pantau.logs import configure_logs  # noqa: PLC0415  # structlog only where something runs

    configure_logs()


@app.command()
def demo(
    video: Annotated[
        list[str] | None, typer.Option(help="A video, folder of JPEGs, rtsp:// address or camera file to add.")
    ] = None,
    folder: Annotated[Path, typer.Option(help="Where the sample city is kept.")] = Path("data/demo"),
    port: Annotated[int, typer.Option(help="TCP port of the pages.")] = 8600,
    rtsp: Annotated[bool, typer.Option(help="Read one camera over a real RTSP server where one is installed.")] = True,
) -> None:
    """Start a sample city on real footage and print its address."""
    from pantau.commands.city import run_demo  # noqa: PLC0415  # heavy

    run_demo(folder, tuple(video or ()), port=port, rtsp=rtsp)


@app.command()
def init(
    region: Annotated[str, typer.Option(help="Kemendagri region code, such as 33.74; it gives the time zone.")],
    name: Annotated[str, typer.Option(help="Name of the city.")] = "",
    folder: Annotated[Path, typer.Argument(help="Where pantau.toml goes.")] = Path(),
) -> None:
    """Write a pantau.toml for a city."""
    from pantau.commands.register import write_settings  # noqa: PLC0415  # heavy

    typer.echo(f"wrote {write_settings(folder, region, name)}; next: pantau apply cameras.toml, then pantau run")


@app.command()
def run(config: ConfigPath = None) -> None:
    """Watch every camera of the register and serve the pages, until Ctrl-C."""
    from pantau.commands.city import run_city  # noqa: PLC0415  # heavy

    run_city(*settings_at(config))


@app.command()
def code(config: ConfigPath = None) -> None:
    """Print a one-time code for signing in to the room."""
    from pantau.commands.register import new_code  # noqa: PLC0415  # heavy

    typer.echo(new_code(*settings_at(config)))


@app.command()
def replay(  # noqa: PLR0917  # typer reads a command's options from its parameters
    clip: Annotated[str, typer.Argument(help="Video file or folder of numbered JPEGs.")],
    start: Annotated[str, typer.Option(help="UTC when the clip was made, such as 2026-01-31T07:00:00Z.")] = "",
    camera: Annotated[Path | None, typer.Option(help="Camera file with one [[camera]].")] = None,
    lines: Annotated[Path | None, typer.Option(help="Label file with lines in pixels, instead of --camera.")] = None,
    fps: Annotated[float | None, typer.Option(help="Analysed frames per second; the camera's when not given.")] = None,
    source_fps: Annotated[float | None, typer.Option(help="Pictures per second of a folder of JPEGs.")] = None,
    detector: Annotated[str, typer.Option(help="Detector profile instead of the camera's.")] = "",
    keep: Annotated[bool, typer.Option(help="Keep the minutes in the data folder of --config.")] = False,
    json: Annotated[bool, typer.Option(help="One JSON line per settled crossing, then a summary line.")] = False,
    models: Annotated[Path | None, typer.Option(help="Folder of fetched models.")] = None,
    timezone: Timezone = "",
    config: ConfigPath = None,
) -> None:
    """Count a clip as fast as it goes."""
    from pantau.commands.clips import ReplayOptions, run_replay  # noqa: PLC0415  # heavy

    run_replay(
        ReplayOptions(
            clip=clip,
            start=start,
            camera=camera,
            lines=lines,
            fps=fps,
            source_fps=source_fps,
            detector=detector,
            keep=settings_at(config) if keep else None,
            json=json,
            models=models,
            timezone=timezone,
        )
    )


@app.command()
def evaluate(  # noqa: PLR0917  # typer reads a command's options from its parameters
    clip: Annotated[str, typer.Argument(help="Video file or folder of numbered JPEGs.")],
    camera: CameraPath,
    truth: Annotated[Path, typer.Option(help="What really happened: label JSON, MOTChallenge gt.txt, or CSV.")],
    start: Annotated[
        str, typer.Option(help="UTC when the clip was made; needed where the truth says times of day.")
    ] = "",
    fps: Annotated[float | None, typer.Option(help="Analysed frames per second; the camera's when not given.")] = None,
    source_fps: Annotated[float | None, typer.Option(help="Pictures per second of a folder of JPEGs.")] = None,
    detector: Annotated[str, typer.Option(help="Detector profile instead of the camera's.")] = "",
    tolerance: Annotated[float, typer.Option(help="Seconds between a true and a counted crossing, at most.")] = 1.0,
    report: Annotated[
        Path | None, typer.Option(help="HTML file to write, with pictures of every disagreement.")
    ] = None,
    keep: Annotated[
        bool, typer.Option(help="Publish the result beside the camera's figures, in --config's city.")
    ] = False,
    json: Annotated[bool, typer.Option(help="One JSON object instead of a table.")] = False,
    models: Annotated[Path | None, typer.Option(help="Folder of fetched models.")] = None,
    config: ConfigPath = None,
) -> None:
    """Say how right the counts of a clip are, compared with its truth."""
    from pantau.commands.evaluate import EvaluateOptions, run_evaluate  # noqa: PLC0415  # heavy

    run_evaluate(
        EvaluateOptions(
            clip=clip,
            camera=camera,
            truth=truth,
            start=start,
            fps=fps,
            source_fps=source_fps,
            detector=detector,
            tolerance_s=tolerance,
            report=report,
            json=json,
            keep=settings_at(config) if keep else None,
            models=models,
        )
    )


@app.command()
def label(  # noqa: PLR0917  # typer reads a command's options from its parameters
    clip: Annotated[str, typer.Argument(help="Video file or folder of numbered JPEGs.")],
    camera: CameraPath,
    out: Annotated[Path, typer.Option(help="Label file to write, or to go on with.")] = Path("labels.json"),
    start: Annotated[str, typer.Option(help="UTC when the clip was made; kept in the file and shown.")] = "",
    fps: Annotated[
        float | None, typer.Option(help="Samples per second of the slit-scan; every picture up to 30 when not given.")
    ] = None,
    source_fps: Annotated[float | None, typer.Option(help="Pictures per second of a folder of JPEGs.")] = None,
    port: Annotated[int, typer.Option(help="TCP port of the page, on this computer only; 0 takes a free one.")] = 0,
) -> None:
    """Count a clip by hand in a fast page; what it writes is a truth for `pantau evaluate`."""
    from pantau.commands.label import LabelOptions, run_label  # noqa: PLC0415  # heavy

    run_label(LabelOptions(clip=clip, camera=camera, out=out, start=start, fps=fps, source_fps=source_fps, port=port))


@app.command()
def watch(  # noqa: PLR0917  # typer reads a command's options from its parameters
    folder: Annotated[Path, typer.Argument(help="Folder of stills; sorted by name is in order of time.")],
    camera: CameraPath,
    every: Annotated[float, typer.Option(help="Seconds between stills.")] = 60.0,
    json: Annotated[bool, typer.Option(help="One JSON line per still.")] = False,
    start: Annotated[str, typer.Option(help="Time of the first still, with its offset; only schedules need it.")] = "",
    timezone: Timezone = "",
    models: Annotated[Path | None, typer.Option(help="Folder of fetched models.")] = None,
    taught: Annotated[
        Path | None, typer.Option(help="Folder with ZONE/normal and ZONE/NAME: stills that teach its zones.")
    ] = None,
    dry: Annotated[
        Path | None, typer.Option(help="A still in which the gauges are dry; without it the first four have to be.")
    ] = None,
) -> None:
    """Say what stands in each zone and on each parking slot of single stills."""
    from pantau.commands.watch import WatchOptions, run_watch  # noqa: PLC0415  # heavy

    run_watch(
        WatchOptions(
            folder=folder, camera=camera, every_s=every, start=start, timezone=timezone, json=json, models=models,
            taught=taught, dry=dry,
        )
    )  # fmt: skip


@app.command()
def teach(
    place: Annotated[str, typer.Argument(help="A zone of kind scene: camera.zone.")],
    folder: Annotated[Path | None, typer.Argument(help="Stills, sorted into normal/ and another folder.")] = None,
    mark: Annotated[str, typer.Option(help="Mark what the running city sees there now: normal or yes.")] = "",
    learn: Annotated[bool, typer.Option(help="Learn from what is marked; a folder is learned at once.")] = False,
    json: Annotated[bool, typer.Option(help="One JSON object for a person's words.")] = False,
    config: ConfigPath = None,
) -> None:
    """Teach a zone a function by example, and say how well it learned."""
    from pantau.commands.teach import TeachOptions, run_teach  # noqa: PLC0415  # heavy

    options = TeachOptions(place=place, folder=folder, mark=mark, learn=learn, json=json)
    for line in run_teach(options, *settings_at(config)):
        typer.echo(line)


@app.command()
def plate(
    clip: Annotated[
        str, typer.Argument(help="Video file or folder of numbered JPEGs; minutes are better than seconds.")
    ],
    camera: CameraPath,
    out: Annotated[Path, typer.Option(help="JPEG to write.")] = Path("plate.jpg"),
    source_fps: Annotated[float | None, typer.Option(help="Pictures per second of a folder of JPEGs.")] = None,
    models: Annotated[Path | None, typer.Option(help="Folder of fetched models.")] = None,
) -> None:
    """Write what the place looks like with nobody in it: the median of stills without people and vehicles, redacted."""
    from pantau.commands.plate import write_plate  # noqa: PLC0415  # heavy

    typer.echo(write_plate(clip, camera, out, source_fps, models))


@app.command()
def calibrate(
    camera: Annotated[Path, typer.Argument(help="Camera file with one [[camera]] that has [camera.ground].")],
    still: Annotated[
        Path | None, typer.Option(help="Picture of the camera, to draw over and to take as reference.")
    ] = None,
    draw: Annotated[Path | None, typer.Option(help="SVG to write: the grid in metres over the still.")] = None,
    write: Annotated[bool, typer.Option(help="Write the still's reference into the camera file.")] = False,
    json: Annotated[bool, typer.Option(help="One JSON object instead of tables.")] = False,
    models: Annotated[Path | None, typer.Option(help="Folder of fetched models.")] = None,
) -> None:
    """Say how right a camera's calibration is, point by point, and draw it."""
    from pantau.commands.calibrate import CalibrateOptions, run_calibrate  # noqa: PLC0415  # heavy

    run_calibrate(CalibrateOptions(camera=camera, still=still, draw=draw, write=write, json=json, models=models))


@app.command()
def track(
    det: Annotated[Path, typer.Option(help="Detections in MOTChallenge text.")],
    fps: Annotated[float, typer.Option(help="Frames per second of the sequence.")],
    step: Annotated[int, typer.Option(help="Use every so-manieth frame.")] = 1,
) -> None:
    """Track boxes of a MOTChallenge file; the result in the same format."""
    from pantau.see.mot import track_mot  # noqa: PLC0415  # scipy

    try:
        with det.open(encoding="utf-8") as file:
            for line in track_mot(file, fps, step):
                sys.stdout.write(line.rstrip("\n") + "\n")
    except OSError as error:
        raise ConfigError(f"{det}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{det}: expected MOTChallenge text, got something that is no text") from error


@app.command()
def apply(
    file: Annotated[Path, typer.Argument(help="Camera file, rule file or sensor file.")],
    force: Annotated[bool, typer.Option(help="Take a rule that would have been firing all of last week, too.")] = False,
    config: ConfigPath = None,
) -> None:
    """Put the cameras of a file into the register, or its alarm rules in force; a running city follows within seconds."""
    from pantau.commands.register import apply_file  # noqa: PLC0415  # heavy

    for line in apply_file(file, *settings_at(config), force=force):
        typer.echo(line)


@app.command()
def reregister(
    place: Annotated[
        str,
        typer.Argument(
            help="Id of a camera that was moved, and whose places are right as it looks now; or of a zone whose gauge is dry now."
        ),
    ],
    config: ConfigPath = None,
) -> None:
    """Let a camera's places hold on its next good picture, or a gauge learn anew how it looks when dry."""
    from pantau.commands.register import register_anew  # noqa: PLC0415  # heavy

    typer.echo(register_anew(place, *settings_at(config)))


@app.command("import")
def import_readings(
    file: Annotated[Path, typer.Argument(help="CSV with time, place, indicator, value, unit.")],
    days: Annotated[bool, typer.Option("--days", help="Rows are days, not hours.")] = False,
    config: ConfigPath = None,
) -> None:
    """Bring in what somebody else measured at declared sites: all rows, or none and why."""
    from pantau.commands.imports import import_file  # noqa: PLC0415  # heavy

    for line in import_file(file, "day" if days else "hour", *settings_at(config)):
        typer.echo(line)


@app.command()
def alarms(
    all: Annotated[bool, typer.Option("--all", help="Resolved ones too, the newest hundred.")] = False,  # noqa: A002  # the option's name
    json: Annotated[bool, typer.Option(help="One JSON line per alarm.")] = False,
    config: ConfigPath = None,
) -> None:
    """Say which alarms are open, and how often their rules were right."""
    from pantau.commands.rules import list_alarms  # noqa: PLC0415  # heavy

    for line in list_alarms(*settings_at(config), everything=all, json_lines=json):
        typer.echo(line)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Camera file to write.")],
    config: ConfigPath = None,
) -> None:
    """Write the register's cameras to a file, and its alarm rules to FILE.rules.toml, without credentials."""
    from pantau.commands.register import export_file  # noqa: PLC0415  # heavy

    typer.echo(export_file(file, *settings_at(config)))


@app.command("potential")
def potential_revenue(
    plan: Annotated[Path, typer.Argument(help="Plan of tariffs and assumptions.")],
    since: Annotated[str, typer.Option("--from", help="First day, such as 2026-11-01; 30 days up to the last.")] = "",
    until: Annotated[str, typer.Option("--to", help="Last day, included; yesterday.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per entry.")] = False,  # a flag
    config: ConfigPath = None,
) -> None:
    """Say what the counts could be worth under a tariff: ranges with their assumptions, never a demand."""
    from pantau.commands.potential import run_potential  # noqa: PLC0415  # heavy

    run_potential(plan, (since, until), *settings_at(config), as_json=as_json)


@app.command()
def check(
    camera: Annotated[str, typer.Argument(help="Camera's id; every camera when none is given.")] = "",
    config: ConfigPath = None,
) -> None:
    """Say what the newest self-checks found, a sentence each; status 1 when one failed."""
    from pantau.commands.check import failed, said  # noqa: PLC0415  # heavy

    found = said(camera, *settings_at(config))
    for line in found:
        typer.echo(line)
    if failed(found):
        raise typer.Exit(1)


if __name__ == "__main__":
    main()
