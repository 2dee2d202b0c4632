"""Reading YAML strictly: every fault names the file and the key, and says what to do."""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import yaml

_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


class ConfigError(ValueError):
    """A configuration file that cannot be used."""

    def __init__(self, file: str, key: str, fault: str) -> None:
        super().__init__(f"{file}: {key or 'the file'} {fault}.")
        self.file = file
        self.key = key


class _UniqueKeys(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys in silence; here a second one is a fault."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, object]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                problem = f"the key {key_node.value!r} stands twice; keep one"
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


@dataclass(frozen=True)
class Node:
    """A value in a file, with the path of keys that led to it."""

    file: str
    key: str
    value: object

    def fault(self, message: str) -> ConfigError:
        return ConfigError(self.file, self.key, message)

    def only(self, *allowed: str) -> "Node":
        """Itself, after refusing any key not named here."""
        for name, child in self.items():
            if name not in allowed:
                raise child.fault(f"is unknown; use one of {', '.join(allowed)}")
        return self

    def items(self) -> Iterator[tuple[str, "Node"]]:
        if not isinstance(self.value, dict):
            raise self.fault("must be a mapping of names to values")
        for name, value in self.value.items():
            if not isinstance(name, str):
                raise self.fault(
                    f"has the key {name!r}, which YAML does not read as text; quote it"
                )
            yield name, Node(self.file, f"{self.key}.{name}".lstrip("."), value)

    def named_items(self) -> Iterator[tuple[str, "Node"]]:
        """Children whose names become part of ids."""
        for name, child in self.items():
            if not _NAME.fullmatch(name):
                raise child.fault("is not a name; use small letters, digits and _")
            yield name, child

    def get(self, name: str) -> "Node":
        for found, child in self.items():
            if found == name:
                return child
        raise ConfigError(self.file, f"{self.key}.{name}".lstrip("."), "is missing; add it")

    def has(self, name: str) -> bool:
        return any(found == name for found, _ in self.items())

    def text(self, name: str, default: str | None = None) -> str:
        if default is not None and not self.has(name):
            return default
        child = self.get(name)
        if not isinstance(child.value, str) or not child.value.strip():
            raise child.fault("must be a text that is not empty")
        return " ".join(child.value.split())

    def number(self, name: str) -> int:
        child = self.get(name)
        if not isinstance(child.value, int) or isinstance(child.value, bool) or child.value <= 0:
            raise child.fault("must be a whole number above 0")
        return child.value

    def amount(self, name: str) -> Decimal:
        """A number that is not negative, exactly as it is written."""
        child = self.get(name)
        if (
            not isinstance(child.value, int | float)
            or isinstance(child.value, bool)
            or not 0 <= child.value < float("inf")
        ):
            raise child.fault("must be a number, 0 or more")
        return Decimal(str(child.value))

    def flag(self, name: str) -> bool:
        child = self.get(name) if self.has(name) else None
        if child is None:
            return False
        if not isinstance(child.value, bool):
            raise child.fault("must be true or false")
        return child.value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is absent."""
        if not self.has(name):
            return ()
        child = self.get(name)
        if not isinstance(child.value, list):
            raise child.fault("must be a list of texts")
        for entry in child.value:
            if not isinstance(entry, str) or not entry.strip():
                raise child.fault(f"holds {entry!r}, which is not a text; quote or remove it")
        return tuple(child.value)


def read_yaml(path: Path) -> Node:
    """The root of a file; `file` in messages is the path below the folder of configurations."""
    return parse_yaml(read_text(path), named(path))


def read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(named(path), "", "does not exist; restore it") from None
    except UnicodeDecodeError:
        raise ConfigError(named(path), "", "is not UTF-8; save it as UTF-8") from None


def named(path: Path) -> str:
    """How messages name a file."""
    return "/".join(path.parts[-2:])


def parse_yaml(text: str, file: str) -> Node:
    """The root of a text that stands in `file`."""
    try:
        value = _UniqueKeys(text).get_single_data()
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(file, "", f"is not readable YAML ({reason}); mend that place") from error
    if not isinstance(value, dict):
        raise ConfigError(file, "", "must be a mapping of names to values")
    return Node(file, "", value)
