"""What clients send and get about the second factor."""

from typing import Annotated

from pydantic import Field

from src.schemas import Count, Flag, Input, Instant, Output, Text

Code = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=64,
        description="Six digits of the authenticator, or a recovery code.",
        examples=["492039"],
    ),
]


class SecondFactorLogin(Input):
    """The second half of a login."""

    challenge: Annotated[
        Text,
        Field(min_length=1, max_length=200, description="Of the answer to the first half.", examples=["hthc_115…"]),
    ]
    code: Code


class CodeGiven(Input):
    """A code of the authenticator."""

    code: Code


class EnrolmentRead(Output):
    """What an authenticator is given; nothing is asked for before one of its codes has come back."""

    secret: Annotated[str, Field(description="To be typed.", examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])]
    uri: Annotated[
        str,
        Field(description="To be shown as a QR code.", examples=["otpauth://totp/hearth.example:ada?secret=JBSWY3DP…"]),
    ]


class RecoveryCodesRead(Output):
    """Codes for when the authenticator is lost, each good once: the only time that they are seen."""

    recovery_codes: Annotated[list[str], Field(examples=[["7K3M-9QXD-0ABC-WXYZ"]])]


class SecondFactorRead(Output):
    """How the second factor stands."""

    enabled_at: Annotated[Instant | None, Field(description="Null: the password alone opens the account.")]
    recovery_codes_left: Count
    required: Annotated[Flag, Field(description="With your role one has to have it; without, you are a member only.")]
