from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from ninja import Schema
from pydantic import ConfigDict, Field

from webapp.api.schemas.common import Usd
from webapp.generation.actions.batches import MAX_SEED
from webapp.generation.config import OFFLINE, RULES, BatchConfig, Scheme
from webapp.generation.dry_run import MOST_PLANNED, SHOWN
from webapp.items.mcq import Dimension

RowId = Annotated[int, Field(ge=1, lt=2**63)]
Count = Annotated[int, Field(ge=-(2**31), lt=2**31)]
BudgetIn = Annotated[
    Decimal,
    Field(decimal_places=6, max_digits=12, description="US dollars; a string keeps every digit"),
]
_DEFAULTS = BatchConfig(dimensions=(), count=0)


class ConfigIn(Schema):
    """What a batch is to make; what may be chosen is checked as on the launch page."""

    model_config = ConfigDict(extra="forbid")

    count: Count = Field(description="how many questions")
    dimensions: list[str] = Field(default=[one.value for one in Dimension])
    slides: list[RowId] = Field(default=[], description="ids; none: every slide with captions")
    scheme: Scheme = _DEFAULTS.scheme
    generator: str = Field(default=OFFLINE, description=f"a model of GET /models, or `{OFFLINE}`")
    decomposer: str = Field(default=RULES, description=f"a model of GET /models, or `{RULES}`")
    adversaries: list[str] = Field(default=[], description="models that try it without images")
    orders: Count = _DEFAULTS.orders
    rounds: Count = _DEFAULTS.rounds
    free_share: float = Field(default=_DEFAULTS.free_share, allow_inf_nan=False)
    use_probe: bool = _DEFAULTS.use_probe

    def config(self) -> BatchConfig:
        stated = self.model_dump()
        lists = ("dimensions", "slides", "adversaries")
        return BatchConfig(**{**stated, **{name: tuple(stated[name]) for name in lists}})


class BatchIn(Schema):
    model_config = ConfigDict(extra="forbid")

    config: ConfigIn
    budget_usd: BudgetIn = Field(default=Decimal(0), description="the most that it may cost")
    name: str = Field(default="", description="empty: named by its date")
    seed: int | None = Field(default=None, description="the same seed plans the same; null: drawn")


class PreviewIn(Schema):
    model_config = ConfigDict(extra="forbid")

    config: ConfigIn
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] | None = None
    show: Annotated[int, Field(ge=0, le=MOST_PLANNED)] = SHOWN


class PreviewOption(Schema):
    text: str
    is_key: bool | None = Field(description="null for people who review")


class PreviewItem(Schema):
    number: int
    triplet: str
    dimension: str
    pool: str
    twin_group: str
    balanced: bool = Field(description="false where a finding of it is true, or false, too often")
    stem: str = Field(description="of a free one the model writes its own")
    options: list[PreviewOption]


class CostOut(Schema):
    """Calls of one model in one stage: as expected, and the most that can be."""

    stage: str
    model: str
    calls: int
    most_calls: int
    usd: Usd
    most_usd: Usd


class PreviewOut(Schema):
    """The first items of a plan; where there are many triplets, of a sample of them."""

    seed: int
    triplets: int = Field(description="that could be asked about")
    read: int = Field(description="of them were")
    planned: int = Field(description="of the items asked for, at most 200 of which were tried")
    notes: list[str]
    expected_usd: Usd = Field(description="of the whole batch; assumes that few texts leak")
    most_usd: Usd = Field(description="if every text leaked in every round")
    costs: list[CostOut]
    items: list[PreviewItem]


class BudgetChange(Schema):
    model_config = ConfigDict(extra="forbid")

    budget_usd: BudgetIn


class RetryIn(Schema):
    model_config = ConfigDict(extra="forbid")

    cause: str = Field(description="as `causes` of the batch tells it")


class BatchRow(Schema):
    id: int
    name: str
    state: str
    error: str = Field(description="why it is paused or failed")
    resume_at: datetime | None = Field(description="when a pause ends by itself; null: by a person")
    total: int = Field(description="slots planned")
    done: int
    ready: int
    leaky: int
    failed: int
    budget_usd: Usd
    spent_usd: Usd
    reserved_usd: Usd = Field(description="the most that calls in flight may cost")
    seed: int
    planned: bool
    created_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class FunnelOut(Schema):
    """From asked for to ready; `ready_at_once` leaked in no round."""

    asked: int
    planned: int
    tried: int
    written: int
    ready: int
    ready_at_once: int
    leaky: int
    failed: int


class SpendOut(Schema):
    stage: str
    model: str
    calls: int
    unusable: int = Field(description="refused, blocked, cut off, malformed or failed")
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Usd


class CauseOut(Schema):
    cause: str
    count: int


class HitsOut(Schema):
    """How often an adversary hit the key; chance is a quarter."""

    adversary: str
    correct: float | None
    tries: int


class BatchOut(BatchRow):
    config: dict[str, Any]
    notes: list[str]
    progress: dict[str, Any] = Field(description="what the worker is at: stage, done, total")
    per_minute: float | None
    left_s: float | None
    funnel: FunnelOut
    spend: list[SpendOut]
    causes: list[CauseOut] = Field(description="why slots failed, the most common first")
    by_dimension: dict[str, int]
    adversaries: list[HitsOut]


class SlotRow(Schema):
    """One item that a batch is to make, without its plan."""

    number: int
    dimension: str
    pool: str
    twin_group: str
    state: str
    item_id: int | None
    slide: str
    path_id: str
    error: str
    attempts: int
