from django import forms


class AuditFilterForm(forms.Form):
    """What the audit log can be narrowed to; an unusable value is left out of account."""

    actor = forms.CharField(
        label="Who",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "username"}),
    )
    verb = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "give verdict"}),
    )
    about = forms.CharField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "items.item 7"}),
    )
