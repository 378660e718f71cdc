"""Home timelines of the demo, as they would be if all of it had happened here."""

from src.database import Database
from src.demo.community import Community, in_steps
from src.demo.constants import Step
from src.timelines import fan_out

_AT_ONCE = 10


async def write(database: Database, community: Community) -> None:
    """Fills the home of each person."""
    for some in in_steps(community, Step.HOMES, community.people, _AT_ONCE):
        async with database.write() as session:
            for person in some:
                await fan_out.fill(session, account_id=person.id)
