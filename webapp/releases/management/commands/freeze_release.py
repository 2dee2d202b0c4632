from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from webapp.accounts.management.acting import ActingCommand
from webapp.accounts.models import User
from webapp.releases.actions import build_release, freeze_release
from webapp.releases.models import Release
from webapp.releases.split import RATIOS
from webapp.releases.states import ReleaseState


def ratios_from(text: str) -> tuple[float, ...]:
    """`0.7,0.1,0.2` as three numbers.

    Raises:
        CommandError: it is something else.
    """
    try:
        ratios = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise CommandError(f"--ratios {text!r} must be like 0.7,0.1,0.2") from error
    if len(ratios) != len(RATIOS):
        raise CommandError(f"--ratios {text!r} must be three numbers: train,val,test")
    return ratios


class Command(ActingCommand):
    help = "Freeze the approved items into a release and build its folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--ratios", default=",".join(map(str, RATIOS)), metavar="T,V,T")
        parser.add_argument("--notes", default="")
        super().add_arguments(parser)

    def act(self, *_args: Any, by: User, **options: Any) -> None:
        release = freeze_release(
            options["name"],
            seed=options["seed"],
            ratios=ratios_from(options["ratios"]),
            notes=options["notes"],
            by=by,
        )
        left_out = len(release.policy["excluded"])
        self.stdout.write(
            f"Release {release.number} frozen: {release.policy['items']} items, "
            f"{left_out} left out for lint errors."
        )
        self._build(release)

    def _build(self, release: Release) -> None:
        """Build here, unless a worker was quicker to take it."""
        build_release(release.pk)
        release.refresh_from_db()
        if release.state == ReleaseState.FAILED:
            raise CommandError(f"The build failed: {release.error}")
        if release.state == ReleaseState.READY:
            self.stdout.write(f"Built; MANIFEST.json has sha256 {release.manifest_sha256}")
        else:
            self.stdout.write("A worker is building it; its page shows the progress.")
