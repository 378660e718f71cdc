"""What clients send and get about accounts, sessions, keys and invitations."""

from typing import Annotated

from pydantic import ConfigDict, Field

from src.auth.constants import Role, SecurityEventKind
from src.schemas import Flag, Id, Input, Instant, Output, Text

# Longer than any that can be chosen: what is wrong about it is said by the rule for passwords.
Password = Annotated[Text, Field(min_length=1, max_length=1024, examples=["correct horse battery staple"])]
_Name = Annotated[Text, Field(min_length=1, max_length=100)]


class Login(Input):
    """Who signs in."""

    login: Annotated[
        Text, Field(min_length=1, max_length=254, description="Username or e-mail address.", examples=["ada"])
    ]
    password: Password


class Reauthentication(Input):
    """What shows that it is still the owner."""

    password: Password
    code: Annotated[
        Text | None,
        Field(
            min_length=1,
            max_length=64,
            description="Where a second factor is on: a code of the authenticator, or a recovery code.",
            examples=["492039"],
        ),
    ] = None


class Refresh(Input):
    """The newest refresh token of a session."""

    refresh_token: Annotated[Text, Field(min_length=1, max_length=200, examples=["hthr_115612345678901248_0_…"])]


class GrantRead(Output):
    """What acts for an account from here on."""

    account_id: Id
    session_id: Id
    access_token: Annotated[str, Field(description="For `Authorization: Bearer`.", examples=["eyJhbGciOiJIUzI1NiIs…"])]
    expires_in: Annotated[int, Field(description="Seconds until the access token ends.", examples=[600])]
    refresh_token: Annotated[
        str,
        Field(
            description="For `POST /v1/auth/refresh`, once: each use gives its successor.",
            examples=["hthr_115612345678901248_1_…"],
        ),
    ]


class PasswordChange(Input):
    """The present password and the one to come."""

    current_password: Password
    new_password: Password
    keep_api_keys: Annotated[Flag, Field(description="Leaves your API keys as they are; else all of them end.")] = False


class OwnAccountRead(Output):
    """The account as its owner sees it."""

    id: Id
    username: Annotated[str, Field(examples=["ada"])]
    email: Annotated[str | None, Field(examples=["ada@example.org"])]
    email_confirmed_at: Annotated[Instant | None, Field(description="Null: a letter to it has still to be answered.")]
    role: Role
    created_at: Instant
    password_changed_at: Instant | None
    permissions: Annotated[
        list[str], Field(description="All that this session or key may do.", examples=[["auth:read", "auth:security"]])
    ]


class SessionRead(Output):
    """A device that is signed in."""

    id: Id
    device: Annotated[str, Field(description="What the client called itself.", examples=["Firefox/145.0"])]
    address: Annotated[str, Field(description="Where it signed in or refreshed last.", examples=["192.0.2.7"])]
    created_at: Instant
    last_used_at: Annotated[Instant, Field(description="To about ten seconds.")]
    expires_at: Annotated[Instant, Field(description="When it ends unless it is refreshed before.")]
    current: Annotated[bool, Field(description="The session of this request.")]


class ApiKeyCreate(Input):
    """A key for a program."""

    name: Annotated[_Name, Field(examples=["backup script"])]
    scopes: Annotated[
        list[Annotated[Text, Field(min_length=1, max_length=64)]],
        Field(min_length=1, max_length=64, description="Permissions that you hold.", examples=[["auth:read"]]),
    ]
    expires_at: Annotated[Instant | None, Field(description="Null: when you revoke it.")] = None


class ApiKeyRead(Output):
    """A key, without its secret."""

    id: Id
    name: str
    prefix: Annotated[str, Field(description="The first signs of its secret.", examples=["hth_a81k"])]
    scopes: list[str]
    created_at: Instant
    last_used_at: Annotated[Instant | None, Field(description="To about ten seconds.")]
    expires_at: Instant | None


class ApiKeyCreated(ApiKeyRead):
    """A new key: the only time that its secret is seen."""

    secret: Annotated[
        str, Field(description="For `Authorization: Bearer` or `X-API-Key`.", examples=["hth_" + "0" * 42 + "…"])
    ]


class InvitationCreate(Input):
    """An invitation for one person."""

    note: Annotated[Text, Field(max_length=200, description="For yourself: whom it is for.", examples=["Grace"])] = ""


class InvitationRead(Output):
    """An invitation, without its code."""

    id: Id
    inviter_id: Id
    note: str
    created_at: Instant
    expires_at: Instant
    used_at: Instant | None
    used_by_id: Id | None


class InvitationCreated(InvitationRead):
    """A new invitation: the only time that its code is seen."""

    code: Annotated[str, Field(examples=["7K3M-9QXD-0ABC-WXYZ"])]


class SecurityEventRead(Output):
    """Something that happened to the account."""

    id: Id
    kind: SecurityEventKind
    at: Instant
    address: Annotated[str, Field(description="Empty where no request was the cause.", examples=["192.0.2.7"])]
    device: Annotated[str, Field(description="What the client called itself.", examples=["Firefox/145.0"])]
    new_device: Annotated[bool, Field(description="Of a login: the account had no session of this device before.")]
    session_id: Annotated[Id | None, Field(description="The session or key that it is about.")]
    actor_id: Annotated[Id | None, Field(description="Who did it, if it was not you.")]


class RoleChange(Input):
    """The role to come."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "moderator"}]})

    role: Role
