"""The endpoint of conversations; it stands beside the post that it starts from."""

from fastapi import APIRouter, Response

from src.auth import dependencies as auth_dependencies
from src.exceptions import InvalidInput, problems
from src.posts import dependencies as posts_dependencies
from src.posts import exceptions as posts_exceptions
from src.timelines import schemas, threads
from src.timelines.dependencies import Reader, ReadingDep

router = APIRouter(tags=["timelines"])


@router.get(
    "/{post_id}/thread",
    summary="The conversation around a post",
    response_model=schemas.Thread,
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, posts_exceptions.PostNotFound),
)
async def read_thread(post_id: posts_dependencies.PostId, reading: ReadingDep, caller: Reader) -> Response:
    """What the post answers, the post with what the caller did to it, and what answers it, depth first."""
    body = await threads.rendered_thread(reading.database, reading.memory, caller=caller, post_id=post_id)
    return Response(body, media_type="application/json")
