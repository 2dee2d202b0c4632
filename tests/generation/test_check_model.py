import pytest
from django.core.management import CommandError
from pytest_django import Settings

from tests.commands import run
from webapp.accounts.models import User
from webapp.core.queue import Job, app
from webapp.generation.actions.calls import check_model
from webapp.generation.models import Call

pytestmark = pytest.mark.django_db


def test_a_model_that_is_not_on_offer_is_named() -> None:
    with pytest.raises(CommandError, match="no model 'gpt-0'"):
        run("check_model", "gpt-0")


@pytest.mark.django_db(transaction=True)
def test_a_model_without_a_key_is_told(settings: Settings) -> None:
    settings.LLM_KEYS = dict.fromkeys(settings.LLM_KEYS, "")
    with pytest.raises(CommandError, match=r"gpt-5 does not answer\. .*OPENAI_API_KEY"):
        run("check_model", "gpt-5")


def test_no_worker_is_not_waited_for_for_ever() -> None:
    with pytest.raises(CommandError, match="No worker has told of call"):
        run("check_model", "gpt-5", "--timeout", "0.01")
    assert Call.objects.get().stage == "check"


def test_a_check_that_a_fault_of_ours_ended_is_not_in_flight_for_ever(cleo: User) -> None:
    call = check_model("gpt-5", by=cleo)
    Call.objects.filter(pk=call.pk).update(request={"no": "request"})
    app.tasks[Job.CHECK_MODEL.value].apply(args=(call.pk,), throw=False)
    call.refresh_from_db()
    assert call.outcome == "failed"
    assert "fault of CrossScope" in call.error
