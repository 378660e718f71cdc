"""What groups hand to the house."""

from src.feature import Check, Feature, Impersonal, Owned, Permissions, Router
from src.groups import archive, bans_router, checks, constants, invites_router, members_router, models

FEATURE = Feature(
    "groups",
    (
        Router(members_router.router, prefix="/v1/groups"),
        Router(bans_router.router, prefix="/v1/groups"),
        Router(invites_router.router, prefix="/v1/groups"),
        Router(invites_router.codes_router, prefix="/v1/group-invites"),
        Permissions(constants.Permission),
        # Nobody comes back into a group by what an archive says.
        Owned(
            (models.GroupMember, models.GroupBan, models.GroupInvite),
            export=archive.export,
            erase=archive.erase,
        ),
        Impersonal((models.Group,)),
        Check("groups.members", checks.members),
    ),
)
