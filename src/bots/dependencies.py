"""What the endpoints of bots ask for: somebody signed in by a session, and a bot of theirs."""

from typing import Annotated, Any

from fastapi import Depends, Path

from src.auth import dependencies as auth_dependencies
from src.auth import reauthentication as auth_reauthentication
from src.bots import service
from src.bots.constants import Permission
from src.database import ReadDep
from src.schemas import Id

BotId = Annotated[Id, Path(description="The bot's id.")]
KeyId = Annotated[Id, Path(description="The key's id.")]
Owner = Annotated[auth_dependencies.Caller, auth_dependencies.requires(Permission.MANAGE)]


async def reauthenticated(caller: Owner, session: ReadDep) -> auth_dependencies.Caller:
    """The owner, whose session has just shown that they sit before it.

    Raises:
        ReauthenticationRequired: that was too long ago.
    """
    await auth_reauthentication.require(session, caller=caller)
    return caller


SureOwner = Annotated[auth_dependencies.Caller, Depends(reauthenticated)]


async def own_bot(caller: Owner, session: ReadDep, bot_id: BotId) -> Any:
    """The bot of the path, a row of `service.page`.

    Raises:
        BotNotFound: it does not exist, or is somebody else's.
    """
    return await service.find(session, owner_id=caller.account_id, bot_id=bot_id)


OwnBot = Annotated[Any, Depends(own_bot)]
