"""A reviewer's permit to see what lies behind a revision's key, given with the reveal.

Only the review app knows who has answered blind; apps beside it ask for this signed proof.
"""

from django.core import signing

SALT = "crosscope.reveal"
MAX_AGE_S = 12 * 3600


def reveal_permit(user_id: int, revision_id: int) -> str:
    """Proof that this person has answered this revision; for the review app to hand out."""
    return signing.dumps([user_id, revision_id], salt=SALT)


def permits_reveal(permit: str, user_id: int, revision_id: int) -> bool:
    try:
        granted = signing.loads(permit, salt=SALT, max_age=MAX_AGE_S)
    except signing.BadSignature:
        return False
    return bool(granted == [user_id, revision_id])
