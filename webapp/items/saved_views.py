"""Writing saved views: names that curators give to filters of the item list."""

from django.db import transaction

from training.contract.text import text_fault
from webapp.accounts.access import require
from webapp.accounts.models import User
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.core.events import record_event
from webapp.items.models import SavedView

MAX_NAME_CHARS = 80
MAX_QUERY_CHARS = 1000
MAX_VIEWS = 100


@transaction.atomic
def save_view(*, name: str, query: str, shared: bool, by: User) -> SavedView:
    """The filters under a name; the same name again replaces the person's own view of that name.

    Raises:
        BadInput: the name or query cannot be kept, or there are too many.
    """
    require(by, Permission.SEE_KEYS)
    name = _usable_name(name)
    if len(query) > MAX_QUERY_CHARS:
        raise BadInput("These filters are too long to be saved; search for fewer words.")
    mine = SavedView.objects.select_for_update().filter(owner=by)
    if len(mine.exclude(name=name)) >= MAX_VIEWS:
        raise BadInput(f"You have {MAX_VIEWS} saved views; delete one first.")
    view, _new = SavedView.objects.update_or_create(
        owner=by, name=name, defaults={"query": query, "shared": shared}
    )
    record_event("save_view", view, by=by, after=_facts(view))
    return view


@transaction.atomic
def revise_view(view: SavedView, *, name: str, shared: bool, by: User) -> None:
    """Another name, or shared with all curators or no more.

    Raises:
        BadInput: the name cannot be used, or another view of this person has it.
    """
    require(by, Permission.SEE_KEYS)
    view = SavedView.objects.select_for_update().get(pk=view.pk, owner=by)
    before = _facts(view)
    view.name, view.shared = _usable_name(name), shared
    if SavedView.objects.filter(owner=by, name=view.name).exclude(pk=view.pk).exists():
        raise BadInput(f"You have a view named “{view.name}” already; choose another name.")
    view.save(update_fields=("name", "shared"))
    record_event("revise_view", view, by=by, before=before, after=_facts(view))


@transaction.atomic
def delete_view(view: SavedView, *, by: User) -> None:
    require(by, Permission.SEE_KEYS)
    view = SavedView.objects.select_for_update().get(pk=view.pk, owner=by)
    record_event("delete_view", view, by=by, before=_facts(view))
    view.delete()


def _facts(view: SavedView) -> dict[str, object]:
    return {"name": view.name, "query": view.query, "shared": view.shared}


def _usable_name(name: str) -> str:
    name = " ".join(name.split())
    fault = "is empty; write one" if not name else text_fault(name, limit=MAX_NAME_CHARS)
    if fault is not None:
        raise BadInput(f"The view's name {fault}.")
    return name
