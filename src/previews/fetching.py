"""Fetching the page behind a link, off the request path: by the guarded way out, read in a child process.

Neither scripts nor pictures of the page are loaded, and nothing tells the page who shared it.
"""

from http import HTTPStatus

from src.cpu import exceptions as cpu_exceptions
from src.outbound import client
from src.outbound import exceptions as outbound_exceptions
from src.previews import service, tasks
from src.previews.constants import FETCH_SECONDS, MAX_PAGE_BYTES, READ_SECONDS
from src.tasks import kinds

_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Hearth link cards)",
    "Accept": "text/html, application/xhtml+xml",
}
_HTML = frozenset({"text/html", "application/xhtml+xml"})
# The page is gone, or is not for strangers: that is an answer. Others may be another tomorrow.
_FINAL = frozenset({400, 401, 403, 404, 405, 406, 410, 451})


async def fetch(context: kinds.TaskContext, payload: service.Fetch) -> dict[str, object] | None:
    """The task: looks the link up and stores what its page says of itself."""
    async with context.db.read() as session:
        url = await service.url_of(session, payload.card_id)
    if url is None:
        return None
    shown = await _look_up(context, url)
    async with context.write() as session:
        if shown is None:
            await service.put_off(session, payload.card_id)
        else:
            await service.keep(session, payload.card_id, shown)
    return None


async def _look_up(context: kinds.TaskContext, url: str) -> service.Shown | None:
    """What the page says; None if nobody can tell at present."""
    outbound = context.resource("outbound", client.Outbound)
    call = client.Call(
        url=url,
        headers=_HEADERS,
        seconds=FETCH_SECONDS,
        max_bytes=MAX_PAGE_BYTES,
        is_cut=True,
        content_types=_HTML,
        attempts=2,
    )
    try:
        answer = await outbound.fetch(call)
    except (outbound_exceptions.AddressRefused, outbound_exceptions.AnswerTooLarge):
        return service.NOTHING
    except (
        outbound_exceptions.HostUnreachable,
        outbound_exceptions.HostResting,
        outbound_exceptions.AnswerTooLate,
    ):
        return None
    if answer.status != HTTPStatus.OK:
        return service.NOTHING if answer.status in _FINAL else None
    return await _read(context, answer)


async def _read(context: kinds.TaskContext, answer: client.Answer) -> service.Shown:
    content_type = answer.headers.get("content-type", "")
    try:
        found = await context.cpu(tasks.read_page, answer.body, content_type, answer.url, timeout=READ_SECONDS)
    except (cpu_exceptions.CpuLimitExceeded, cpu_exceptions.CpuFailed):
        return service.NOTHING
    if found is None:
        return service.NOTHING
    return {
        "title": found.title,
        "description": found.description,
        "site_name": found.site_name,
        "image_url": found.image_url,
    }
