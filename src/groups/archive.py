"""Which groups an account belongs to, for it to take along, and how it leaves all of them."""

from sqlalchemy import delete, or_, select, update

from src.database import WriteSession
from src.feature import Statements
from src.groups import models, service
from src.groups.constants import SERVER, Departure

Group, Member, Ban, Invite = models.Group, models.GroupMember, models.GroupBan, models.GroupInvite


def export(account_id: int) -> Statements:
    """The account's memberships, who is banned where by whom as far as it concerns them, and their open invites."""
    invite = [column for column in Invite.__table__.columns if column is not Invite.__table__.c.digest]
    return {
        "group_members": select(Member.__table__, Group.kind)
        .join_from(Member.__table__, Group, Group.id == Member.group_id)
        .where(Member.account_id == account_id)
        .order_by(Member.group_id),
        "group_bans": select(Ban.__table__)
        .where(or_(Ban.account_id == account_id, Ban.by_id == account_id))
        .order_by(Ban.group_id, Ban.account_id),
        "group_invites": select(*invite).where(Invite.created_by_id == account_id).order_by(Invite.id),
    }


async def erase(session: WriteSession, account_id: int) -> None:
    """Leaves all groups, the fixed ones too, with a successor where the account is the owner; keeps no ban of it."""
    mine = select(Member.group_id).where(Member.account_id == account_id)
    held = select(Group).where(Group.id.in_(mine)).order_by(Group.id).with_for_update(key_share=True, of=Group)
    groups = (await session.scalars(held.execution_options(populate_existing=True))).all()
    # Whoever was sent away while the locks were waited for is not there any more.
    left = set(await session.scalars(mine))
    for group in groups:
        if group.id in left:
            await service.depart(session, group, account_id=account_id, by_id=SERVER, how=Departure.ERASED)
    for statement in (
        delete(Ban).where(Ban.account_id == account_id),
        update(Ban).where(Ban.by_id == account_id).values(by_id=None),
    ):
        await session.execute(statement)
