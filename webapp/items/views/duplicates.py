"""Near-duplicates over all items."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.items import queries
from webapp.items.alike import Case, Tissue, overview
from webapp.items.likeness import NEAR
from webapp.items.models import Item, Revision
from webapp.items.worddiff import diff

CASES_PER_PAGE = 20
LISTED = 12


@require_GET
@requires(Permission.SEE_KEYS)
def list_duplicates(request: PersonRequest) -> HttpResponse:
    """Cases of like wording, those about the same tissue first."""
    found = overview().cases
    counts = [(one, len([case for case in found if case.tissue == one])) for one in Tissue]
    asked = request.GET.get("tissue", "")
    wanted = asked if asked in set(Tissue) else ""
    shown = [case for case in found if case.tissue == wanted] if wanted else found
    page = Paginator(shown, CASES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "cases": _to_show(page.object_list),
        "tissue": wanted,
        "tabs": counts,
        "total": len(found),
        "near": NEAR,
    }
    return render(request, "items/duplicates.html", context)


def _to_show(cases: Iterable[Case]) -> list[dict[str, object]]:
    listed = list(cases)
    first = [ids[0] for case in listed for ids in (case.items, case.others) if ids]
    shown = [pk for case in listed for ids in (case.items, case.others) for pk in ids[:LISTED]]
    items = queries.items_with_everything().in_bulk(shown)
    texts = {pk: items[pk].current for pk in first if pk in items}
    return [
        {
            "case": case,
            "left": [items[pk] for pk in case.items[:LISTED] if pk in items],
            "right": [items[pk] for pk in case.others[:LISTED] if pk in items],
            "more_left": max(0, len(case.items) - LISTED),
            "more_right": max(0, len(case.others) - LISTED),
            "doubled": _doubled(items[pk] for pk in (*case.items, *case.others) if pk in items),
            "revision": texts.get(case.items[0]),
            "changes": _changes(case, texts),
        }
        for case in listed
    ]


def _doubled(items: Iterable[Item]) -> set[int]:
    """The triplets that more than one of the items is about, twins of one group aside."""
    asked: dict[int, set[object]] = defaultdict(set)
    for item in items:
        asked[item.triplet_id].add(item.twin_group or item.pk)
    return {triplet for triplet, keys in asked.items() if len(keys) > 1}


def _changes(case: Case, texts: dict[int, Revision]) -> Sequence[object]:
    """The stem and the options as word diffs, for two wordings."""
    if not case.others or not {case.items[0], case.others[0]} <= set(texts):
        return ()
    one, other = texts[case.items[0]], texts[case.others[0]]
    pairs = zip(_options(one), _options(other), strict=True)
    return [diff(one.stem, other.stem), *(diff(a, b) for a, b in pairs)]


def _options(revision: Revision) -> list[str]:
    """In alphabetical order, so that the same options stand beside each other."""
    return sorted(option["text"] for option in revision.options)
