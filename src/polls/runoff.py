"""Instant run-off: who wins among ballots that rank options. Pure.

Each round counts every ballot for the first of its options that is still in. Whoever has more than half of the ballots
that count wins; else those with the fewest go, all of them at once where several have equally few, so that nothing
depends on the order in which options were written. Where all that are left are equal, they win together.
(Rules as in https://www.fairvote.org/our-reforms/ranked-choice-voting/, ties as said here.)
"""

from collections.abc import Mapping
from dataclasses import dataclass

Ranking = tuple[int, ...]


@dataclass(frozen=True)
class Round:
    """One count.

    Attributes:
        votes: of each option by position; None for those that are out.
        exhausted: ballots that name nobody who is still in.
        eliminated: the positions that go now.
    """

    votes: tuple[int | None, ...]
    exhausted: int
    eliminated: tuple[int, ...]


@dataclass(frozen=True)
class Outcome:
    """All counts, and who wins: nobody where nobody has voted, several where they are equal."""

    rounds: tuple[Round, ...]
    winners: tuple[int, ...]


def decide(ballots: Mapping[Ranking, int], options: int) -> Outcome:
    """The outcome of these ballots.

    Args:
        ballots: how many there are of each ranking: different positions below `options`, the best first, at least one.
        options: how many options there are.
    """
    total = sum(ballots.values())
    remaining = set(range(options)) if total else set()
    rounds: list[Round] = []
    while remaining:
        votes = _count(ballots, remaining)
        counted, most, fewest = sum(votes.values()), max(votes.values()), min(votes.values())
        is_decided = 2 * most > counted or most == fewest
        eliminated = () if is_decided else tuple(sorted(place for place in remaining if votes[place] == fewest))
        rounds.append(Round(tuple(votes.get(place) for place in range(options)), total - counted, eliminated))
        if is_decided:
            return Outcome(tuple(rounds), tuple(sorted(place for place in remaining if votes[place] == most)))
        remaining -= set(eliminated)
    return Outcome((), ())


def _count(ballots: Mapping[Ranking, int], remaining: set[int]) -> dict[int, int]:
    votes = dict.fromkeys(remaining, 0)
    for ranking, number in ballots.items():
        first = next((place for place in ranking if place in remaining), None)
        if first is not None:
            votes[first] += number
    return votes
