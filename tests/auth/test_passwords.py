"""What passwords may be chosen, how they are kept, and what a crowd that signs in may cost."""

import string
from time import process_time

import anyio
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st
from passlib.context import CryptContext
from passlib.hash import argon2

from src.auth.exceptions import PasswordsBusy
from src.auth.passwords import Hasher, PasswordProblem, Verdict, problem_with

pytestmark = pytest.mark.unit

GOOD = "seven otters, one kite"
ALICE = ("alice", "alice.liddell@wonder.example", "Alice Liddell", "")


@pytest.fixture(scope="module")
def hasher() -> Hasher:
    return Hasher(limit=2)


async def test_a_password_is_kept_as_argon2id_at_the_recommended_cost(hasher: Hasher) -> None:
    stored = await hasher.hash_password(GOOD)
    kept = argon2.from_string(stored)
    assert stored.startswith("$argon2id$")
    assert (kept.memory_cost, kept.rounds, kept.parallelism) >= (19_456, 2, 1)
    assert await hasher.hash_password(GOOD) != stored


@pytest.mark.parametrize(
    "password",
    [
        "pass word",
        "  leading and trailing  ",
        "ПарольДругой",
        "🦦🦦🦦🪁🪁🪁🪁🪁",
        "e\u0301t\u00e9 dernier",
        "a" * 256,
        "line\nbreak tab\t",
    ],
)
async def test_every_character_counts_as_it_was_typed(hasher: Hasher, password: str) -> None:
    stored = await hasher.hash_password(password)
    assert await hasher.verify(password, stored) == Verdict(ok=True, new_hash=None)
    for other in (password[:-1], password[:-1] + "?", password.swapcase() + "?", password.strip() + " "):
        assert not (await hasher.verify(other, stored)).ok


async def test_composed_and_decomposed_letters_are_different_passwords(hasher: Hasher) -> None:
    stored = await hasher.hash_password("caf\u00e9 au lait")
    assert not (await hasher.verify("cafe\u0301 au lait", stored)).ok


async def test_a_weaker_hash_is_replaced_at_the_next_login_and_only_by_the_right_password(hasher: Hasher) -> None:
    weak = CryptContext(schemes=["argon2"], argon2__memory_cost=1024, argon2__time_cost=1).hash(GOOD)
    assert await hasher.verify("something else", weak) == Verdict(ok=False, new_hash=None)
    ok, new_hash = await hasher.verify(GOOD, weak)
    assert ok
    assert new_hash is not None
    assert argon2.from_string(new_hash).memory_cost >= 19_456
    assert await hasher.verify(GOOD, new_hash) == Verdict(ok=True, new_hash=None)


@pytest.mark.parametrize("password", [GOOD, "", "a" * 5000, "nul\0nul\0nul", "lone \ud800 surrogate"])
async def test_nobody_has_no_password(hasher: Hasher, password: str) -> None:
    assert await hasher.verify(password, None) == Verdict(ok=False, new_hash=None)


@pytest.mark.parametrize("password", ["", "a" * 257, "a" * 1_000_000, "nul\0nul\0nul", "lone \ud800 surrogate"])
async def test_a_text_that_cannot_be_a_password_is_a_wrong_one(hasher: Hasher, password: str) -> None:
    assert await hasher.verify(password, await hasher.hash_password(GOOD)) == Verdict(ok=False, new_hash=None)


async def test_an_unknown_account_costs_what_a_wrong_password_costs(hasher: Hasher) -> None:
    stored = await hasher.hash_password(GOOD)
    known: list[float] = []
    unknown: list[float] = []
    impossible: list[float] = []
    for _ in range(7):
        for times, password, kept in ((known, "wrong", stored), (unknown, "wrong", None), (impossible, "\0", stored)):
            begun = process_time()
            await hasher.verify(password, kept)
            times.append(process_time() - begun)
    # Without the work they differ a hundredfold; the processor is not always as fast.
    assert min(unknown) > min(known) / 3
    assert min(impossible) > min(known) / 3


async def test_the_loop_turns_while_a_password_is_hashed(hasher: Hasher) -> None:
    turns = 0
    async with anyio.create_task_group() as group:

        async def hash_one() -> None:
            await hasher.hash_password(GOOD)
            group.cancel_scope.cancel()

        group.start_soon(hash_one)
        with anyio.CancelScope():
            while True:
                await checkpoint()
                turns += 1
    assert turns > 10


async def test_a_crowd_beyond_the_queue_is_sent_away_and_the_rest_is_served() -> None:
    hasher = Hasher(limit=1, waiting=2)
    served: list[str] = []
    refused: list[PasswordsBusy] = []

    async def sign_up() -> None:
        try:
            served.append(await hasher.hash_password(GOOD))
        except PasswordsBusy as busy:
            refused.append(busy)

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(sign_up)
    assert (len(served), len(refused)) == (3, 7)
    assert refused[0].status == 503
    assert int(refused[0].headers["Retry-After"]) >= 1
    await sign_up()
    assert len(served) == 4


