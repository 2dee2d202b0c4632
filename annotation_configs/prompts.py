"""Prompts by name and version: prompts/<name>/vN.md, front matter and a Jinja body.

The body has a part under `<!-- system -->` and one under `<!-- user -->`. A prompt that `extends`
another has only a `<!-- part -->`, which stands where the other says `{{ part }}`. Material from
outside goes through the filter `block`, which puts it between tags that it cannot close.

A published version never changes: prompts/LOCK holds the sha256 of each file. Change a prompt by
writing the next version, then `python -m annotation_configs.prompts` adds its line.
"""

import hashlib
import re
import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template, TemplateError, UndefinedError, meta

from annotation_configs.node import ConfigError, Node, named, parse_yaml, read_text

ROOT = Path(__file__).resolve().parent / "prompts"
LOCK = "LOCK"
STAGES = ("decompose", "generate", "screen", "refine")
MAX_TEMPERATURE = 2

_VERSION = re.compile(r"v([1-9][0-9]*)\.md")
_REFERENCE = re.compile(r"([a-z][A-Za-z_]*)/v([1-9][0-9]*)")
_FRONT = re.compile(r"---\n(.*?\n)---\n(.*)", re.DOTALL)
_HEADING = re.compile(r"^<!-- (\w+) -->\n", re.MULTILINE)
_TAG = re.compile(r"[<\uff1c\ufe64](?=\s*[/\uff0f!?]?\s*[^\W\d])")
_KEPT_SYSTEMS = 256


def inert(text: str) -> str:
    """The text with what could pass for a tag made harmless; comparisons such as `< 5` stay."""
    return _TAG.sub("\u2039", str(text))  # str: what is undefined says so by its own error


def block(text: str, tag: str) -> str:
    """Material between tags, none of which it can open or close."""
    return f"<{tag}>\n{inert(text).strip()}\n</{tag}>"


def line(text: str) -> str:
    """Material as part of one line."""
    return " ".join(inert(text).split())


def _environment() -> Environment:
    made = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701  # no HTML: `block` and `line` keep material in its place
    )
    made.filters.update(block=block, line=line)
    return made


_JINJA = _environment()


@dataclass(frozen=True, eq=False)
class Prompt:
    """`schema` names the reply's class in workers.pipeline.schemas; `twins_schema` the one of a
    question that is shared by twins, empty where there is none. `digest` is the sha256 of all that
    it is made of.
    """

    name: str
    version: int
    stage: str
    schema: str
    twins_schema: str
    vision: bool
    max_tokens: int
    temperature: float
    digest: str
    _system: "_Part"
    _user: "_Part"
    _extension: "_Part | None"
    _systems: dict[Hashable, str] = field(default_factory=dict, repr=False)

    @property
    def ref(self) -> str:
        """For the record, such as `generate_A/v1@0123456789ab`."""
        return f"{self.name}/v{self.version}@{self.digest[:12]}"

    def render(self, **values: object) -> tuple[str, str]:
        """The system's and the user's part. What the system's part is given must be hashable: it is
        rendered once for the same values.

        Raises:
            ConfigError: a value is missing.
        """
        wanted = self._system.names | (self._extension.names if self._extension else frozenset())
        key = tuple(values.get(name, _JINJA) for name in sorted(wanted))
        system = self._systems.get(key)
        if system is None:
            if len(self._systems) >= _KEPT_SYSTEMS:
                self._systems.clear()
            system = self._systems[key] = self._render_system(values)
        return system, self._user.render(values)

    def _render_system(self, values: Mapping[str, object]) -> str:
        if self._extension is None:
            return self._system.render(values)
        return self._system.render({**values, "part": self._extension.render(values)})


@dataclass(frozen=True)
class _Part:
    """One compiled part of a file, and the names of the values that it needs."""

    file: str
    heading: str
    template: Template
    names: frozenset[str]

    def render(self, values: Mapping[str, object]) -> str:
        try:
            return self.template.render(values).strip()
        except UndefinedError as error:
            raise ConfigError(self.file, self.heading, f"lacks a value ({error})") from None


def prompt(name: str, version: int | None = None) -> Prompt:
    """The newest version unless told which.

    Raises:
        ConfigError: names the file and the key.
    """
    return _kept(name, version or _newest_shipped(name))


def newest(name: str, root: Path = ROOT) -> int:
    found = [int(match[1]) for path in (root / name).glob("v*.md")
             if (match := _VERSION.fullmatch(path.name))]  # fmt: skip
    if not found:
        raise ConfigError(root.name, name, "holds no vN.md; restore it")
    return max(found)


