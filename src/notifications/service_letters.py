"""What leaves by mail: a letter for what is urgent, or a digest, made of what is still there and unread at its time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from src import clock
from src.config import Settings, of
from src.database import WriteSession
from src.mail import service as mail_service
from src.models import first_id_at
from src.notifications import models, queries, service_deliveries, service_inbox, service_preferences
from src.notifications.constants import DIGEST_GROUPS, DIGEST_LAG, MAIL_PAUSE, NAMED, Channel, Frequency
from src.notifications.kinds import Catalogue

_TEMPLATE = "digest"
_URGENT = frozenset({Frequency.IMMEDIATELY})
_DIGESTS = frozenset({Frequency.DAILY, Frequency.WEEKLY})


async def send(session: WriteSession, catalogue: Catalogue, claimed: Sequence[service_deliveries.Claimed]) -> None:
    """Makes at most one letter to one person out of deliveries of theirs, which are all digests or all none.

    It is held while it is quiet for them, and not written if they do not want it any more or if nothing is left to
    tell. The letter, the end of the deliveries and the next one's beginning are one transaction.
    """
    held = await service_deliveries.hold(session, claimed)
    if not held:
        return
    first, now = held[0], clock.now()
    wishes = await service_preferences.wishes(session, first.account_id)
    mail = None if wishes is None else wishes.mail
    expected = _DIGESTS if first.digest else _URGENT
    if wishes is None or mail is None or wishes.email is None or mail.frequency not in expected:
        await service_deliveries.withdraw(session, held)
        return
    quiet_until = wishes.quiet_until(now)
    if quiet_until is not None:
        await service_deliveries.postpone(session, held, until=quiet_until)
        return
    reader = queries.Reader(first.account_id, catalogue, now)
    kinds = frozenset(kind for kind in catalogue.kinds if wishes.wants(kind, Channel.MAIL))
    wanted = replace(_due(mail, held, now), kinds=kinds, unread=True)
    groups = await service_inbox.newest_groups(session, reader=reader, wanted=wanted, limit=DIGEST_GROUPS + 1)
    if not groups:
        await service_deliveries.withdraw(session, held)
        return
    await mail_service.enqueue(session, _letter(first, wishes, wishes.email, groups))
    mail.pause_until = now + MAIL_PAUSE
    await service_deliveries.complete(session, held)


def _due(mail: models.Subscription, held: Sequence[service_deliveries.Claimed], now: datetime) -> queries.Wanted:
    """What the letter is about. A digest goes on from where the last one ended, and notes how far it goes."""
    if not held[0].digest:
        return queries.Wanted(ids=[one.notification_id for one in held if one.notification_id is not None])
    since, mail.told_id = mail.told_id, first_id_at(now - DIGEST_LAG)
    return queries.Wanted(after=since, up_to=mail.told_id)


def _letter(
    first: service_deliveries.Claimed,
    wishes: service_preferences.Wishes,
    email: str,
    groups: Sequence[service_inbox.Gathered],
) -> mail_service.Letter:
    return mail_service.Letter(
        to=email,
        template=_TEMPLATE,
        locale=wishes.locale,
        values={
            "name": wishes.display_name,
            "digest": first.digest,
            "entries": [_entry(group) for group in groups[:DIGEST_GROUPS]],
            "more": len(groups) > DIGEST_GROUPS,
            "link": of(Settings).hearth_url or "",
        },
        key=f"notifications:{first.id}",
    )


def _entry(group: service_inbox.Gathered) -> dict[str, object]:
    names = [person.profile.display_name for person in group.people]
    return {
        "kind": group.kind,
        "people": names,
        # As far as anybody has counted.
        "others": max(0, group.count - len(names)) if len(names) == NAMED else 0,
        "excerpt": group.excerpt or "",
    }
