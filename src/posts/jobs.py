"""What is done for posts from time to time."""

from src.database import Database
from src.posts import models
from src.search import documents as search_documents
from src.search import service_documents as search_service_documents

Post = models.Post


async def write_documents(database: Database) -> None:
    """Makes posts findable that came without their words: imported ones, and those from before there was search."""
    document = search_documents.document_of(Post.language, Post.content_warning, Post.text)
    await search_service_documents.write_missing(database, Post, Post.document, document)
