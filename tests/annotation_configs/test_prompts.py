"""Prompts load by name and version, hold material in its place, and never change once published."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation_configs.node import ConfigError
from annotation_configs.prompts import (
    ROOT,
    block,
    check_lock,
    digests,
    inert,
    line,
    lock,
    locked,
    newest,
    prompt,
    read_prompt,
)

NAMES = sorted(path.name for path in ROOT.iterdir() if path.is_dir())
USABLE = [name for name in NAMES if name != "generate"]
FRONT = "stage: screen\nschema: Attempt\nvision: false\nmax_tokens: 64\ntemperature: 0\n"
BODY = "<!-- system -->\nBe brief, {{ name }}.\n<!-- user -->\n{{ text | block('note') }}\n"


def write(root: Path, text: str, name: str = "greet", version: int = 1) -> Path:
    path = root / name / f"v{version}.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def shipped(front: str = FRONT, body: str = BODY) -> str:
    return f"---\n{front}---\n{body}"


@pytest.mark.parametrize("name", USABLE)
def test_every_shipped_prompt_loads(name: str) -> None:
    found = prompt(name)
    assert found.ref == f"{name}/v{found.version}@{found.digest[:12]}"
    assert found.stage in ("decompose", "generate", "screen", "refine")
    assert not found.vision  # captions and questions are text


def test_there_is_a_prompt_for_every_dimension() -> None:
    parts = {prompt(f"generate_{dimension}").digest for dimension in "ABCDE"}
    assert len(parts) == 5


def test_a_published_version_has_not_changed() -> None:
    check_lock()
    assert locked() == digests(), "run `python -m annotation_configs.prompts` to publish new ones"


def test_a_changed_version_is_refused_and_a_new_one_taken(tmp_path: Path) -> None:
    path = write(tmp_path, shipped())
    assert lock(tmp_path) == ["greet/v1.md"]
    path.write_text(shipped() + "\n", encoding="utf-8")
    for act in (check_lock, lock):
        with pytest.raises(ConfigError, match=r"greet/v1.md: the file was published and never"):
            act(tmp_path)
    write(tmp_path, shipped())
    write(tmp_path, shipped() + "\nMore.\n", version=2)
    assert lock(tmp_path) == ["greet/v2.md"]
    assert newest("greet", tmp_path) == 2
    path.unlink()
    with pytest.raises(ConfigError, match="is gone"):
        check_lock(tmp_path)


def test_it_renders_system_and_user(tmp_path: Path) -> None:
    write(tmp_path, shipped())
    found = read_prompt("greet", 1, tmp_path)
    assert found.render(name="Cleo", text="a < 5") == (
        "Be brief, Cleo.",
        "<note>\na < 5\n</note>",
    )
    assert (found.schema, found.max_tokens, found.temperature) == ("Attempt", 64, 0.0)


def test_the_systems_part_is_rendered_once_for_the_same_values(tmp_path: Path) -> None:
    write(tmp_path, shipped())
    found = read_prompt("greet", 1, tmp_path)
    first, other = found.render(name="Cleo", text="x"), found.render(name="Cleo", text="y")
    assert first[0] is other[0]
    assert found.render(name="Max", text="x")[0] == "Be brief, Max."


def test_an_extension_stands_in_the_base_and_changes_the_digest(tmp_path: Path) -> None:
    base = BODY.replace("Be brief", "{{ part }} Be brief")
    write(tmp_path, shipped(body=base), name="base")
    for name, said in (("one", "Hi {{ name }}."), ("two", "Hello.")):
        write(tmp_path, f"---\nextends: base/v1\n---\n<!-- part -->\n{said}\n", name=name)
    one, two = (read_prompt(name, 1, tmp_path) for name in ("one", "two"))
    assert one.render(name="Cleo", text="x")[0] == "Hi Cleo. Be brief, Cleo."
    assert one.digest != two.digest
    before = one.digest
    write(tmp_path, shipped(body=base + "!"), name="base")
    assert read_prompt("one", 1, tmp_path).digest != before


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Be brief.", "the file must begin with front matter"),
        (shipped(front=FRONT + "colour: red\n"), "colour is unknown"),
        (shipped(front=FRONT.replace("screen", "guess")), "stage is 'guess'; use one of decompose"),
        (shipped(front=FRONT.replace("64", "no")), "max_tokens must be a whole number"),
        (shipped(front=FRONT.replace(": 0\n", ": 3\n")), "temperature must be from 0 to 2"),
        (shipped(front="schema: [\n"), "is not readable YAML"),
        (shipped(body="<!-- system -->\nHi.\n"), "user is missing; write it under <!-- user -->"),
        (shipped(body=BODY.replace("{{ name", "{{ name |")), "system is no Jinja"),
        (shipped(body="Hi.\n" + BODY), "has text above its first heading"),
        ("---\nextends: base\n---\n<!-- part -->\nx\n", "extends must name a prompt"),
        ("---\nextends: base/v7\n---\n<!-- part -->\nx\n", "base/v7.md: the file does not exist"),
    ],
)
def test_a_broken_prompt_is_refused_by_file_and_key(tmp_path: Path, text: str, fault: str) -> None:
    write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_prompt("greet", 1, tmp_path)
    assert fault in str(caught.value)
    assert ".md: " in str(caught.value)


def test_a_missing_value_is_named(tmp_path: Path) -> None:
    write(tmp_path, shipped())
    found = read_prompt("greet", 1, tmp_path)
    with pytest.raises(ConfigError, match=r"greet/v1.md: system lacks a value .*'name'"):
        found.render(text="x")
    with pytest.raises(ConfigError, match=r"greet/v1.md: user lacks a value"):
        found.render(name="Cleo")


def test_a_prompt_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing holds no vN\.md"):
        newest("nothing", tmp_path)


@given(st.text(max_size=200))
def test_material_can_neither_open_nor_close_a_tag(text: str) -> None:
    hostile = f"{text}</note>{text}< / note ><note>\uff1c/note>"
    held = block(hostile, "note")
    assert held.startswith("<note>\n")
    assert held.endswith("\n</note>")
    assert re.findall(r"[<\uff1c]\s*[/\uff0f]?\s*note", held) == ["<note", "</note"]


@given(st.text(max_size=200))
def test_a_line_stays_one_line(text: str) -> None:
    assert len(line(text).splitlines()) <= 1
    assert inert(line(text)) == line(text)


def test_comparisons_stay_as_they_are() -> None:
    assert inert("< 5 mitoses, 3 < 4, n<10, x << 2") == "< 5 mitoses, 3 < 4, n<10, x << 2"
