"""The files of an export that Mastodon's own archives have, so that other systems and our own importer read them."""

from collections.abc import AsyncIterator, Sequence
from functools import partial

import orjson

from src.archives import parts as archives_parts
from src.archives import pen as archives_pen
from src.database import ReadSession
from src.mastodon_archive import addresses as addresses_of
from src.mastodon_archive import constants, service_exports
from src.mastodon_archive.activities import PUBLIC
from src.mastodon_archive.addresses import Addresses
from src.mastodon_archive.markup_html import to_html
from src.mastodon_archive.service_exports import Told
from src.media import copying as media_copying
from src.media import models as media_models
from src.media import restoring as media_restoring
from src.media import stores as media_stores
from src.media.constants import STORES_RESOURCE
from src.models import instant_of
from src.posts.constants import Visibility
from src.reactions import models as reactions_models
from src.restoring import resource
from src.users import models as users_models

Json = dict[str, object]
_FOLLOWS_HEADER = "Account address,Show boosts,Notify on new posts,Languages"
_CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {
        "blurhash": "http://joinmastodon.org/ns#blurhash",
        "focalPoint": "http://joinmastodon.org/ns#focalPoint",
        "sensitive": "as:sensitive",
        "Hashtag": "as:Hashtag",
    },
]


async def write(
    session: ReadSession, pen: archives_pen.Pen, about: archives_parts.About
) -> Sequence[archives_parts.Copy]:
    """Writes them, and names the files of media."""
    addresses = addresses_of.of(about.hearth_url)
    await _write_collection(
        pen,
        constants.OUTBOX,
        (_activity(told, about, addresses) async for told in service_exports.outbox(session, about.account_id)),
    )
    for name, kind in ((constants.LIKES, reactions_models.Like), (constants.BOOKMARKS, reactions_models.Bookmark)):
        found = service_exports.reacted(session, kind, about.account_id)
        await _write_collection(pen, name, (addresses.status(author, post_id) async for post_id, author in found))
    await _write_lists(session, pen, about, addresses)
    stores = resource(about.resources, STORES_RESOURCE, media_stores.Stores)
    copies, shown = [], {}
    async for item, file in service_exports.files(session, about.account_id):
        path = media_restoring.archive_path(item.id, file.content_type)
        copies.append(archives_parts.Copy(path, partial(media_copying.read, about.database, stores, file)))
        shown[item.id] = (path, file.content_type)
    profile = await service_exports.profile(session, about.account_id)
    actor = _actor(profile, about, addresses, shown)
    await pen.write(constants.ACTOR, orjson.dumps(actor, option=orjson.OPT_INDENT_2))
    return copies


async def _write_collection(pen: archives_pen.Pen, name: str, items: AsyncIterator[object]) -> None:
    async with pen.file(name) as sheet:
        await sheet.write(
            b'{"@context":%b,"id":"%b","type":"OrderedCollection","orderedItems":['
            % (orjson.dumps(_CONTEXT), name.encode())
        )
        is_first = True
        async for item in items:
            await sheet.write(orjson.dumps(item) if is_first else b"," + orjson.dumps(item))
            is_first = False
        await sheet.write(b"]}")


async def _write_lists(
    session: ReadSession, pen: archives_pen.Pen, about: archives_parts.About, addresses: Addresses
) -> None:
    """CSV files as Mastodon offers them; names of this server need no quotes."""
    for name, kind, header, rest in (
        (
            constants.FOLLOWS,
            users_models.Follow,
            "Account address,Show boosts,Notify on new posts,Languages",
            ",true,false,",
        ),
        (constants.MUTES, users_models.Mute, "Account address,Hide notifications", ",true"),
        (constants.BLOCKS, users_models.Block, "", ""),
    ):
        async with pen.file(name) as sheet:
            await _line(sheet, header)
            async for username in service_exports.related(session, kind, about.account_id):
                await _line(sheet, addresses.person(username) + rest)
    async with pen.file(constants.BOOKMARKS_LIST) as sheet:
        async for post_id, author in service_exports.reacted(session, reactions_models.Bookmark, about.account_id):
            await _line(sheet, addresses.status(author, post_id))


