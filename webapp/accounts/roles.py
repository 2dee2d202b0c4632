"""Who may do what: one table. Roles become Django groups, permissions Django permissions."""

from enum import StrEnum

from webapp.core.labelled import Labelled


class Permission(Labelled):
    """Codename of a permission of the app `accounts`; the label tells what it allows."""

    REVIEW_ITEMS = "review_items", "Can review items blind"
    SEE_KEYS = "see_keys", "Can see keys, captions and screenings"
    IMPORT_SLIDES = "import_slides", "Can import slides, captions and questions"
    LAUNCH_BATCHES = "launch_batches", "Can launch generation batches"
    EDIT_ITEMS = "edit_items", "Can revise items"
    FREEZE_RELEASES = "freeze_releases", "Can freeze releases"
    READ_AUDIT = "read_audit", "Can read the audit log"
    MANAGE_PEOPLE = "manage_people", "Can manage people and roles"


class Role(StrEnum):
    PATHOLOGIST = "pathologist"
    CURATOR = "curator"
    ADMIN = "admin"


# No role both sees keys and reviews: a reviewer must be blind.
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.PATHOLOGIST: frozenset({Permission.REVIEW_ITEMS}),
    Role.CURATOR: frozenset(
        {
            Permission.SEE_KEYS,
            Permission.IMPORT_SLIDES,
            Permission.LAUNCH_BATCHES,
            Permission.EDIT_ITEMS,
        }
    ),
    Role.ADMIN: frozenset(Permission) - {Permission.REVIEW_ITEMS},
}
