"""The endpoints of what a person wants to hear of."""

from fastapi import APIRouter

from src.auth import dependencies as auth_dependencies
from src.database import ReadDep, WriteDep
from src.exceptions import InvalidInput, problems
from src.notifications import exceptions, schemas, service_preferences, utils
from src.notifications.dependencies import CatalogueDep, Reader, Writer

router = APIRouter(tags=["notifications"])


@router.get("", summary="Read what one is notified of", responses=problems(*auth_dependencies.GUARDED))
async def read_preferences(session: ReadDep, caller: Reader, catalogue: CatalogueDep) -> schemas.PreferencesRead:
    """Every kind with where it is wanted, when letters come, and the quiet hours."""
    return utils.preferences_read(await service_preferences.own(session, caller=caller), catalogue)


@router.patch(
    "",
    summary="Change what one is notified of",
    responses=problems(*auth_dependencies.GUARDED, InvalidInput, exceptions.NotificationKindUnknown),
)
async def change_preferences(
    data: schemas.PreferencesUpdate, session: WriteDep, caller: Writer, catalogue: CatalogueDep
) -> schemas.PreferencesRead:
    """Holds for what happens from now on; what is on its way is looked at again before it is sent."""
    await service_preferences.change(session, account_id=caller.account_id, data=data, catalogue=catalogue)
    return utils.preferences_read(await service_preferences.own(session, caller=caller), catalogue)