@cache
def _newest_shipped(name: str) -> int:
    return newest(name)


@cache
def _kept(name: str, version: int) -> Prompt:
    return read_prompt(name, version)


def read_prompt(name: str, version: int, root: Path = ROOT) -> Prompt:
    front, parts, digest = _read(root / name / f"v{version}.md")
    extension = None
    if front.has("extends"):
        front.only("extends")
        extension = _part(front, parts, "part")
        front, parts, base = _read(_extended(front, root))
        digest = hashlib.sha256(f"{base} {digest}".encode()).hexdigest()
    front.only("stage", "schema", "twins_schema", "vision", "max_tokens", "temperature")
    return Prompt(
        name=name,
        version=version,
        stage=_stage(front),
        schema=front.text("schema"),
        twins_schema=front.text("twins_schema", ""),
        vision=front.flag("vision"),
        max_tokens=front.number("max_tokens"),
        temperature=_temperature(front),
        digest=digest,
        _system=_part(front, parts, "system"),
        _user=_part(front, parts, "user"),
        _extension=extension,
    )


def _read(path: Path) -> tuple[Node, dict[str, str], str]:
    """A file's front matter, its parts by heading and its sha256."""
    text = read_text(path)
    found = _FRONT.fullmatch(text)
    if found is None:
        raise ConfigError(named(path), "", "must begin with front matter between two lines of ---")
    head, *rest = _HEADING.split(found[2])
    if head.strip():
        raise ConfigError(named(path), "", "has text above its first heading, <!-- … -->; move it")
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    return parse_yaml(found[1], named(path)), parts, hashlib.sha256(text.encode()).hexdigest()


def _extended(front: Node, root: Path) -> Path:
    found = _REFERENCE.fullmatch(front.text("extends"))
    if found is None:
        raise front.get("extends").fault("must name a prompt and its version, such as generate/v1")
    return root / found[1] / f"v{found[2]}.md"


def _part(front: Node, parts: Mapping[str, str], heading: str) -> _Part:
    if not parts.get(heading, "").strip():
        raise ConfigError(front.file, heading, f"is missing; write it under <!-- {heading} -->")
    try:
        names = meta.find_undeclared_variables(_JINJA.parse(parts[heading]))
        template = _JINJA.from_string(parts[heading])
    except TemplateError as error:
        raise ConfigError(front.file, heading, f"is no Jinja ({error}); mend it") from None
    return _Part(front.file, heading, template, frozenset(names) - {"part"})


def _stage(front: Node) -> str:
    stage = front.text("stage")
    if stage not in STAGES:
        raise front.get("stage").fault(f"is {stage!r}; use one of {', '.join(STAGES)}")
    return stage


def _temperature(front: Node) -> float:
    found = front.amount("temperature")
    if found > MAX_TEMPERATURE:
        raise front.get("temperature").fault(f"must be from 0 to {MAX_TEMPERATURE}")
    return float(found)


def digests(root: Path = ROOT) -> dict[str, str]:
    """sha256 of every prompt file, by its path below the folder."""
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.glob("*/v*.md"))
    }


def locked(root: Path = ROOT) -> dict[str, str]:
    """What LOCK holds."""
    if not (root / LOCK).exists():
        return {}
    lines = [each.split() for each in read_text(root / LOCK).splitlines() if each.strip()]
    if any(len(each) != 2 for each in lines):
        raise ConfigError(f"{root.name}/{LOCK}", "", "must hold lines of a sha256 and a path")
    return {path: digest for digest, path in lines}


def check_lock(root: Path = ROOT) -> None:
    """Raise ConfigError where a published version changed or went."""
    now = digests(root)
    for path, digest in locked(root).items():
        if path not in now:
            raise ConfigError(f"{root.name}/{path}", "", "was published and is gone; restore it")
        if now[path] != digest:
            raise ConfigError(
                f"{root.name}/{path}", "",
                "was published and never changes; restore it and write the next version",
            )  # fmt: skip


def lock(root: Path = ROOT) -> list[str]:
    """Publish what is new; the paths added to LOCK."""
    check_lock(root)
    known = locked(root)
    now = digests(root)
    text = "".join(f"{digest}  {path}\n" for path, digest in now.items())
    (root / LOCK).write_text(text, encoding="utf-8")
    return [path for path in now if path not in known]


if __name__ == "__main__":
    try:
        sys.stdout.writelines(f"locked {added}\n" for added in lock())
    except ConfigError as wrong:
        sys.exit(str(wrong))
