"""What a reviewer's browser sends, as plain values."""

from typing import Any

from django import forms

from webapp.core.errors import BadInput


class Sent(forms.Form):
    """A form that refuses as the actions do, with one sentence."""

    duration_s = forms.FloatField(required=False)

    def values(self) -> dict[str, Any]:
        """The cleaned data.

        Raises:
            BadInput: a field cannot be read; it is named.
        """
        if not self.is_valid():
            name, errors = next(iter(self.errors.items()))
            raise BadInput(f"The field “{name}” cannot be used: {errors[0]}")
        return self.cleaned_data


class AnswerForm(Sent):
    option = forms.CharField(max_length=32)


class VerdictForm(Sent):
    """All but the reasons, which are a list; the action judges them and the comment."""

    decision = forms.CharField(max_length=10)
    comment = forms.CharField(required=False, widget=forms.Textarea)

    def values(self) -> dict[str, Any]:
        # A browser sends line ends as CRLF; one verdict must not become two by that.
        cleaned = super().values()
        comment = cleaned["comment"].replace("\r\n", "\n")
        return {**cleaned, "comment": comment}


class NextForm(Sent):
    """`after` is the assignment on screen."""

    after = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
