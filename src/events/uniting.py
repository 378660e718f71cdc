"""Back from Kafka: a package whose lanes have come to different places gets one mark again, and no event twice."""

from src.database import Database
from src.events import lane_queries
from src.events.lanes import Feed, lanes_of
from src.events.subscription import Outcome, Subscription


async def unite(database: Database, package: Subscription) -> Outcome:
    """Brings all lanes of a package to the place of the foremost, then makes one mark of theirs.

    Returns:
        MOVED when it is done; IDLE if there are no lanes; WAITING or BUSY if one of them cannot go on yet.
    """
    async with database.read() as session:
        marks = await lane_queries.lanes_left(session, package.name)
    if not marks:
        return Outcome.IDLE
    end = max(marks.values())
    for lane in lanes_of(package.name, lane_queries.topics_of(package.name, marks).values()):
        feed = Feed(lane, marks[lane.mark])
        feed.look_up_to(end)
        part = package.lane(lane.mark, feed.read)
        outcome = Outcome.MOVED
        while outcome in {Outcome.MOVED, Outcome.CAUGHT_UP}:
            outcome = await part.step()
        package.due = part.due
        if outcome is not Outcome.IDLE:
            return outcome
    async with database.write() as session:
        is_united = await lane_queries.unite(session, package.name, marks, end)
    return Outcome.MOVED if is_united else Outcome.BUSY
