"""Loading, listing and finding personas."""

import os
from pathlib import Path

import pytest

from loom_app.kernel.errors import Invalid, LoomError, NotFound, TooLarge
from loom_app.personas.service import MAX_BYTES, get_persona, list_personas, load

HEAD = {"name": "name: tester", "description": "description: Tests things. Use for tests.", "license": "license: MIT"}


def write(root: Path, role: str = "tester", body: str = "Do it well.", group: str = "default", **lines: str) -> Path:
    path = root / group / role / "SKILL.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    front = {**HEAD, "name": f"name: {role}", **lines}
    path.write_text("---\n" + "\n".join(line for line in front.values() if line) + f"\n---\n{body}\n")
    return path


def test_a_file_becomes_a_persona(tmp_path: Path) -> None:
    meta = "metadata:\n  role: Tester\n  specialties: [edges, regressions]\n  version: 1.0\n  autonomy_level: semi"
    persona = load(write(tmp_path, metadata=meta))
    assert (persona.name, persona.role, persona.autonomy_level) == ("default/tester", "tester", "semi")
    assert persona.specialties == ("edges", "regressions")
    assert persona.metadata["version"] == "1.0"
    assert persona.instructions == "Do it well."


def test_metadata_may_be_left_out(tmp_path: Path) -> None:
    persona = load(write(tmp_path, license=""))
    assert (persona.autonomy_level, persona.specialties, persona.license) == ("supervised", (), "")


def test_specialties_may_be_one_line_with_commas(tmp_path: Path) -> None:
    persona = load(write(tmp_path, metadata="metadata:\n  specialties: edges, , regressions"))
    assert persona.specialties == ("edges", "regressions")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ({"name": "name: other"}, "name is 'other' but the folder is 'tester'"),
        ({"name": ""}, "name is missing"),
        ({"description": ""}, "description is missing"),
        ({"description": "description: '  '"}, "description is missing"),
        ({"description": f"description: {'x' * 1025}"}, "1025 characters"),
        ({"description": "description: [a]"}, "description must be text"),
        ({"body": ""}, "no instructions"),
        ({"metadata": "metadata: yes"}, "metadata must be keys"),
        ({"metadata": "metadata: {autonomy_level: total}"}, "one of full, semi, supervised"),
        ({"metadata": "metadata: {autonomy_level: [full]}"}, "one of full, semi, supervised"),
        ({"metadata": "metadata: {specialties: {a: b}}"}, "specialties must be"),
        ({"metadata": "metadata: {specialties: [[a]]}"}, "specialties must be"),
        ({"license": "license: 'unclosed"}, "not valid YAML"),
    ],
)
def test_a_malformed_file_says_what_is_wrong(tmp_path: Path, lines: dict[str, str], says: str) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        load(write(tmp_path, **lines))
    assert caught.value.message.startswith("default/tester/SKILL.md")
    assert caught.value.code == "persona_malformed"


def test_a_folder_name_must_follow_the_format(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="small letters"):
        load(write(tmp_path, "Tester"))


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="65,536"):
        load(write(tmp_path, body="x" * MAX_BYTES))


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(b"---\nname: \xff\n---\nx")
    with pytest.raises(Invalid, match="byte 10 is not UTF-8"):
        load(path)


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        load(tmp_path / "default" / "nobody" / "SKILL.md")


def test_a_folder_or_pipe_in_its_place_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "default" / "folder" / "SKILL.md").mkdir(parents=True)
    (tmp_path / "default" / "pipe").mkdir()
    os.mkfifo(tmp_path / "default" / "pipe" / "SKILL.md")
    for role in ("folder", "pipe"):
        with pytest.raises(NotFound):
            get_persona(role, tmp_path)


def test_both_names_find_the_same_persona(tmp_path: Path) -> None:
    write(tmp_path)
    assert get_persona("tester", tmp_path) is get_persona("default/tester", tmp_path)


def test_a_persona_outside_the_default_group(tmp_path: Path) -> None:
    write(tmp_path, group="house")
    assert get_persona("house/tester", tmp_path).name == "house/tester"
    with pytest.raises(NotFound):
        get_persona("tester", tmp_path)


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, body="first")
    before = load(path)
    assert load(path) is before
    path.write_text(path.read_text().replace("first", "second"))
    assert load(path).instructions == "second"


@pytest.mark.parametrize(
    "name",
    ["", "/", "..", "../..", "default/..", "default/../tester", "/etc/passwd", "default//tester", "default/tester/",
     "a/b/c", "tester\n", "te\x00ster", "Tester", "te ster", "-tester", "te--ster", "x" * 65, "%2e%2e", "té"],
)  # fmt: skip
def test_a_name_that_is_no_name_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path)
    with pytest.raises(Invalid, match="not the name of a persona"):
        get_persona(name, tmp_path)


def test_an_unknown_name_suggests_the_nearest(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(NotFound, match="did you mean 'default/tester'"):
        get_persona("testor", tmp_path)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", "spy")
    root = tmp_path / "root"
    write(root)
    (root / "default" / "spy").symlink_to(outside.parent)
    with pytest.raises(LoomError, match="leads out"):
        get_persona("spy", root)
    assert [persona.name for persona in list_personas(root)] == ["default/tester"]


def test_one_broken_file_does_not_hide_the_others(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "broken", description="")
    assert [persona.name for persona in list_personas(tmp_path)] == ["default/tester"]


def test_a_missing_folder_has_no_personas(tmp_path: Path) -> None:
    assert list_personas(tmp_path / "nowhere") == []
