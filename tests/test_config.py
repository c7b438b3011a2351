"""Settings and camera files: what is wrong is named, and nothing half-read is used."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from pantau.camera_file import CameraEntry, camera_entry, load_camera_file, load_label_lines, load_one_camera
from pantau.config import Server, Settings, load_settings, public_address, split_credentials
from pantau.errors import ConfigError
from pantau.places import Entry, Follows, Mark

EXAMPLES = Path(__file__).parents[1] / "examples"
CAMERA_FILES = [path for path in sorted(EXAMPLES.glob("*.toml")) if "[[camera]]" in path.read_text("utf-8")]


def written(folder: Path, text: str) -> Path:
    path = folder / "file.toml"
    path.write_text(text, "utf-8")
    return path


def camera(body: str) -> str:
    return f'[[camera]]\nid = "a"\n{body}'


@pytest.mark.parametrize("path", CAMERA_FILES, ids=lambda p: p.stem)
def test_every_example_camera_can_be_read(path: Path) -> None:
    read = load_one_camera(path)
    assert read.lines or read.zones
    assert all(line.id.startswith(f"{read.id}.") for line in read.lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[city]\nnme = "Kota"', r"city\.nme: unknown key; did you mean 'name'"),
        ('[city]\nregion = "99.01"', "begins with no Indonesian province"),
        ('[city]\ntimezone = "Mars/Base"', "no IANA time zone"),
        ("[server]\nport = 99999", r"server\.port: .*got 99999"),
        ("[levels]\navailability = 95", r"levels\.availability: .*less than or equal to 1, got 95"),
        ("[levels]\nfreshness = 0", r"levels\.freshness: .*greater than 0, got 0"),
        ("[levels]\nfreshnes = 2", r"levels\.freshnes: unknown key; did you mean 'freshness'"),
        ("[server\n", "not valid TOML"),
        ('[server]\nmetrics_token = "hun73r"', r"server\.metrics_token: expected 20 or more"),
        ("[server]\nmetrics_token = 73000000000000000000", r"server\.metrics_token: expected 20 or more"),
        ('[server]\nmetrics_token = "hun73r hun73r hun73r"', r"server\.metrics_token: expected 20 or more"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        load_settings(written(tmp_path, text))
    assert not re.search("hun73r|73000", str(refused.value))


def test_the_token_of_the_metrics_is_not_shown() -> None:
    assert "0123456789" not in repr(Settings(server=Server(metrics_token="0123456789" * 2)))


@pytest.mark.parametrize(
    ("region", "zone"),
    [("33.74", "Asia/Jakarta"), ("73.71", "Asia/Makassar"), ("51.05", "Asia/Makassar"), ("94.71", "Asia/Jayapura")],
)
def test_the_time_zone_follows_the_region(tmp_path: Path, region: str, zone: str) -> None:
    assert load_settings(written(tmp_path, f'[city]\nregion = "{region}"')).city.zone == zone


def test_a_time_zone_is_never_assumed() -> None:
    with pytest.raises(ConfigError, match=r"set city\.region"):
        _ = load_settings(None).city.zone


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (camera("sorce = 'x'"), r"sorce: unknown key; did you mean 'source'"),
        (camera("[[camera.line]]\nid='l'\nstart=[0.1,0.1]\nend=[1.2,0.1]"), r"end: corner .1.2, 0.1. lies outside"),
        (camera("[[camera.line]]\nid='l'\nstart=[0.1,0.1]\nend=[0.1,0.1]"), "start and end are the same place"),
        (camera("[[camera.zone]]\nid='z'\npolygon=[[0,0],[1,1],[1,0],[0,1]]"), "Self-intersection.*redraw"),
        (camera("[[camera.zone]]\nid='z'\npolygon=[[0,0],[1,1]]"), "at least 3"),
        (camera("[[camera.zone]]\nid='z'\npolygon=[[0,0],[1,0],[1,1]]\nkind='lake'"), "kind.*no_parking"),
        (camera("[[camera.zone]]\nid='z'\npolygon=[[0,0],[1,0],[1,1]]\nschedule='Mon 6-9'"), "'Mon' is no day"),
        (camera("masks=[[[0,0],[1,1],[1,0],[0,1]]]"), "Self-intersection"),
        (
            camera("[[camera.zone]]\nid='z'\nkind='water'\npolygon=[[0,0],[1,0],[1,1]]\ngauge=[{at=[0.5,0.9],cm=0}]"),
            "at least two marks, got one",
        ),
        (
            camera(
                "[[camera.zone]]\nid='z'\nkind='water'\npolygon=[[0,0],[1,0],[1,1]]\ngauge=[{at=[0.5,0.9],cm=40},{at=[0.5,0.4],cm=0}]"
            ),
            "must rise.*0 cm comes after 40 cm",
        ),
        (
            camera(
                "[[camera.zone]]\nid='z'\nkind='water'\npolygon=[[0,0],[1,0],[1,1]]\ngauge=[{at=[0.5,0.9],cm=0},{at=[0.5,1.4],cm=50}]"
            ),
            r"\[0.5, 1.4\] lies outside the picture",
        ),
        (
            camera(
                "[[camera.zone]]\nid='z'\nkind='water'\npolygon=[[0,0],[1,0],[1,1]]\ngauge=[{at=[0.5,0.9],cm=0},{at=[0.5,0.9],cm=50}]"
            ),
            "same place",
        ),
        (
            camera("[[camera.zone]]\nid='z'\nkind='water'\npolygon=[[0,0],[1,0],[1,1]]\nlimit_cm=50"),
            "limit_cm needs a gauge",
        ),
        (
            camera(
                "[[camera.zone]]\nid='z'\npolygon=[[0,0],[1,0],[1,1]]\ngauge=[{at=[0.5,0.9],cm=0},{at=[0.5,0.4],cm=50}]"
            ),
            "for zones of kind water, not area",
        ),
        (camera("[[camera.zone]]\nid='z'\npolygon=[[0.5,0],[1.4,0],[1.4,1]]"), r"\[1.4, 0\] lies outside the picture"),
        (
            camera(
                "[[camera.slot]]\nid='p'\npolygon=[[0,0],[0.2,0],[0.2,0.2],[0,0.2]]\n"
                "[[camera.slot]]\nid='q'\npolygon=[[0.1,0],[0.3,0],[0.3,0.2],[0.1,0.2]]"
            ),
            "'p' and 'q' overlap by 50%",
        ),
        (
            camera("[[camera.slot]]\nid='p'\nzone='lot'\npolygon=[[0,0],[0.2,0],[0.2,0.2]]"),
            "no zone 'lot' of kind parking",
        ),
        (
            camera(
                "masks=[[[0,0],[0.2,0],[0.2,0.2],[0,0.2]]]\n"
                "[[camera.slot]]\nid='p'\npolygon=[[0,0],[0.2,0],[0.2,0.2],[0,0.2]]"
            ),
            "100% of 'p' is blacked out",
        ),
        (
            camera("analysers=['visitors']\n[[camera.zone]]\nid='z'\nkind='danger'\npolygon=[[0,0],[1,0],[1,1]]"),
            "need the analyser 'dwell'",
        ),
        (
            camera(
                "[[camera.line]]\nid='p'\nstart=[0,0]\nend=[1,0]\n[[camera.zone]]\nid='p'\npolygon=[[0,0],[1,0],[1,1]]"
            ),
            "two places of camera 'a' have the id 'p'",
        ),
        (
            camera(
                "[[camera.line]]\nid='p'\nname='Gerbang'\nstart=[0,0]\nend=[1,0]\n"
                "[[camera.line]]\nid='q'\nname='Gerbang'\nstart=[0,1]\nend=[1,1]"
            ),
            "have the name 'Gerbang'",
        ),
        (camera("") + camera(""), "two cameras have the id 'a'"),
        (camera("analysers = ['visitors', 'visitors']"), "'visitors' is there twice"),
        (
            camera("[[camera.zone]]\nid='z'\npolygon=[[0,0],[1,0],[1,1]]\nentries=[{line='gerbang'}]"),
            "entries name line 'gerbang', which this camera does not have",
        ),
        (
            camera(
                "[[camera.line]]\nid='p'\nstart=[0,0]\nend=[1,0]\n[[camera.zone]]\nid='z'\n"
                "polygon=[[0,0],[1,0],[1,1]]\nentries=[{line='p'}, {line='p', into='backward'}]"
            ),
            "name a line twice",
        ),
        (camera("[[camera.line]]\nid='p'\nstart=[0,0]\nend=[1,0]\nfollows={line='p'}"), "follows 'p'"),
        (camera("[[camera.line]]\nid='p'\nstart=[0,0]\nend=[1,0]\nfollows={line='a.p'}"), "follows 'p'"),
        (camera("[[camera.line]]\nid='p'\nstart=[0,0]\nend=[1,0]\nfollows={line='q'}"), "follows 'q'"),
        (camera("source = 'rtsp://cam:99999/live'"), "port is no number from 1 to 65535"),
        ("", "camera: Field required"),
        (camera("").replace('"a"', '"a b"'), r"camera\[0\]\.id: .*got 'a b'"),
    ],
)
def test_a_wrong_camera_file_is_refused_whole(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        load_camera_file(written(tmp_path, text))
    assert "nothing was changed" in str(caught.value)


def test_a_missing_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml.*No such file"):
        load_camera_file(tmp_path / "none.toml")


def test_credentials_are_taken_out_of_the_address(tmp_path: Path) -> None:
    entry = load_camera_file(written(tmp_path, camera('source = "rtsp://op:s3cret%21@10.0.0.9:554/live?k=v"')))[0]
    assert split_credentials(entry.source) == ("rtsp://10.0.0.9:554/live?k=v", ("op", "s3cret!"))
    assert "s3cret" not in repr(entry.camera())
    assert public_address(entry.source) == "rtsp://10.0.0.9:554/live"


@pytest.mark.parametrize(
    "text",
    [
        camera("source = 'rtsp://cam:554/x?user=admin&password=hun73r'"),  # it would be kept and exported in the open
        camera("source = 'rtsp://admin:hun73r/2@cam:554/x'"),  # not escaped: the password runs into the path
        camera("source = 'rtsp://admin:hun73r#2@cam:554/x'"),
        camera("source = ['rtsp://admin:hun73r@cam:554/x']"),
        "[camera]\nid = 'a'\nsource = 'rtsp://admin:hun73r@cam:554/x'",
    ],
)
def test_a_password_in_the_wrong_place_is_refused_and_never_repeated(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_camera_file(written(tmp_path, text))
    assert "hun73r" not in str(caught.value)
    assert "nothing was changed" in str(caught.value)


@pytest.mark.parametrize("region", ["33xyz", "3374", "33.74.1", "33.74.01.1007.5"])
def test_a_region_that_is_no_code_is_refused(tmp_path: Path, region: str) -> None:
    with pytest.raises(ConfigError, match="region"):
        load_settings(written(tmp_path, f'[city]\nregion = "{region}"'))


@pytest.mark.parametrize("address", ["clip.avi", "/srv/frames", "rtsp://10.0.0.9/live"])
def test_an_address_without_credentials_stays_as_it_is(address: str) -> None:
    assert split_credentials(address) == (address, None)


@pytest.mark.parametrize("path", CAMERA_FILES, ids=lambda p: p.stem)
def test_a_camera_written_out_reads_back_the_same(path: Path) -> None:
    before = load_one_camera(path)
    assert CameraEntry.model_validate(camera_entry(before)).camera() == before


def test_what_is_watched_in_a_zone_is_written_out_and_read_back(tmp_path: Path) -> None:
    zone = "polygon=[[0,0],[1,0],[1,1]]\nkind='no_parking'\ncapacity=4\nlimit_s=300.0\nschedule='Mo-Fr 06:00-22:00'"
    before = load_one_camera(written(tmp_path, camera(f"[[camera.zone]]\nid='z'\n{zone}")))
    assert before.zones[0].kind == "no_parking"
    assert CameraEntry.model_validate(camera_entry(before)).camera() == before


def test_a_gauge_is_written_out_and_read_back_and_asks_for_its_analyser(tmp_path: Path) -> None:
    zone = "polygon=[[0,0],[1,0],[1,1]]\nkind='water'\nlimit_cm=40\ngauge=[{at=[0.5,0.9],cm=0},{at=[0.5,0.4],cm=50}]"
    before = load_one_camera(written(tmp_path, camera(f"[[camera.zone]]\nid='z'\n{zone}")))
    assert before.zones[0].gauge == (Mark((0.5, 0.9), 0.0), Mark((0.5, 0.4), 50.0))
    assert "water" in before.analysers
    assert CameraEntry.model_validate(camera_entry(before)).camera() == before


def test_slots_get_a_zone_and_are_written_out_and_read_back(tmp_path: Path) -> None:
    text = (
        "[[camera.zone]]\nid='lot'\nkind='parking'\npolygon=[[0,0],[0.5,0],[0.5,1],[0,1]]\n"
        "[[camera.slot]]\nid='in'\nkind='two_wheeler'\npolygon=[[0.1,0.1],[0.2,0.1],[0.2,0.2],[0.1,0.2]]\n"
        "[[camera.slot]]\nid='out'\npolygon=[[0.6,0.1],[0.7,0.1],[0.7,0.2],[0.6,0.2]]"
    )
    before = load_one_camera(written(tmp_path, camera(text)))
    assert [(slot.id, slot.zone, slot.kind) for slot in before.slots] == [
        ("a.in", "a.lot", "two_wheeler"),
        ("a.out", "a.petak", "car"),
    ]
    assert [zone.id for zone in before.zones] == ["a.lot", "a.petak"]
    assert before.analysers == ("visitors", "traffic", "quality", "health", "parking")
    assert CameraEntry.model_validate(camera_entry(before)).camera() == before


def test_what_is_compared_is_written_out_and_read_back(tmp_path: Path) -> None:
    text = camera(
        "[[camera.line]]\nid='p'\nstart=[0,0]\nend=[1,0]\n"
        "[[camera.line]]\nid='q'\nstart=[0,1]\nend=[1,1]\nfollows={line='p', lag_s=12.5, turned=true}\n"
        "[[camera.line]]\nid='r'\nstart=[0,1]\nend=[1,0]\nfollows={line='hulu.p'}\n"
        "[[camera.zone]]\nid='z'\npolygon=[[0,0],[1,0],[1,1]]\nentries=[{line='p'}, {line='q', into='backward'}]"
    )
    before = load_one_camera(written(tmp_path, text))
    assert before.lines[1].follows == Follows(line="a.p", lag_s=12.5, turned=True)
    assert before.lines[2].follows == Follows(line="hulu.p")
    assert before.zones[0].entries == (Entry(line="a.p"), Entry(line="a.q", into="backward"))
    assert CameraEntry.model_validate(camera_entry(before)).camera() == before


def test_a_priority_is_written_out_and_read_back_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    before = load_one_camera(written(tmp_path, camera("priority = 'high'")))
    assert before.priority == "high"
    assert CameraEntry.model_validate(camera_entry(before)).camera() == before
    with pytest.raises(ConfigError, match="priority"):
        load_one_camera(written(tmp_path, camera("priority = 'urgent'")))


def test_label_lines_become_fractions(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    path.write_text('{"size": [200, 100], "lines": [{"id": "A", "start": [0, 50], "end": [200, 50]}]}', "utf-8")
    line = load_label_lines(path).lines[0]
    assert (line.id, line.start, line.end) == ("clip.A", (0.0, 0.5), (1.0, 0.5))


@pytest.mark.parametrize("text", ["{}", "[]", "nonsense", '{"size": [0, 0], "lines": [{"id": "A"}]}'])
def test_a_file_that_holds_no_labels_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "labels.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match="expected a label file"):
        load_label_lines(path)


def test_examples_are_valid_toml() -> None:
    for path in EXAMPLES.glob("*.toml"):
        assert tomllib.loads(path.read_text("utf-8"))
