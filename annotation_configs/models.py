"""Language models on offer: name -> ModelOffer, from models.yaml or a file of the operator's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

from annotation_configs.node import Node, read_yaml

SHIPPED = Path(__file__).resolve().parent / "models.yaml"
PROVIDERS = ("openai", "google", "dashscope", "vllm")
ROLES = ("decompose", "generate", "screen")
STRUCTURED = ("schema", "json")
KEYS = (
    "provider", "model_id", "label", "usd_per_mtok_in", "usd_per_mtok_out", "rpm", "tpm",
    "max_in_flight", "context_tokens", "vision", "roles", "structured", "temperature", "effort",
    "thinking_tokens",
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*", re.ASCII)
_RESERVED = ("offline", "rules")


@dataclass(frozen=True)
class ModelOffer:
    """One model of one provider; models.yaml says what each field means.

    `rpm` and `tpm` are requests and tokens per minute, None where nothing limits them.
    """

    name: str
    provider: str
    model_id: str
    label: str
    usd_per_mtok_in: Decimal
    usd_per_mtok_out: Decimal
    rpm: int | None
    tpm: int | None
    max_in_flight: int
    context_tokens: int
    vision: bool
    roles: tuple[str, ...]
    structured: str = "schema"
    temperature: bool = True
    effort: str = ""
    thinking_tokens: int = 0


def models(path: Path | None = None) -> Mapping[str, ModelOffer]:
    """Every model on offer by name, in the file's order.

    Raises:
        ConfigError: names the file and the key.
    """
    return _read(path or SHIPPED)


@cache
def _read(path: Path) -> Mapping[str, ModelOffer]:
    root = read_yaml(path)
    offers = {name: _offer(name, node) for name, node in root.items()}
    if not offers:
        raise root.fault("offers no model; add one")
    return offers


def _offer(name: str, node: Node) -> ModelOffer:
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise node.fault(
            "is no name for a model; use small letters, digits, dots and hyphens, "
            f"and neither {' nor '.join(_RESERVED)}"
        )
    node.only(*KEYS)
    roles = node.texts("roles")
    for role in roles:
        if role not in ROLES:
            raise node.get("roles").fault(f"names {role!r}; use some of {', '.join(ROLES)}")
    return ModelOffer(
        name=name,
        provider=_one_of(node, "provider", PROVIDERS),
        model_id=node.text("model_id"),
        label=node.text("label"),
        usd_per_mtok_in=node.amount("usd_per_mtok_in"),
        usd_per_mtok_out=node.amount("usd_per_mtok_out"),
        rpm=_limit(node, "rpm"),
        tpm=_limit(node, "tpm"),
        max_in_flight=node.number("max_in_flight"),
        context_tokens=node.number("context_tokens"),
        vision=node.flag("vision"),
        roles=roles,
        structured=_one_of(node, "structured", STRUCTURED, "schema"),
        temperature=node.flag("temperature") if node.has("temperature") else True,
        effort=node.text("effort", ""),
        thinking_tokens=node.number("thinking_tokens") if node.has("thinking_tokens") else 0,
    )


def _one_of(node: Node, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    found = node.text(key, default)
    if found not in allowed:
        raise node.get(key).fault(f"is {found!r}; use one of {', '.join(allowed)}")
    return found


def _limit(node: Node, key: str) -> int | None:
    """A whole number, or null where nothing is limited; it must stand there, so none is forgot."""
    return None if node.get(key).value is None else node.number(key)
