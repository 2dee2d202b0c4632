"""Large files in pieces; see webapp.slides.actions.uploads."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from webapp.accounts.access import PersonRequest, requires
from webapp.accounts.roles import Permission
from webapp.core.errors import BadInput
from webapp.slides.actions import uploads

OFFSET_HEADER = "Upload-Offset"
MAX_DIGITS = 18


@require_POST
@requires(Permission.IMPORT_SLIDES)
def start(request: PersonRequest) -> HttpResponse:
    return JsonResponse({"upload": str(uploads.start_upload(by=request.user))})


@require_http_methods(["GET", "PUT"])
@requires(Permission.IMPORT_SLIDES)
def piece(request: PersonRequest, upload: UUID, name: str) -> HttpResponse:
    """PUT a piece at the offset named in the header; GET how much is there."""
    if request.method == "GET":
        size = uploads.uploaded_size(upload, name, by=request.user)
    else:
        offset = _offset(request.headers.get(OFFSET_HEADER, ""))
        size = uploads.append_piece(upload, name, offset, request.body, by=request.user)
    return JsonResponse({"size": size})


def _offset(header: str) -> int:
    if not header.isascii() or not header.isdigit() or len(header) > MAX_DIGITS:
        raise BadInput(f"The header {OFFSET_HEADER} must be a whole number of bytes.")
    return int(header)
