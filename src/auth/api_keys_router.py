"""Endpoints of one's own API keys."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from src.auth import api_keys, schemas, utils
from src.auth.dependencies import GUARDED, SENSITIVE, Holder, KnownDep, OriginDep, Reauthenticated
from src.auth.exceptions import ApiKeyAlreadyOver, ApiKeyNotFound, ScopesRefused, TooManyApiKeys
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.pagination import Page, PagingDep
from src.schemas import Id

router = APIRouter(tags=["api-keys"])


@router.get("", summary="List one's API keys", responses=problems(*GUARDED, InvalidInput))
async def list_api_keys(caller: Holder, session: ReadDep, paging: PagingDep) -> Page[schemas.ApiKeyRead]:
    """The keys that can still be used, newest first."""
    rows = await api_keys.list_live(session, account_id=caller.account_id, paging=paging)
    return paging.page(rows, [schemas.ApiKeyRead.model_validate(row[0]) for row in rows.rows])


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    summary="Make an API key",
    responses=problems(*SENSITIVE, InvalidInput, ScopesRefused, ApiKeyAlreadyOver, TooManyApiKeys),
)
async def create_api_key(
    caller: Reauthenticated, data: schemas.ApiKeyCreate, session: WriteDep, known: KnownDep, origin: OriginDep
) -> schemas.ApiKeyCreated:
    """Makes a key for a program.

    Its secret is in this answer alone, and so takes no Idempotency-Key: an answer that is kept for a repetition would
    keep the secret.
    """
    row, secret = await api_keys.create(session, caller=caller, data=data, known=known, origin=origin)
    return utils.api_key_created(row, secret)


@router.delete(
    "/{key_id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Revoke an API key",
    responses=problems(*GUARDED, ApiKeyNotFound, InvalidInput),
)
async def revoke_api_key(
    caller: Holder, session: WriteDep, origin: OriginDep, key_id: Annotated[Id, Path(description="The key's id.")]
) -> None:
    """Ends a key: it is refused from now on."""
    await api_keys.revoke(session, caller=caller, key_id=key_id, origin=origin)
