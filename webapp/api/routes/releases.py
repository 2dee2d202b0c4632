from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from webapp.accounts.roles import Permission
from webapp.api.door import api, paged, person
from webapp.api.paging import PageNumber, PerPage
from webapp.api.schemas.common import Page
from webapp.api.schemas.releases import ReleaseOut, ReleaseRow
from webapp.releases import queries
from webapp.releases.models import Release
from webapp.releases.states import ReleaseState


@api.get("/releases", response=Page[ReleaseRow], tags=["releases"])
def list_releases(request: HttpRequest, page: PageNumber, per_page: PerPage) -> dict[str, Any]:
    """Newest first."""
    person(request, Permission.SEE_KEYS)
    part = paged(queries.releases_newest_first(), page, per_page)
    return {**part, "results": [_release_row(release) for release in part["rows"]]}


@api.get("/releases/{int:number}", response=ReleaseOut, tags=["releases"])
def show_release(request: HttpRequest, number: int) -> dict[str, Any]:
    """A release by its number, with its policy and its audit."""
    person(request, Permission.SEE_KEYS)
    release = queries.release_numbered(number)
    ready = release.state == ReleaseState.READY
    return {
        **_release_row(release),
        "notes": release.notes,
        "policy": release.policy,
        "audit": release.audit,
        "download": reverse("releases:download", args=[number]) if ready else None,
    }


def _release_row(release: Release) -> dict[str, Any]:
    fields = (
        "number",
        "name",
        "state",
        "done",
        "total",
        "error",
        "manifest_sha256",
        "created_at",
        "built_at",
    )
    return {
        **{name: getattr(release, name) for name in fields},
        "items": release.policy["items"],
    }