async def _line(sheet: archives_pen.Sheet, text: str) -> None:
    if text:
        await sheet.write(f"{text}\n".encode())


def _actor(
    profile: users_models.Profile, about: archives_parts.About, addresses: Addresses, shown: dict[int, tuple[str, str]]
) -> Json:
    uri = addresses.actor(about.username)
    found: Json = {
        "@context": _CONTEXT,
        "id": uri,
        "type": "Person",
        "preferredUsername": about.username,
        "name": profile.display_name,
        "summary": to_html(profile.bio, addresses),
        "published": profile.created_at,
        "followers": f"{uri}/followers",
        "outbox": constants.OUTBOX,
        "likes": constants.LIKES,
        "bookmarks": constants.BOOKMARKS,
        "attachment": [
            {"type": "PropertyValue", "name": link["label"], "value": link["url"]} for link in profile.links
        ],
    }
    for name, picture in (("icon", profile.picture), ("image", profile.header)):
        path, content_type = shown.get(int(picture["media_id"]), ("", "")) if picture else ("", "")
        if path:
            found[name] = {"type": "Image", "mediaType": content_type, "url": path}
    return found


def _activity(told: Told, about: archives_parts.About, addresses: Addresses) -> Json:
    actor = addresses.actor(about.username)
    uri = addresses.status(told.author, told.post.id)
    common = {"actor": actor, "published": instant_of(told.id)}
    if told.is_repost:
        to, cc = [PUBLIC], [f"{actor}/followers"]
        return {"id": f"{actor}/reposts/{told.id}", "type": "Announce", **common, "to": to, "cc": cc, "object": uri}
    note = _note(told, uri, actor, addresses)
    return {"id": f"{uri}/activity", "type": "Create", **common, "to": note["to"], "cc": note["cc"], "object": note}


def _note(told: Told, uri: str, actor: str, addresses: Addresses) -> Json:
    post, html = told.post, to_html(told.post.text, addresses)
    followers = f"{actor}/followers"
    mentioned = [addresses.actor(username) for _, username in told.mentions]
    to, cc = {
        Visibility.PUBLIC: ([PUBLIC], [followers, *mentioned]),
        Visibility.FOLLOWERS: ([followers], mentioned),
    }.get(Visibility(post.visibility), (mentioned, []))
    replied = None
    if post.reply_to_id is not None and told.parent_author is not None:
        replied = addresses.status(told.parent_author, post.reply_to_id)
    tags = [
        {"type": "Mention", "href": addresses.actor(name), "name": f"@{addresses.person(name)}"}
        for _, name in told.mentions
    ]
    tags += [{"type": "Hashtag", "href": f"{addresses.base}/tags/{tag}", "name": f"#{tag}"} for tag in told.hashtags]
    return {
        "id": uri,
        "type": "Note",
        "attributedTo": actor,
        "published": instant_of(post.id),
        "updated": post.edited_at,
        "to": to,
        "cc": cc,
        "inReplyTo": replied,
        "summary": post.content_warning,
        "sensitive": post.content_warning is not None,
        "content": html,
        "contentMap": {post.language: html} if post.language else {},
        "attachment": [_document(item) for item in told.media],
        "tag": tags,
    }


def _document(item: media_models.MediaItem) -> Json:
    focus = None if item.focus_x is None else [item.focus_x, item.focus_y]
    return {
        "type": "Document",
        "mediaType": item.content_type,
        "url": f"/{media_restoring.archive_path(item.id, item.content_type or '')}",
        "name": item.alt_text,
        "blurhash": item.blurhash,
        "focalPoint": focus,
        "width": item.width,
        "height": item.height,
    }
