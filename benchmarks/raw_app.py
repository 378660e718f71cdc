"""The floor of the home timeline: a hand-written handler on asyncpg and orjson, without authentication.

It runs the statement that Hearth runs, with the texts and authors in it, and writes the same JSON.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response
from sqlalchemy import literal_column, select

from src import clock
from src.auth import models as auth_models
from src.database import HotRead
from src.models import instant_of
from src.posts import models as posts_models
from src.posts import queries as posts_queries
from src.schemas import MAX_ID
from src.timelines import candidates, reads
from src.users import models as users_models

_LIMIT = 21
_VISIBILITY = {1: "public", 2: "followers", 3: "mentioned"}
_Post, _Profile, _Account = posts_models.Post, users_models.Profile, auth_models.Account
_chosen = candidates.home_entries(False, _LIMIT).subquery()
_username = select(_Account.username).where(_Account.id == _Post.author_id).scalar_subquery()
_sight = posts_queries.sights().selected_columns
_SQL = HotRead(
    reads.decorated(
        _chosen,
        _Post.text,
        _Post.content_warning,
        _Post.language,
        _Post.visibility,
        _Post.thread_id,
        _Post.edited_at,
        _Post.version.label("version"),
        _Profile.display_name,
        _Profile.private,
        _username.label("username"),
        _sight["mentions"],
        _sight["hashtags"],
        _sight["media"],
    )
    .order_by(_chosen.c.entry_id.desc())
    .limit(literal_column(str(_LIMIT)))
)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(
        os.environ["BARE_DATABASE_URL"], min_size=16, max_size=16, server_settings={"jit": "off"}
    ) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=_lifespan, openapi_url=None)


@app.get("/")
async def index() -> dict[str, bool]:
    """Says that it is there."""
    return {"ok": True}


@app.get("/home/{viewer}")
async def home(viewer: int, request: Request) -> Response:
    """The newest twenty posts of a person's home."""
    values = {"viewer": viewer, "now": clock.now(), "above": 0, "below": MAX_ID}
    rows = await request.app.state.pool.fetch(_SQL.sql, *_SQL.arguments(**values))
    items = [_item(row) for row in rows[:20]]
    return Response(orjson.dumps({"items": items, "next": None, "prev": None}), media_type="application/json")


def _item(row: Any) -> dict[str, Any]:
    created = instant_of(row[1]).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    author = {"id": str(row[3]), "username": row["username"], "display_name": row["display_name"]}
    author |= {place: _drawn(place, row[3]) for place in ("picture", "header")}
    return {
        "post": {
            "id": str(row[1]),
            "author": author | {"private": row["private"]},
            "text": row["text"],
            "content_warning": row["content_warning"],
            "language": row["language"],
            "visibility": _VISIBILITY[row["visibility"]],
            "reply_to_id": row["reply_to_id"] and str(row["reply_to_id"]),
            "thread_id": str(row["thread_id"] or row[1]),
            "quote_of_id": row["quote_of_id"] and str(row["quote_of_id"]),
            "mentions": [{"id": id_, "username": name} for id_, name in orjson.loads(row["mentions"])],
            "hashtags": orjson.loads(row["hashtags"]),
            # Nobody in the generated community has any.
            "media": orjson.loads(row["media"]),
            "created_at": created,
            "edited_at": row["edited_at"],
            "version": row["version"],
            "likes_count": row["likes_count"],
            "reposts_count": row["reposts_count"],
            "replies_count": row["replies_count"],
            "quotes_count": row["quotes_count"],
        },
        "viewer": dict(zip(("liked", "reposted", "bookmarked", "pinned"), row[11:15], strict=True)),
        "reposted_by": None,
    }


def _drawn(place: str, account_id: int) -> dict[str, Any]:
    """What is said of a picture that nobody has chosen."""
    path = f"/v1/generated/{place}/{account_id}"
    return {
        "url": path,
        "preview_url": path,
        "alt_text": None,
        "blurhash": None,
        "crop": None,
        "generated": True,
    }
