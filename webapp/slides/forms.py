"""What people send about slides and imports."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from webapp.slides import queries
from webapp.slides.geometry import PLAUSIBLE_MPP
from webapp.slides.models import Import

SORTS = {
    "name": "Name",
    "-created_at": "Newest first",
    "-triplet_count": "Most triplets",
}


class SlideFilterForm(forms.Form):
    """The filters of the slide list; a value that is not on offer filters nothing."""

    q = forms.CharField(
        required=False,
        label="Search",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Name or patient"}),
    )
    organ = forms.ChoiceField(required=False)
    file = forms.ChoiceField(
        required=False,
        label="File",
        choices=[("", "With or without"), ("yes", "With its file"), ("no", "Known by name")],
    )
    sort = forms.ChoiceField(required=False, choices=list(SORTS.items()))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        organs = [(organ, organ.replace("_", " ")) for organ in queries.organs()]
        self.declared("organ").choices = [("", "All organs"), *organs]

    def declared(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared above
        return field

    def filters(self) -> dict[str, str]:
        """Usable values only."""
        self.is_valid()
        return {name: str(self.cleaned_data.get(name, "") or "") for name in self.fields}


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files in one input."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(ManyFilesField, self).clean(file, initial) for file in files]


class FilesForm(forms.Form):
    """Files by upload (whole, or sent before in pieces) or from the inbox folder."""

    chosen = ManyFilesField(required=False, label="Files from this computer")
    upload = forms.UUIDField(required=False, widget=forms.HiddenInput)
    inbox = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inbox = self.fields["inbox"]
        assert isinstance(inbox, forms.MultipleChoiceField)  # noqa: S101  declared above
        inbox.choices = [(name, name) for name in queries.inbox_files() if self.offers(name)]

    def offers(self, name: str) -> bool:
        """Whether the file of the inbox may be chosen here."""
        return True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not any(cleaned.get(name) for name in ("chosen", "upload", "inbox")):
            raise forms.ValidationError("Choose at least one file, here or from the inbox folder.")
        return cleaned

    def whole_files(self) -> "list[UploadedFile[Any]]":
        return list(self.cleaned_data.get("chosen") or [])


class ImportForm(FilesForm):
    """What the files are, and what a person says of the slides."""

    kind = forms.ChoiceField(
        choices=[
            (Import.Kind.SLIDES.value, "Slides"),
            (Import.Kind.CAPTIONS.value, "Captions"),
        ],
        widget=forms.RadioSelect,
        initial=Import.Kind.SLIDES.value,
    )
    mpp = forms.FloatField(
        required=False,
        label="Resolution (µm per pixel)",
        help_text="Only for slides whose file does not say it.",
        min_value=PLAUSIBLE_MPP[0],
        max_value=PLAUSIBLE_MPP[1],
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    organ = forms.CharField(required=False, max_length=100)
    stain = forms.CharField(required=False, max_length=100, help_text="H&E when left empty.")
    patient = forms.CharField(
        required=False,
        max_length=200,
        help_text="Key of the patient of all these slides; each is its own when left empty.",
    )

    def details(self) -> dict[str, Any]:
        """Options of the import that were filled in."""
        named = {name: self.cleaned_data.get(name) for name in ("mpp", "organ", "stain", "patient")}
        if self.cleaned_data["kind"] != Import.Kind.SLIDES:
            return {}
        return {name: value for name, value in named.items() if value not in (None, "")}

    @property
    def kind_of_import(self) -> Import.Kind:
        return Import.Kind(self.cleaned_data["kind"])
