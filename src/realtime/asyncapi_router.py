"""Where the description of the sockets is read: by programs as AsyncAPI, by people as a page; open to everybody."""

import orjson
from fastapi import APIRouter

from src import api_docs
from src.feature import Registry
from src.realtime import asyncapi, asyncapi_page
from src.realtime.catalogue import Catalogue


def make(registry: Registry) -> APIRouter:
    """The two pages of a server with these features; no part of the API."""
    router = APIRouter()
    document = asyncapi.document(Catalogue(registry), title="Hearth", version="1")
    program, page = orjson.dumps(document), asyncapi_page.render(document)
    router.add_route("/v1/asyncapi.json", api_docs.page(program, "application/json"), include_in_schema=False)
    router.add_route("/docs/sockets", api_docs.page(page, "text/html"), include_in_schema=False)
    return router
