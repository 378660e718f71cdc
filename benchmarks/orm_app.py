"""The home timeline in the usual style: ORM objects with eager relationships, pydantic models, a session a request."""

import os
from collections.abc import AsyncIterator
from typing import Annotated, ClassVar

from fastapi import Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import BigInteger, ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=16, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    """Its own models, as such a project would have them."""

    type_annotation_map: ClassVar[dict[type, object]] = {int: BigInteger}


class Profile(Base):
    """A person."""

    __tablename__ = "profiles"
    account_id: Mapped[int] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    private: Mapped[bool]


class Like(Base):
    """A like."""

    __tablename__ = "likes"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))


class Follow(Base):
    """A follow."""

    __tablename__ = "follows"
    id: Mapped[int] = mapped_column(primary_key=True)
    follower_id: Mapped[int]
    followee_id: Mapped[int]


class Post(Base):
    """A post."""

    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("profiles.account_id"))
    text: Mapped[str]
    likes_count: Mapped[int]
    reposts_count: Mapped[int]
    replies_count: Mapped[int]
    author: Mapped[Profile] = relationship()
    likes: Mapped[list[Like]] = relationship()


class AuthorRead(BaseModel, from_attributes=True):
    """A person in an answer."""

    account_id: int
    display_name: str
    private: bool


class PostRead(BaseModel, from_attributes=True):
    """A post in an answer."""

    id: int
    text: str
    author: AuthorRead
    likes_count: int
    reposts_count: int
    replies_count: int
    liked: bool = False


async def _session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


app = FastAPI(openapi_url=None)


@app.get("/")
async def index() -> dict[str, bool]:
    """Says that it is there."""
    return {"ok": True}


@app.get("/home/{viewer}")
async def home(viewer: int, session: Annotated[AsyncSession, Depends(_session)]) -> list[PostRead]:
    """The newest twenty posts of a person's home."""
    followees = select(Follow.followee_id).where(Follow.follower_id == viewer)
    posts = await session.scalars(
        select(Post)
        .where(Post.author_id.in_(followees))
        .order_by(Post.id.desc())
        .limit(20)
        .options(selectinload(Post.author), selectinload(Post.likes))
    )
    return [
        PostRead.model_validate(post).model_copy(
            update={"liked": any(like.account_id == viewer for like in post.likes)}
        )
        for post in posts
    ]
