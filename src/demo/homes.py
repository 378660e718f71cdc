"""Home timelines of the demo, as they would be if all of it had happened here."""

from datetime import timedelta

from src.database import Database
from src.demo.community import Community, in_steps
from src.demo.constants import Step
from src.models import first_id_at
from src.timelines import fan_out

_AT_ONCE = 10
# What is older lies below the horizon of each home, as in homes that have been trimmed: it is read from the posts.
_KEPT = timedelta(days=30)


async def write(database: Database, community: Community) -> None:
    """Fills the home of each person."""
    horizon = first_id_at(community.now - _KEPT)
    for some in in_steps(community, Step.HOMES, community.people, _AT_ONCE):
        async with database.write() as session:
            for person in some:
                await fan_out.raise_horizon(session, person.id, horizon)
                await fan_out.fill(session, account_id=person.id)
