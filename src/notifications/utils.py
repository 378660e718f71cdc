"""How notifications are written out."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from src.models import instant_of
from src.notifications import schemas, service_inbox, service_preferences
from src.notifications.constants import COUNTED, DIGEST_HOUR, Channel, Frequency, Weekday
from src.notifications.kinds import Catalogue, Place
from src.users import utils as users_utils


def notification_read(
    row: Row[*tuple[Any, ...]], catalogue: Catalogue, listed: service_inbox.Listed
) -> schemas.NotificationRead:
    """One notification of a page, of which all were listed together."""
    found = row.Notification
    excerpt = service_inbox.excerpt_of(catalogue, listed.excerpts, found.kind, found.subject_id)
    return schemas.NotificationRead(
        id=found.id,
        kind=found.kind,
        group=found.group_key,
        created_at=instant_of(found.id),
        read=found.read_at is not None,
        actor=None if row.Profile is None else users_utils.author(row.Profile, row.username),
        subject=_subject(
            catalogue, found.kind, found.subject_id, excerpt, listed.places.get((found.kind, found.subject_id), ())
        ),
    )


def group_read(group: service_inbox.Gathered, catalogue: Catalogue) -> schemas.GroupRead:
    """One group of a page."""
    return schemas.GroupRead(
        key=group.key,
        kind=group.kind,
        subject=_subject(catalogue, group.kind, group.subject_id, group.excerpt, group.places),
        count=min(group.count, COUNTED),
        more=group.count > COUNTED,
        unread=min(group.unread, COUNTED),
        newest_id=group.newest_id,
        created_at=instant_of(group.newest_id),
        people=[users_utils.author(person.profile, person.username) for person in group.people],
    )


def unread_read(count: int) -> schemas.UnreadRead:
    """What a badge shows."""
    return schemas.UnreadRead(count=min(count, COUNTED), more=count > COUNTED)


def preferences_read(wishes: service_preferences.Wishes, catalogue: Catalogue) -> schemas.PreferencesRead:
    """All that a person may wish, as they wish it."""
    mail, quiet = wishes.mail, wishes.quiet
    return schemas.PreferencesRead(
        kinds=[
            schemas.KindPreferenceRead(
                kind=kind, inbox=wishes.wants(kind, Channel.INBOX), mail=wishes.wants(kind, Channel.MAIL)
            )
            for kind in catalogue.kinds
        ],
        mail=schemas.MailRead(
            frequency=Frequency.OFF if mail is None else Frequency(mail.frequency),
            hour=DIGEST_HOUR if mail is None else mail.hour,
            weekday=Weekday.MONDAY if mail is None else tuple(Weekday)[mail.weekday],
            reachable=wishes.email is not None,
        ),
        quiet_hours=None
        if quiet is None
        else schemas.QuietHoursRead(start=quiet.start.isoformat("minutes"), end=quiet.end.isoformat("minutes")),
        time_zone=wishes.time_zone,
    )


def _subject(
    catalogue: Catalogue, kind: str, subject_id: int | None, excerpt: str | None, places: Sequence[Place]
) -> schemas.SubjectRead | None:
    subject = catalogue.subject_of(kind)
    if subject is None or subject_id is None:
        return None
    return schemas.SubjectRead(
        kind=subject.name,
        id=subject_id,
        excerpt=excerpt,
        places=[schemas.PlaceRead(id=place.id, seq=place.seq) for place in places],
    )
