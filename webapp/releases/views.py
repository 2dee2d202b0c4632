"""Pages of releases. A release holds keys, so they are for people who may see keys."""

import re
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput, Conflict
from webapp.core.events import history
from webapp.items.lettering import letter_of
from webapp.items.queries import item_to_show
from webapp.releases import actions, audit, queries
from webapp.releases.forms import FreezeForm, PolicyForm, fresh_values
from webapp.releases.models import Release, ReleaseItem
from webapp.releases.states import UNFINISHED, ReleaseState
from webapp.releases.writer import Archive, archive_of, manifest_fault, release_folder

RELEASES_PER_PAGE = 30
ITEMS_PER_PAGE = 50
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@require_GET
@requires(Permission.SEE_KEYS)
def list_releases(request: PersonRequest) -> HttpResponse:
    pages = Paginator(queries.releases_newest_first(), RELEASES_PER_PAGE)
    context = {
        "page": pages.get_page(request.GET.get("page")),
        "may_freeze": request.user.may(Permission.FREEZE_RELEASES),
    }
    return render(request, "releases/list.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.FREEZE_RELEASES)
def freeze(request: PersonRequest) -> HttpResponse:
    form = FreezeForm(request.POST if request.method == "POST" else None, initial=fresh_values())
    if form.is_valid():
        try:
            release = actions.freeze_release(
                form.cleaned_data["name"],
                seed=form.cleaned_data["seed"],
                ratios=form.ratios,
                notes=form.cleaned_data["notes"],
                by=request.user,
                expected_number=form.cleaned_data["number"],
            )
        except BadInput as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Release {release.number} is frozen and being built.")
            return redirect("releases:show", release.number)
    status = 422 if form.is_bound else 200
    return render(request, "releases/freeze.html", {"form": form}, status=status)


@require_GET
@requires(Permission.FREEZE_RELEASES)
def preview_part(request: PersonRequest) -> HttpResponse:
    """What freezing with this seed and these shares would give."""
    form = PolicyForm(request.GET)
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        preview = queries.preview_release(seed=form.cleaned_data["seed"], ratios=form.ratios)
        bars = audit.leak_bars(preview.leakage, by_dimension=False)
        context |= {
            "preview": preview,
            "leak_bars": bars,
            "leak_maximum": audit.leak_maximum(bars),
        }
    return render(request, "releases/_preview.html", context)


@require_GET
@requires(Permission.SEE_KEYS)
def show(request: PersonRequest, number: int) -> HttpResponse:
    release = queries.release_numbered(number)
    pages = Paginator(queries.members_of(release), ITEMS_PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        **_progress_context(request, release),
        **_audit_context(release),
        "page": page,
        "rows": [(member, _key_letter(member)) for member in page],
        "history": history(release),
    }
    return render(request, "releases/show.html", context)


@require_GET
@requires(Permission.SEE_KEYS)
def progress_part(request: PersonRequest, number: int) -> HttpResponse:
    """The live part of the page; once the build is over it asks for the whole page."""
    release = queries.release_numbered(number)
    response = render(request, "releases/_progress.html", _progress_context(request, release))
    if release.state not in UNFINISHED:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@requires(Permission.FREEZE_RELEASES)
def retry(request: PersonRequest, number: int) -> HttpResponse:
    actions.retry_release(queries.release_numbered(number), by=request.user)
    return redirect("releases:show", number)


@require_safe
@requires(Permission.SEE_KEYS)
def download(request: PersonRequest, number: int) -> HttpResponse:
    """The release as one zip; a broken download goes on where it stopped (RFC 9110, ranges)."""
    release = queries.release_numbered(number)
    archive = _archive(release)
    etag = f'"{release.manifest_sha256}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="crosscope-r{number}.zip"',
    }
    if etag in request.headers.get("If-None-Match", ""):
        return HttpResponse(status=304, headers=headers)
    span = _asked_range(request, etag, archive.size)
    if span is None:
        whole = {"Content-Length": str(archive.size)}
        return _stream(request, archive, (0, archive.size), 200, headers | whole)
    start, stop = span
    if start >= stop:
        return HttpResponse(
            status=416, headers=headers | {"Content-Range": f"bytes */{archive.size}"}
        )
    part = {
        "Content-Length": str(stop - start),
        "Content-Range": f"bytes {start}-{stop - 1}/{archive.size}",
    }
    return _stream(request, archive, span, 206, headers | part)


@require_GET
@requires(Permission.SEE_KEYS)
def item_part(request: PersonRequest, item_id: int) -> HttpResponse:
    """For the item page: the releases that hold the item."""
    item = item_to_show(item_id, request.user)
    return render(request, "releases/_item.html", {"members": queries.memberships_of(item)})


@require_GET
@requires(Permission.SEE_KEYS)
def summary(request: PersonRequest) -> HttpResponse:
    """For the home page: the newest releases."""
    newest = queries.releases_newest_first()[:5]
    return render(request, "releases/_summary.html", {"releases": newest})


def _progress_context(request: PersonRequest, release: Release) -> dict[str, Any]:
    return {
        "release": release,
        "live": release.state in UNFINISHED,
        "may_freeze": request.user.may(Permission.FREEZE_RELEASES),
    }


def _audit_context(release: Release) -> dict[str, Any]:
    if release.audit is None:
        return {}
    leakage = release.audit["leakage"]
    gate = release.audit.get("gate")
    by_dimension = audit.leak_bars(leakage, by_dimension=True, gate=gate)
    return {
        "gate": audit.gate_told(release.audit),
        "facets": audit.facets(release.audit),
        "leak_rows": audit.leak_rows(leakage, gate),
        "leak_bars": audit.leak_bars(leakage, by_dimension=False, gate=gate),
        "leak_bars_by_dimension": by_dimension,
        "leak_maximum": audit.leak_maximum(by_dimension),
        "size_rows": audit.size_rows(release.audit),
        "lint_rows": audit.lint_rows(release.audit),
    }


def _key_letter(member: ReleaseItem) -> str:
    return letter_of(member.lettering, member.revision.key)


def _archive(release: Release) -> Archive:
    """The zip of a ready release whose folder is the one that was built.

    Raises:
        Conflict: there is nothing to download, or it is not what was released.
    """
    if release.state != ReleaseState.READY:
        raise Conflict(f"Release {release.number} is {release.state}; wait until it is ready.")
    folder = release_folder(Path(settings.RELEASES_ROOT), release.number)
    fault = manifest_fault(folder, release.manifest_sha256)
    if fault is not None:
        raise Conflict(f"Release {release.number} cannot be downloaded: {fault}")
    return archive_of(folder)


def _asked_range(request: HttpRequest, etag: str, size: int) -> tuple[int, int] | None:
    """Start and stop of the one range asked for; None for the whole. An empty range (start not
    below stop) cannot be satisfied."""
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or not any(match.groups()):
        return None
    if request.headers.get("If-Range", etag) != etag:
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


def _stream(
    request: HttpRequest,
    archive: Archive,
    span: tuple[int, int],
    status: int,
    headers: dict[str, str],
) -> HttpResponse:
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers, content_type="application/zip")
    streamed = StreamingHttpResponse(
        archive.read(*span), status=status, headers=headers, content_type="application/zip"
    )
    return cast(HttpResponse, streamed)  # both are HttpResponseBase; a guarded view says less
