"""The documentation page: complete by itself, closed to scripts of others, kept by browsers."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from src import api_docs
from src.config import ROOT
from src.middleware.stack import MiddlewareSettings, wrap
from tests.hearth import problem

pytestmark = pytest.mark.unit

ASSETS = f"/docs/assets/{api_docs.SWAGGER_UI}"
VENDORED = ROOT / "src/static/vendor" / f"swagger-ui-{api_docs.SWAGGER_UI}"
PAGES = ("/", "/docs")
_ADDRESS = re.compile(r"""(?:src|href)="([^"]+)\"""")


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=wrap(app, MiddlewareSettings()))
    async with httpx.AsyncClient(transport=transport, base_url="http://hearth.test") as client:
        yield client


@pytest.mark.parametrize("page", PAGES)
async def test_everything_that_a_page_names_is_served_by_us(client: httpx.AsyncClient, page: str) -> None:
    answer = await client.get(page)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    addresses = _ADDRESS.findall(answer.text)
    assert addresses
    for address in addresses:
        assert address.startswith("/")
        assert (await client.get(address)).status_code == 200


@pytest.mark.parametrize("page", PAGES)
async def test_a_page_runs_nothing_but_our_files(client: httpx.AsyncClient, page: str) -> None:
    answer = await client.get(page)
    rules = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert all(tag.startswith(" src=") for tag in re.findall(r"<script([^>]*)>", answer.text))
    assert "<style" not in answer.text
    assert not re.search(r"\son\w+=", answer.text)


async def test_the_page_reads_our_document_keeps_the_token_and_tells_nobody(client: httpx.AsyncClient) -> None:
    started = (await client.get("/docs/start.js")).text
    assert 'url: "/openapi.json"' in started
    assert "persistAuthorization: true" in started
    assert 'validatorUrl: "none"' in started
    assert "http" not in started


async def test_the_page_with_a_slash_is_the_page(client: httpx.AsyncClient) -> None:
    assert (await client.get("/docs/")).content == (await client.get("/docs")).content


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"])
async def test_assets_are_kept_for_ever(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"{ASSETS}/{name}")
    assert answer.content == (VENDORED / name).read_bytes()
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = await client.get(f"{ASSETS}/{name}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("path", [*PAGES, "/docs/start.js"])
async def test_our_own_files_are_asked_about_each_time(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.headers["cache-control"] == "no-cache"
    known = await client.get(path, headers={"If-None-Match": f'"old", W/{answer.headers["etag"]}'})
    assert (known.status_code, known.content) == (304, b"")
    assert (await client.get(path, headers={"If-None-Match": '"old"'})).status_code == 200


@pytest.mark.parametrize("path", ["", "/no-such-file.js", "/..%2f..%2f..%2fapi_docs.py", "/%2e%2e/README.md"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    assert problem(await client.get(ASSETS + path)) == "not_found"


@pytest.mark.parametrize("path", ["/", "/docs", f"{ASSETS}/swagger-ui.css"])
async def test_pages_are_only_read(client: httpx.AsyncClient, path: str) -> None:
    assert problem(await client.post(path)) == "method_not_allowed"


def test_the_makers_licence_comes_with_their_files() -> None:
    assert "Apache License" in (VENDORED / "LICENSE").read_text()
    assert "SmartBear" in (VENDORED / "NOTICE").read_text()
    assert api_docs.SWAGGER_UI in (VENDORED.parent / "README.md").read_text()
    assert [folder.name for folder in Path(VENDORED.parent).iterdir() if folder.is_dir()] == [VENDORED.name]
