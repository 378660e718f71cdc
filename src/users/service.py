"""Profiles: making, reading, changing and finding them, and what two people are to each other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, union

from src import clock
from src.auth import callers as auth_callers
from src.auth import service as accounts
from src.database import ReadSession, WriteSession
from src.events import event as events
from src.feature import Role
from src.pagination import Paging, Slice, paginate
from src.users import events as users_events
from src.users import models, queries, schemas, service_follows, utils, visibility

Profile = models.Profile

# What only the person themselves is shown.
_UNSEEN = frozenset({"locale", "time_zone"})


async def create(
    session: WriteSession,
    *,
    username: str,
    password_hash: str | None,
    email: str | None = None,
    display_name: str | None = None,
    role: Role = Role.MEMBER,
    created_at: datetime | None = None,
) -> queries.Person:
    """A new account with its profile; what a person chooses passes the checks of `signup` before.

    Args:
        session: the unit of work.
        username: in its normal form.
        password_hash: None for an account that nobody can sign in to.
        email: as the person typed it.
        display_name: the username if there is none.
        role: the account's role.
        created_at: its date if that is not now, for what is brought along from elsewhere.

    Raises:
        UsernameTaken, EmailTaken: of `auth`, somebody has it already.
    """
    account = await accounts.create_account(
        session, username=username, password_hash=password_hash, email=email, role=role, created_at=created_at
    )
    profile = Profile(account_id=account.id, display_name=display_name or username, created_at=account.created_at)
    session.add(profile)
    await session.flush()
    return queries.Person(profile, username)


async def create_bot(session: WriteSession, *, username: str, display_name: str | None) -> queries.Person:
    """The same for a program, which nobody signs in to; whose it is notes whoever calls.

    Raises:
        UsernameTaken: of `auth`.
    """
    person = await create(session, username=username, password_hash=None, display_name=display_name)
    person.profile.is_bot = True
    await session.flush()
    return person


async def own(session: ReadSession, *, caller: auth_callers.Caller) -> queries.Person:
    """The caller as they stand in the database now."""
    statement = queries.people().where(Profile.account_id == caller.account_id)
    return queries.person_of((await session.execute(statement.execution_options(populate_existing=True))).one())


async def update(session: WriteSession, *, caller: auth_callers.Caller, data: schemas.ProfileUpdate) -> queries.Person:
    """Changes the caller's profile; one that becomes public accepts all who have asked to follow it."""
    changes = data.model_dump(exclude_unset=True)
    opening = changes.get("private") is False
    if opening:
        await service_follows.lock_with_requesters(session, account_id=caller.account_id)
    else:
        await service_follows.lock(session, [caller.account_id])
    profile = (await own(session, caller=caller)).profile
    changed = {name: value for name, value in changes.items() if getattr(profile, name) != value}
    for name, value in changed.items():
        setattr(profile, name, value)
    if changed.keys() - _UNSEEN:
        profile.version += 1
        event = users_events.ProfileChanged(
            actor_id=caller.account_id, account_id=caller.account_id, version=profile.version
        )
        events.publish(session, event)
    await session.flush()
    if opening:
        await service_follows.accept_all(session, caller=caller)
    return await own(session, caller=caller)


async def search(session: ReadSession, *, viewer_id: int, prefix: str, paging: Paging) -> Slice[Any]:
    """People whose username or display name begins so, by username; all of them without a prefix.

    Those between whom and the viewer a block stands are left out. Rows are for `queries.person_of`.
    """
    account, typed = queries.Account, utils.typed_name(prefix)
    statement = queries.people().where(visibility.found_by(viewer_id, account.id))
    if typed:
        # Two index look-ups; an OR over two tables would read both.
        by_username = select(account.id).where(account.username.startswith(typed, autoescape=True))
        by_name = select(Profile.account_id).where(func.lower(Profile.display_name).startswith(typed, autoescape=True))
        statement = statement.where(account.id.in_(union(by_username, by_name)))
    return await paginate(session, statement, key=account.username, paging=paging, ascending=True)


async def relationships(
    session: ReadSession, *, caller: auth_callers.Caller, account_ids: Sequence[int]
) -> list[schemas.Relationship]:
    """What the caller and these people are to each other, in the order asked for, each once.

    An id that the caller may not know of is answered like one of which there is nobody: with nothing.
    """
    parameters = {"account_ids": list(account_ids), "now": clock.now()}
    rows = await session.execute(queries.relationships(caller.account_id), parameters)
    found = {row.id: schemas.Relationship.model_validate(row) for row in rows}
    return [found[account_id] for account_id in dict.fromkeys(account_ids)]


async def relationship(session: ReadSession, *, caller: auth_callers.Caller, account_id: int) -> schemas.Relationship:
    """What the caller and this person are to each other."""
    [found] = await relationships(session, caller=caller, account_ids=[account_id])
    return found
