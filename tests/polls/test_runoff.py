"""Instant run-off: known elections, and what holds of all."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.polls.runoff import Outcome, Ranking, decide

pytestmark = pytest.mark.unit

Ballots = dict[Ranking, int]


@st.composite
def elections(draw: st.DrawFn) -> tuple[Ballots, int]:
    options = draw(st.integers(1, 6))
    ranking = st.permutations(range(options)).flatmap(
        lambda order: st.integers(1, options).map(lambda length: tuple(order[:length]))
    )
    return draw(st.dictionaries(ranking, st.integers(1, 5), max_size=12)), options


def by_hand(ballots: Ballots, options: int) -> list[int]:
    """The same rule told otherwise: piles of papers, moved one by one."""
    papers = [list(ranking) for ranking, number in ballots.items() for _ in range(number)]
    hopeful = list(range(options))
    while papers:
        piles = Counter(paper[0] for paper in papers)
        sizes = {place: piles[place] for place in hopeful}
        if any(size > len(papers) / 2 for size in sizes.values()) or len(set(sizes.values())) == 1:
            return [place for place in hopeful if sizes[place] == max(sizes.values())]
        hopeful = [place for place in hopeful if sizes[place] > min(sizes.values())]
        papers = [kept for paper in papers if (kept := [place for place in paper if place in hopeful])]
    return []


def test_the_second_choice_decides_where_no_first_one_does() -> None:
    # Of 9: the one that leads at first loses, for those who like what goes would rather have the other.
    outcome = decide({(0, 1, 2): 4, (1, 2, 0): 3, (2, 1, 0): 2}, 3)
    assert outcome.winners == (1,)
    assert [(one.votes, one.exhausted, one.eliminated) for one in outcome.rounds] == [
        ((4, 3, 2), 0, (2,)),
        ((4, 5, None), 0, ()),
    ]


def test_ballots_that_name_nothing_more_are_out() -> None:
    outcome = decide({(0,): 3, (1, 0): 2, (2,): 2, (3, 1): 1}, 5)
    assert [(one.votes, one.exhausted, one.eliminated) for one in outcome.rounds] == [
        ((3, 2, 2, 1, 0), 0, (4,)),
        ((3, 2, 2, 1, None), 0, (3,)),
        ((3, 3, 2, None, None), 0, (2,)),
        ((3, 3, None, None, None), 2, ()),
    ]
    assert outcome.winners == (0, 1)


def test_nobody_wins_where_nobody_has_voted() -> None:
    assert decide({}, 3) == Outcome((), ())


@given(elections())
def test_it_is_what_counting_by_hand_gives(election: tuple[Ballots, int]) -> None:
    assert list(decide(*election).winners) == by_hand(*election)


@given(elections())
def test_no_paper_is_lost_and_each_round_ends_with_fewer(election: tuple[Ballots, int]) -> None:
    ballots, options = election
    outcome = decide(ballots, options)
    assert bool(outcome.winners) == bool(ballots)
    assert len(outcome.rounds) <= options
    still = set(range(options))
    for one in outcome.rounds:
        assert {place for place, votes in enumerate(one.votes) if votes is not None} == still
        assert sum(votes or 0 for votes in one.votes) + one.exhausted == sum(ballots.values())
        assert set(one.eliminated) < still
        still -= set(one.eliminated)
    assert set(outcome.winners) <= still


@given(elections())
def test_who_more_than_half_like_best_wins_at_once(election: tuple[Ballots, int]) -> None:
    ballots, options = election
    firsts: Counter[int] = Counter()
    for ranking, number in ballots.items():
        firsts[ranking[0]] += number
    for place, number in firsts.items():
        if 2 * number > sum(ballots.values()):
            outcome = decide(ballots, options)
            assert (outcome.winners, len(outcome.rounds)) == ((place,), 1)


@given(elections(), st.randoms())
def test_it_depends_neither_on_the_order_of_options_nor_on_how_often_all_is_said(
    election: tuple[Ballots, int], chance: Random
) -> None:
    ballots, options = election
    order = list(range(options))
    chance.shuffle(order)
    moved = {tuple(order[place] for place in ranking): 3 * number for ranking, number in ballots.items()}
    assert sorted(order[place] for place in decide(ballots, options).winners) == list(decide(moved, options).winners)
