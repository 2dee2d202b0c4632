"""The files that a person chose for an import, of whatever kind."""

from pathlib import Path
from uuid import UUID

from django.conf import settings

from webapp.accounts.models import User
from webapp.core.errors import BadInput
from webapp.slides.actions import uploads
from webapp.slides.forms import FilesForm


def chosen_files(form: FilesForm, *, by: User) -> list[Path]:
    """Uploaded files, or files of the inbox: not both, since only uploaded ones are moved.

    Raises:
        BadInput: both were chosen.
    """
    inbox = [Path(settings.INBOX_ROOT) / name for name in form.cleaned_data["inbox"]]
    upload: UUID | None = form.cleaned_data["upload"]
    if inbox and (upload or form.whole_files()):
        raise BadInput("Import files of this computer and of the inbox one after the other.")
    if inbox:
        return inbox
    upload = upload or uploads.start_upload(by=by)
    for file in form.whole_files():
        uploads.keep_whole_file(upload, str(file.name), file.chunks(), by=by)
    return uploads.uploaded_files(upload, by=by)
