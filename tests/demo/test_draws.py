"""What is made up before anything is written: likely, allowed by the rules of the house, and the same for a seed."""

import random
from datetime import UTC, datetime
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.auth import usernames
from src.chats.constants import MAX_FOUNDERS, ChatKindName
from src.demo import building, chats, people, posts, reactions, relations
from src.demo.community import Community
from src.demo.constants import HISTORY, MAX_PEOPLE
from src.posts.constants import Visibility
from src.reactions import models as reactions_models

pytestmark = pytest.mark.unit

NOW = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)


def drawn(seed: int, count: int) -> Community:
    """A community that nobody has written anywhere."""
    community = Community(random.Random(seed), NOW, building.silent)
    people.draw(community, count, taken=())
    relations.draw(community)
    posts.draw(community)
    reactions.draw(community)
    chats.draw(community)
    return community


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 60))
def test_whatever_the_seed_people_keep_to_the_rules(seed: int, count: int) -> None:
    community = drawn(seed, count)
    names = [person.username for person in community.people]
    assert len(set(names)) == count
    assert [usernames.problem_with(name) for name in names] == [None] * count
    assert all(NOW - HISTORY * 1.01 < person.joined_at < NOW for person in community.people)
    for one in community.follows:
        ends = [community.people[one.follower], community.people[one.followee]]
        assert one.follower != one.followee
        assert max(person.joined_at for person in ends) <= one.at <= NOW
        assert one.accepted or ends[1].private
        assert not {(one.follower, one.followee), (one.followee, one.follower)} & community.blocks
    pairs = [(one.follower, one.followee) for one in community.follows]
    assert len(set(pairs)) == len(pairs)
    assert all(one != other for one, other in community.blocks | community.mutes)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 60))
def test_whatever_the_seed_nobody_answers_what_they_cannot_see_or_before_it_is_there(seed: int, count: int) -> None:
    community = drawn(seed, count)
    dates = [post.at for post in community.posts]
    assert dates == sorted(dates)
    for place, post in enumerate(community.posts):
        assert community.people[post.author].joined_at <= post.at < NOW
        assert post.mentioned or post.visibility is not Visibility.MENTIONED
        if post.parent is not None:
            assert post.parent < place
            assert community.sees(post.author, community.posts[post.parent])
    for one in community.reactions:
        post = community.posts[one.post]
        assert post.at <= one.at < NOW
        assert community.sees(one.person, post)
        if one.kind is reactions_models.Repost:
            assert post.visibility is Visibility.PUBLIC
            assert not community.people[post.author].private
        assert one.kind is not reactions_models.Pin or one.person == post.author


def test_a_seed_is_a_community() -> None:
    one, same, other = drawn(1, 30), drawn(1, 30), drawn(2, 30)
    assert one.people == same.people
    assert (one.follows, one.blocks, one.mutes) == (same.follows, same.blocks, same.mutes)
    assert (one.posts, one.reactions) == (same.posts, same.reactions)
    assert one.people != other.people
    assert one.posts != other.posts


def test_two_hundred_people_have_a_life_of_half_a_year() -> None:
    community = drawn(0, 200)
    followers = sorted(len(community.readers_of(place)) for place in range(200))
    assert followers[-1] >= 5 * median(followers)
    written = sorted(sum(post.author == place for post in community.posts) for place in range(200))
    assert written[-1] >= 5 * median(written)
    assert written[0] >= 1
    months = {post.at.strftime("%Y-%m") for post in community.posts}
    assert len(months) >= 6
    # Groups are founded after all posts have been written.
    assert {post.visibility for post in community.posts} == set(Visibility) - {Visibility.GROUP}
    assert any("#" in post.text for post in community.posts)
    assert any(post.content_warning for post in community.posts)
    assert any(person.private for person in community.people)
    assert community.blocks
    assert community.mutes
    kinds = {one.kind for one in community.reactions}
    expected = (reactions_models.Like, reactions_models.Repost, reactions_models.Bookmark, reactions_models.Pin)
    assert kinds == set(expected)
    assert not all(one.accepted for one in community.follows)


def test_a_name_that_is_taken_gets_a_number() -> None:
    usual = drawn(3, 5).people
    community = Community(random.Random(3), NOW, building.silent)
    people.draw(community, 5, taken={usual[0].username, f"{usual[0].username}2", usual[4].username})
    expected = [person.username for person in usual]
    expected[0] += "3"
    expected[4] += "2"
    assert [person.username for person in community.people] == expected


def test_there_are_names_for_as_many_as_may_be() -> None:
    community = Community(random.Random(0), NOW, building.silent)
    people.draw(community, MAX_PEOPLE, taken=())
    assert len({person.username for person in community.people}) == MAX_PEOPLE


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(2, 60))
def test_whatever_the_seed_members_alone_talk_in_chats_whose_founder_could_add_them(seed: int, count: int) -> None:
    community = drawn(seed, count)
    for chat in community.chats:
        members = set(chat.members)
        assert len(members) == len(chat.members) <= MAX_FOUNDERS
        assert (len(members) == 2) or chat.kind is not ChatKindName.DIRECT
        assert not {frozenset((chat.members[0], one)) for one in members} & {*map(frozenset, community.blocks)}
        assert max(community.people[one].joined_at for one in members) < chat.at
        dates = [chat.at, *(message.at for message in chat.messages), community.now]
        assert all(one < other for one, other in pairwise(dates))
        for place, message in enumerate(chat.messages):
            involved = {message.sender, *message.votes, *(fan for fan, _ in message.reactions)}
            assert involved <= members
            assert message.mentioned is None or message.mentioned in members - {message.sender}
            assert message.reply_to is None or message.reply_to < place
    pairs = [frozenset(chat.members) for chat in community.chats if chat.kind is ChatKindName.DIRECT]
    assert len(set(pairs)) == len(pairs)
