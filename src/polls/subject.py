"""Polls as what news is about: who may see one is said by whatever it belongs to, which other features know."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement

from src.feature import Part, Registry
from src.notifications import kinds as notifications_kinds
from src.polls import containers, queries
from src.users import visibility


@dataclass(frozen=True)
class PollSubject(Part):
    """The `Subject` of polls, once all features are known."""

    def within(self, registry: Registry) -> notifications_kinds.Subject:
        """The subject for this registry's containers."""

        def visible_to(viewer_id: visibility.AccountId, poll_id: notifications_kinds.SubjectId) -> ColumnElement[bool]:
            return queries.poll_visible_to(containers.of(registry), viewer_id, poll_id)

        return notifications_kinds.Subject("poll", visible_to=visible_to, excerpts=queries.excerpts)
