"""What happens between people, for whoever listens."""

from typing import ClassVar

from src.events import event


class ProfileChanged(event.Event):
    """What readers see of a person has changed."""

    type: ClassVar[str] = "users.profile_changed"

    account_id: int
    version: int


class AccountFollowed(event.Event):
    """Somebody follows somebody from now on, be it at once or after having been accepted by them."""

    type: ClassVar[str] = "users.account_followed"

    follower_id: int
    followee_id: int


class FollowersAccepted(event.Event):
    """Some people who had asked to follow somebody were accepted together, as that profile became public.

    They follow from now on; none of them has an event of their own.
    """

    type: ClassVar[str] = "users.followers_accepted"

    followee_id: int
    follower_ids: tuple[int, ...]


class AccountUnfollowed(event.Event):
    """Somebody does not follow somebody any more, by whomever's wish."""

    type: ClassVar[str] = "users.account_unfollowed"

    follower_id: int
    followee_id: int


class FollowRequested(event.Event):
    """Somebody asks to follow a private person."""

    type: ClassVar[str] = "users.follow_requested"

    follower_id: int
    followee_id: int


class FollowRequestEnded(event.Event):
    """Somebody's request to follow is gone without having been accepted, by whomever's wish."""

    type: ClassVar[str] = "users.follow_request_ended"

    follower_id: int
    followee_id: int


class AccountBlocked(event.Event):
    """Somebody wants to have nothing to do with somebody any more."""

    type: ClassVar[str] = "users.account_blocked"

    blocker_id: int
    blocked_id: int
