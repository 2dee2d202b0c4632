import json

from django import template

register = template.Library()


@register.filter
def pretty_json(value: object) -> str:
    """A stored change as indented JSON."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
