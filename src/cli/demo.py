"""`hearth demo`: a community to try Hearth out with."""

import secrets
from typing import Annotated

import typer

from src.auth import passwords
from src.cli import bars, opened
from src.cli.endings import Failure
from src.config import Environment
from src.database import Database
from src.demo import building, community, exceptions, words
from src.demo.constants import DEFAULT_PEOPLE, MAX_PEOPLE, MIN_PEOPLE, Step

_STEPS = {
    Step.PEOPLE: "People",
    Step.RELATIONS: "Follows",
    Step.POSTS: "Posts",
    Step.REACTIONS: "Reactions",
    Step.HOMES: "Home timelines",
    Step.CHATS: "Chats",
}


def demo(
    *,
    people: Annotated[
        int, typer.Option(min=MIN_PEOPLE, max=MAX_PEOPLE, help="How many people there shall be.")
    ] = DEFAULT_PEOPLE,
    seed: Annotated[int, typer.Option(help="The same number makes the same community.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Also on a server that has people already.")] = False,
) -> None:
    """Make a community up that has lived here for half a year. For development only."""
    if opened.settings().environment is not Environment.DEVELOPMENT:
        raise Failure("The demo is for development only: its people would mix with yours for ever.")
    password = _password()

    async def build(database: Database) -> community.Community:
        password_hash = await passwords.Hasher().hash_password(password)
        with bars.shown(_STEPS) as progress:
            return await building.build(
                database, seed=seed, people=people, password_hash=password_hash, force=force, progress=progress
            )

    try:
        made = opened.with_database(build, migrate=True)
    except exceptions.ServerHasPeople as error:
        raise Failure(f"{error.detail} Start on an empty data directory (HEARTH_DATA), or add --force.") from None
    _print(made, password)


def _print(made: community.Community, password: str) -> None:
    people = made.people
    typer.echo(
        f"{len(people):,} people, {len(made.follows):,} follows, {len(made.posts):,} posts and "
        f"{len(made.reactions):,} reactions are there, and {len(made.chats):,} chats with "
        f"{sum(len(chat.messages) for chat in made.chats):,} messages."
    )
    known = people[max(range(len(people)), key=lambda place: len(made.readers_of(place)))]
    told: dict[str, community.Person | None] = {
        "has the most followers": known,
        "writes most": max((person for person in people if person is not known), key=lambda person: person.activity),
        "has a private profile": next((person for person in people if person.private), None),
    }
    for what, person in told.items():
        if person is not None:
            typer.echo(f"  @{person.username} {what}.")
    typer.echo(f"All of them sign in with the password {password}, which is shown only now.")


def _password() -> str:
    """Four words and a number, one of some 20 million: enough for one's own machine, and easy to type."""
    chosen = [secrets.choice(words.PASSWORD_WORDS) for _ in range(4)]
    return "-".join([*chosen, str(secrets.randbelow(90) + 10)])
