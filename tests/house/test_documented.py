"""Documentation is complete: settings, commands, queues."""

import re

from deploy.demo import QUEUES
from tests.house.tree import ROOT
from webapp import settings
from webapp.core.env import Env

EXAMPLE = (ROOT / "deploy" / "env.example").read_text()
NAMED = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE))
# Read by compose.yaml or by the containers' servers, not by our settings.
COMPOSE_ONLY = {"POSTGRES_PASSWORD", "SITE_HOST", "HTTP_PORT", "WEB_WORKERS", "WORKER_THREADS"}


def documentation() -> str:
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return "\n".join(page.read_text() for page in pages)


def test_every_setting_is_in_the_example() -> None:
    assert set(Env.model_fields) - NAMED == set()


def test_the_example_names_no_setting_that_does_not_exist() -> None:
    assert NAMED - set(Env.model_fields) - COMPOSE_ONLY == set()


def test_every_variable_that_compose_asks_for_is_in_the_example() -> None:
    compose = (ROOT / "deploy" / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{([A-Z_]+)", compose)) <= NAMED


def test_every_command_is_documented() -> None:
    commands = {path.stem for path in (ROOT / "webapp").glob("*/management/commands/[a-z]*.py")}
    text = documentation()
    assert {name for name in commands if name not in text} == set()


def test_every_queue_has_a_worker_in_the_demo_and_in_compose() -> None:
    queues = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert queues == set(QUEUES)
    compose = (ROOT / "deploy" / "compose.yaml").read_text()
    listed = ",".join(re.findall(r"-Q\s+(\S+)", compose)).split(",")
    assert queues == set(listed)
