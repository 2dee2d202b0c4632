"""The learned probe of a batch: trained once, when it is first taken up, on what is accepted by
then."""

from webapp.generation.actions.probes import keep_probe
from webapp.items.leakage import FoldedProbe, ProbeError, fit_probe
from webapp.items.queries import accepted_questions
from workers.batch.run import Run

MOST_ITEMS = 3_000
"""The newest ones; more teach little (FINDINGS' learning curve) and take long."""


def train_probe(run: Run) -> tuple[str, ...]:
    """Train and keep it; a note for the curator where that was not possible."""
    if not run.config.use_probe or run.batch.probe_id is not None:
        return ()
    accepted = list(accepted_questions(MOST_ITEMS))

    def tell(done: int, total: int) -> None:
        run.tell("probe", done, total)
        run.beat()

    tell(0, 0)
    try:
        probe = fit_probe(
            [one.mcq for one in accepted],
            [one.patient for one in accepted],
            [one.twin_group for one in accepted],
            seed=run.batch.seed,
            progress=tell,
        )
    except ProbeError as error:
        return (f"Not screened by the learned probe: {error}",)
    keep_probe(
        run.batch,
        digest=probe.version,
        weights=probe.to_bytes(),
        report=dict(probe.report),
        by=run.by,
    )
    return ()


def probe_of(run: Run) -> FoldedProbe | None:
    """The one kept for the batch."""
    fit = run.batch.probe
    return None if fit is None else FoldedProbe.from_bytes(bytes(fit.weights))
