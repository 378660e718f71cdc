"""Requests of a socket wait for those that they must not overtake, and for no others."""

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import NamedTuple, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from src.realtime.connection import Connection
from src.realtime.desk import Desk
from src.realtime.hub import Hub
from src.realtime.turns import Turn, Turns

pytestmark = pytest.mark.unit


class Request(NamedTuple):
    """A request as a test plans it: how many rounds of the loop it takes, and after how many the next one comes."""

    key: str
    alone: bool
    rounds: int = 0
    until_next: int = 0


async def _worked(plan: list[Request]) -> tuple[list[int], Turns]:
    """The numbers of the requests in the order of their beginnings."""
    turns, begun = Turns(), list[int]()
    running: set[int] = set()
    tasks: list[asyncio.Task[None]] = []

    async def work(number: int) -> None:
        begun.append(number)
        beside = [plan[other] for other in running if plan[other].key == plan[number].key]
        assert not beside or not any(request.alone for request in [plan[number], *beside])
        running.add(number)
        for _ in range(plan[number].rounds):
            await asyncio.sleep(0)
        running.discard(number)

    def left(turn: Turn, _: asyncio.Task[None]) -> None:
        turns.leave(turn)

    def begin(number: int, turn: Turn) -> None:
        tasks.append(asyncio.create_task(work(number)))
        tasks[-1].add_done_callback(partial(left, turn))

    for number, request in enumerate(plan):
        turn = Turn(request.key, request.alone)
        turns.enter(turn, partial(begin, number, turn))
        for _ in range(request.until_next):
            await asyncio.sleep(0)
    # Each that ends brings others into being.
    for task in tasks:
        await task
        await asyncio.sleep(0)
    return begun, turns


@given(
    st.lists(
        st.builds(Request, st.sampled_from("ab"), st.booleans(), st.integers(0, 5), st.integers(0, 5)),
        max_size=20,
    )
)
# The third is still being woken when the fourth comes.
@example(
    [Request("b", False), Request("b", True, until_next=3), Request("b", False, until_next=1), Request("b", False)]
)
def test_those_of_a_key_begin_in_their_order_and_who_is_alone_is_so(plan: list[Request]) -> None:
    begun, turns = asyncio.run(_worked(plan))
    for key in "ab":
        of_key = [number for number in begun if plan[number].key == key]
        assert of_key == sorted(of_key)
    assert sorted(begun) == list(range(len(plan)))
    # Nothing is remembered of what is over.
    assert vars(turns) == vars(Turns())


def test_others_do_not_wait_for_each_other() -> None:
    begun, _ = asyncio.run(
        _worked([Request("a", True, 9), Request("b", False, 9), Request("b", False), Request("c", True)])
    )
    assert begun == [0, 1, 2, 3]


async def test_what_waits_when_a_process_ends_never_begins() -> None:
    desk = Desk(cast("Hub", None))
    connection = cast("Connection", SimpleNamespace(turns=Turns(), busy=0))
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        await asyncio.Event().wait()

    for number in range(2):
        desk._begin(partial(work, number), connection, Turn("a"))
    await asyncio.sleep(0)
    await desk.close()
    for _ in range(3):
        await asyncio.sleep(0)
    assert begun == [0]
