"""What is done for posts from time to time."""

from sqlalchemy import select, update

from src.database import Database
from src.posts import documents, models
from src.posts.constants import DOCUMENTS_BATCH

Post = models.Post


async def write_documents(database: Database) -> None:
    """Makes posts findable that came without their words: imported ones, and those from before there was search."""
    waiting = (
        select(Post.id)
        .where(Post.document.is_(None))
        .order_by(Post.id.desc())
        .limit(DOCUMENTS_BATCH)
        .with_for_update(skip_locked=True)
    )
    document = documents.document_of(Post.language, Post.content_warning, Post.text)
    statement = update(Post).where(Post.id.in_(waiting)).values(document=document).returning(Post.id)
    written = DOCUMENTS_BATCH
    while written == DOCUMENTS_BATCH:
        async with database.write() as session:
            done = await session.scalars(statement.execution_options(synchronize_session=False))
            written = len(done.all())