async def test_those_who_stop_waiting_leave_their_place() -> None:
    hasher = Hasher(limit=1, waiting=2)
    for _ in range(3):
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(hasher.hash_password, GOOD)
            await checkpoint()
            group.cancel_scope.cancel()
    assert await hasher.hash_password(GOOD)


def test_a_hasher_may_be_made_before_the_loop_that_uses_it() -> None:
    hasher = Hasher(limit=1)
    assert anyio.run(hasher.hash_password, GOOD).startswith("$argon2id$")


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", PasswordProblem.TOO_SHORT),
        ("kXp-3q!", PasswordProblem.TOO_SHORT),
        ("🦦🪁🦦🪁🦦🪁🦦", PasswordProblem.TOO_SHORT),
        ("ab" * 128 + "c", PasswordProblem.TOO_LONG),
        ("x" * 1_000_000, PasswordProblem.TOO_LONG),
        ("seven\0otters", PasswordProblem.NOT_TEXT),
        ("\0", PasswordProblem.NOT_TEXT),
        ("seven \udcff otters", PasswordProblem.NOT_TEXT),
        ("\ud83e\udda6 half a pair", PasswordProblem.NOT_TEXT),
        ("password", PasswordProblem.TOO_COMMON),
        ("PassWord", PasswordProblem.TOO_COMMON),
        ("password123", PasswordProblem.TOO_COMMON),
        ("Password2024!", PasswordProblem.TOO_COMMON),
        ("!!Dragon-77", PasswordProblem.TOO_COMMON),
        ("1234567890", PasswordProblem.TOO_COMMON),
        ("qwertyuiop", PasswordProblem.TOO_COMMON),
        ("\u043f\u0430\u0440\u043e\u043b\u044c2024", PasswordProblem.TOO_COMMON),  # the Russian for it
        ("hearth2024", PasswordProblem.TOO_PERSONAL),
        ("HearthHearth", PasswordProblem.TOO_PERSONAL),
        ("alice1865", PasswordProblem.TOO_PERSONAL),
        ("Alice!Hearth", PasswordProblem.TOO_PERSONAL),
        ("a.l.i.c.e.", PasswordProblem.TOO_PERSONAL),
        ("Liddell, Alice", PasswordProblem.TOO_PERSONAL),
        ("alice.liddell@wonder.example", PasswordProblem.TOO_PERSONAL),
        ("wonder-example", PasswordProblem.TOO_PERSONAL),
        ("alice12345678", PasswordProblem.TOO_PERSONAL),
    ],
)
def test_what_is_refused_and_why(password: str, problem: PasswordProblem) -> None:
    assert problem_with(password, context=ALICE) is problem


@pytest.mark.parametrize(
    "password",
    [
        GOOD,
        "kXp-3q!z",
        "alice likes seven otters",
        "alice-4471-9923-1123",
        "dragon-4471-9923-1123",
        "hearths and homes",
        "🦦🪁🦦🪁🦦🪁🦦🪁",
        "        ~",
        "8-3-5-9-2-6-1-4",
        "ab" * 128,
        "a" * 60 + "lice",
    ],
)
def test_what_is_accepted(password: str) -> None:
    assert problem_with(password, context=ALICE) is None


@pytest.mark.parametrize("username", ["1984_2049", "__82-91__", "007007007"])
def test_a_name_without_letters_is_no_password_either(username: str) -> None:
    assert problem_with(username, context=[username]) is PasswordProblem.TOO_PERSONAL


def test_a_name_cannot_be_chosen_that_makes_the_rule_slow() -> None:
    context = [f"{'a' * length}" for length in range(1, 40)]
    begun = process_time()
    assert problem_with("a" * 254 + "bc", context=context) is None
    assert process_time() - begun < 1


@given(st.text(alphabet=st.characters(codec=None), max_size=300), st.lists(st.text(max_size=30), max_size=4))
def test_any_text_gets_a_verdict_and_the_lengths_hold(password: str, context: list[str]) -> None:
    problem = problem_with(password, context=context)
    if problem is None:
        assert 8 <= len(password) <= 256
        password.encode()
    else:
        assert problem.message.endswith(".")


@given(
    st.text(alphabet=string.ascii_letters, min_size=4, max_size=30),
    st.text(alphabet=string.digits + string.punctuation, min_size=4, max_size=7),
    st.booleans(),
)
def test_a_name_with_something_around_it_is_never_accepted(name: str, ornament: str, before: bool) -> None:
    password = ornament + name.swapcase() if before else name.title() + ornament
    assert problem_with(password, context=[name]) in {PasswordProblem.TOO_COMMON, PasswordProblem.TOO_PERSONAL}
