"""The law of membership: whatever people do in whatever order, a group is as a plain model of its rules says."""

from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from src.config import override
from src.database import WriteSession
from src.events import event
from src.exceptions import HearthError
from src.groups import events, membership, models, service
from src.groups.config import GroupsSettings
from src.groups.constants import GroupRole
from tests.groups.steps import CIRCLE, A, M, O, nothing_is_wrong
from tests.hearth import Hearth

pytestmark = pytest.mark.integration

PEOPLE, PLACES = 5, 4
_PERSON = st.integers(0, PEOPLE - 1)
_ACT = st.sampled_from(["join", "add", "leave", "remove", "ban", "unban", "promote", "demote", "transfer"])
_RANKING = {"promote", "demote", "transfer"}
_ACTS = st.lists(st.tuples(_ACT, _PERSON, _PERSON), max_size=25)


@dataclass
class Model:
    """The rules in plain words: members in the order in which they came, and who is banned."""

    roles: dict[int, GroupRole]
    banned: set[int] = field(default_factory=set)

    def run(self, act: str, by: int, whom: int) -> str | None:
        """Does it, or says by which code it is refused."""
        if act == "join":
            return self._enter(by, "banned_from_group")
        role, theirs = self.roles.get(by), self.roles.get(whom)
        if role is None:
            return "group_not_found"
        least = O if act in _RANKING else (M if act == "leave" else A)
        if role < least or (act in {"remove", "ban"} and theirs is not None and theirs >= role):
            return "group_role_too_low"
        if act == "add":
            return self._enter(whom, "member_is_banned")
        if act in _RANKING:
            return self._rank(act, by, whom)
        self._go(act, by if act == "leave" else whom)
        return None

    def _rank(self, act: str, by: int, whom: int) -> str | None:
        if whom not in self.roles:
            return "group_member_not_found"
        if act == "transfer":
            self.roles[by] = A
            self.roles[whom] = O
        elif self.roles[whom] is O:
            return "group_owner_stays"
        else:
            self.roles[whom] = A if act == "promote" else M
        return None

    def _go(self, act: str, whom: int) -> None:
        if act == "unban":
            self.banned.discard(whom)
            return
        if act == "ban":
            self.banned.add(whom)
        if whom in self.roles:
            self._depart(whom)

    def _enter(self, who: int, if_banned: str) -> str | None:
        if who in self.roles:
            return None
        if who in self.banned:
            return if_banned
        if not self.roles:
            return "group_not_found"
        if len(self.roles) == PLACES:
            return "group_is_full"
        self.roles[who] = M
        return None

    def _depart(self, who: int) -> None:
        if self.roles.pop(who) is O and self.roles:
            admins = [id_ for id_, role in self.roles.items() if role is A]
            self.roles[(admins or list(self.roles))[0]] = O


async def _run(session: WriteSession, group_id: int, act: str, by: int, whom: int) -> None:
    if act in {"join", "add"}:
        enter = service.join if act == "join" else service.add
        await enter(session, group_id=group_id, account_id=by if act == "join" else whom, by_id=by)
    elif act == "leave":
        await service.leave(session, group_id=group_id, account_id=by)
    elif act in {"promote", "demote"}:
        role = A if act == "promote" else M
        await service.set_role(session, group_id=group_id, account_id=whom, role=role, by_id=by)
    elif act == "transfer":
        await service.transfer(session, group_id=group_id, account_id=whom, by_id=by)
    else:
        does = {"remove": service.remove, "ban": service.ban, "unban": service.unban}[act]
        await does(session, group_id=group_id, account_id=whom, by_id=by)


def _heard(roles: dict[int, GroupRole], noted: list[event.Noted]) -> dict[int, GroupRole]:
    """Who belongs to a group for somebody who only hears its events."""
    heard = dict(roles)
    for one in noted:
        match one.event:
            case events.MemberJoined(account_id=account_id):
                assert account_id not in heard
                heard[account_id] = M
            case events.MemberLeft(account_id=account_id):
                del heard[account_id]
            case events.RoleChanged(account_id=account_id, role=role):
                assert heard[account_id] is not role
                heard[account_id] = role
            case events.GroupEmptied():
                assert heard == {}
            case other:
                pytest.fail(f"{other} is no news of a group")
    return heard


async def _state(session: WriteSession, group_id: int) -> tuple[dict[int, GroupRole], set[int]]:
    member, ban = models.GroupMember, models.GroupBan
    rows = await session.execute(select(member.account_id, member.role).where(member.group_id == group_id))
    banned = await session.scalars(select(ban.account_id).where(ban.group_id == group_id))
    return {row.account_id: row.role for row in rows}, set(banned)


@pytest.fixture
async def people(hearth: Hearth) -> list[int]:
    """The same people for all examples."""
    return [(await hearth.account()).id for _ in range(PEOPLE)]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=_ACTS)
async def test_a_group_is_as_its_rules_say(hearth: Hearth, people: list[int], acts: list[tuple[str, int, int]]) -> None:
    model = Model({people[0]: O, people[1]: M})
    with override(GroupsSettings, group_max_members=PLACES):
        async with hearth.database.write() as session:
            group = await service.found(session, kind=CIRCLE, owner_id=people[0], others=[people[1]])
            before = dict(model.roles)
            for act, one, other in acts:
                expected, refused = model.run(act, people[one], people[other]), None
                try:
                    await _run(session, group.id, act, people[one], people[other])
                except HearthError as error:
                    refused = str(error.code)
                assert refused == expected, (act, one, other)
                assert await _state(session, group.id) == (model.roles, model.banned)
                assert _heard(before, event.noted(session)) == model.roles
            seen = [await session.scalar(select(membership.is_member(literal(group.id), id_))) for id_ in (*people, 0)]
    assert seen == [id_ in model.roles for id_ in (*people, 0)]
    await nothing_is_wrong(hearth)
