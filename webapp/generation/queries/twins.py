"""Who shares texts with whom."""

from collections import defaultdict

from webapp.generation.models import Slot


def tied_patients() -> list[frozenset[str]]:
    """Sets of patients, by key, of whom some batch asks one text: they stay in one block."""
    groups: defaultdict[str, set[str]] = defaultdict(set)
    twins = Slot.objects.exclude(twin_group="").order_by()
    for group, patient in twins.values_list("twin_group", "triplet__slide__patient__key"):
        groups[group].add(patient)
    return sorted({frozenset(each) for each in groups.values()}, key=sorted)
