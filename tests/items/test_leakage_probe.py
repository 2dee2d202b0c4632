"""The probe that screens: what it has seen, what it says, and how it is kept."""

from dataclasses import replace

import pytest

from tests.items.leaks import fair, phrase, question_set
from webapp.items.leakage import MARGIN, FoldedProbe, ProbeError, fit_probe
from webapp.items.leakage.packing import pack, unpack
from webapp.items.mcq import Mcq

Set = tuple[list[Mcq], list[str]]


@pytest.fixture(scope="module")
def leaky() -> Set:
    return question_set(phrase)


@pytest.fixture(scope="module")
def probe(leaky: Set) -> FoldedProbe:
    return fit_probe(*leaky)


def lead(scores: tuple[float, ...]) -> float:
    second, best = sorted(scores)[-2:]
    return best - second


def test_scores_are_probabilities_in_the_order_of_the_options(
    leaky: Set, probe: FoldedProbe
) -> None:
    items, patients = leaky
    scores = probe.scores(items[0], patients[0])
    assert sum(scores) == pytest.approx(1)
    turned = replace(items[0], options=items[0].options[::-1])
    assert probe.scores(turned, patients[0]) == scores[::-1]


def test_a_leak_is_singled_out_in_questions_of_any_patient(leaky: Set, probe: FoldedProbe) -> None:
    items, patients = leaky
    for mcq, patient in zip(items[:12], patients[:12], strict=True):
        for asked in (patient, "somebody new"):
            scores = probe.scores(mcq, asked)
            assert mcq.option_ids[scores.index(max(scores))] == mcq.key
            assert lead(scores) > MARGIN


def test_the_verdict_does_not_change_with_the_key(leaky: Set, probe: FoldedProbe) -> None:
    (mcq, *_), (patient, *_) = leaky
    for key in mcq.option_ids:
        assert probe.scores(replace(mcq, key=key), patient) == probe.scores(mcq, patient)


def test_nobody_is_scored_by_what_was_learned_of_them(leaky: Set, probe: FoldedProbe) -> None:
    """With the keys of one patient changed, that patient's scores stay exactly as they were."""
    items, patients = leaky
    changed = [
        replace(mcq, key=next(i for i in mcq.option_ids if i != mcq.key)) if p == "p3" else mcq
        for mcq, p in zip(items, patients, strict=True)
    ]
    other = fit_probe(changed, patients)
    assert other.version != probe.version
    same = [
        (other.scores(mcq, p), probe.scores(mcq, p)) for mcq, p in zip(items, patients, strict=True)
    ]
    assert all(a == b for (a, b), p in zip(same, patients, strict=True) if p == "p3")
    assert any(a != b for (a, b), p in zip(same, patients, strict=True) if p != "p3")


def test_twins_count_as_seen(leaky: Set) -> None:
    items, patients = leaky
    twins = ["t" if p in ("p3", "p5") else "" for p in patients]
    probe = fit_probe(items, patients, twins)
    assert len({fold for _, fold in probe.patients.items()}) == 5
    assert probe.report["blocks"] == 11
    folds = [probe._folds_for(p, replace(items[0], options=())) for p in ("p3", "p5")]
    assert folds[0] == folds[1]
    assert len(folds[0]) == 1


def test_a_text_of_another_fold_gets_no_preference(leaky: Set, probe: FoldedProbe) -> None:
    items, patients = leaky
    folds = {p: probe._folds_for(p, replace(items[0], options=())) for p in patients}
    stranger = next(p for p in patients if folds[p] != folds["p0"])
    assert probe.scores(items[0], stranger) == (0.25,) * 4
    assert lead(probe.scores(items[0], "p0")) > MARGIN


def test_without_a_leak_few_options_are_singled_out() -> None:
    items, patients = question_set(fair, count=150, patients=15)
    probe = fit_probe(items, patients)
    leads = [lead(probe.scores(mcq, p)) for mcq, p in zip(items, patients, strict=True)]
    assert sum(one > MARGIN for one in leads) < 0.1 * len(leads)


def test_the_report_says_what_it_was_trained_on(probe: FoldedProbe) -> None:
    report = probe.report
    assert (report["items"], report["patients"], report["blocks"]) == (120, 12, 12)
    assert report["accuracy"] is not None
    assert report["ci95"] is not None
    assert report["ci95"][0] <= report["accuracy"] <= report["ci95"][1]
    assert report["accuracy"] > 0.9


def test_bytes_keep_everything_and_name_nobody(leaky: Set, probe: FoldedProbe) -> None:
    items, patients = leaky
    packed = probe.to_bytes()
    again = FoldedProbe.from_bytes(packed)
    assert again.version == probe.version
    assert again.report == probe.report
    assert again.to_bytes() == packed
    for mcq, patient in zip(items[:8], patients[:8], strict=True):
        assert again.scores(mcq, patient) == probe.scores(mcq, patient)
    assert set(unpack(packed, most=10**9)["patients"]) & set(patients) == set()


def test_the_same_questions_give_the_same_probe(leaky: Set, probe: FoldedProbe) -> None:
    items, patients = leaky
    assert fit_probe(items[::-1], patients[::-1]).version == probe.version


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"nothing",
        pack({"format": "crossscope-probe/1"}),
        pack({"format": "other"}),
    ],
)
def test_damaged_bytes_are_refused_in_a_sentence(damaged: bytes) -> None:
    with pytest.raises(ProbeError, match="no stored probe; train one again"):
        FoldedProbe.from_bytes(damaged)


def test_changed_bytes_are_refused(probe: FoldedProbe) -> None:
    document = unpack(probe.to_bytes(), most=10**9)
    document["ngrams"]["terms"].pop()
    with pytest.raises(ProbeError, match="differ in number"):
        FoldedProbe.from_bytes(pack(document))
    with pytest.raises(ProbeError):
        FoldedProbe.from_bytes(probe.to_bytes()[:-20])
    document = unpack(probe.to_bytes(), most=10**9)
    document["stack"][""]["f4"] = "AAAA"
    with pytest.raises(ProbeError):
        FoldedProbe.from_bytes(pack(document))


@pytest.mark.parametrize(("count", "patients"), [(40, 10), (120, 2)])
def test_too_little_is_said(count: int, patients: int) -> None:
    with pytest.raises(ProbeError, match=f"{count} questions in {patients} blocks"):
        fit_probe(*question_set(phrase, count=count, patients=patients))


def test_three_options_have_no_scores(leaky: Set, probe: FoldedProbe) -> None:
    mcq = replace(leaky[0][0], options=leaky[0][0].options[:3])
    with pytest.raises(ProbeError, match="3 options"):
        probe.scores(mcq, "p0")
