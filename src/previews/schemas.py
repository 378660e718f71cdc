"""What clients get about links."""

from typing import Annotated

from pydantic import Field

from src.schemas import Output


class CardRead(Output):
    """What a page says of itself. Plain text throughout; the page may say anything, so it proves nothing."""

    url: str
    title: str
    description: str | None
    site_name: str | None
    image_url: Annotated[
        str | None,
        Field(
            description="On the page's own server, which sees who loads it: Hearth neither fetches nor passes it on."
        ),
    ]
