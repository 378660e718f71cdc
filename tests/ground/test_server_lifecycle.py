"""Starting and stopping: ports, certificates, proxies, and requests that are still running."""

import asyncio
import datetime as dt
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from src.middleware.stack import MiddlewareSettings, wrap
from src.server import CannotListen, bind, make_server
from tests.ground.serving import GET, PATIENCE, app, no_errors, released, serving, started, until


@pytest.fixture(autouse=True)
def _no_errors(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with no_errors(caplog):
        yield


def test_a_request_that_outlives_the_shutdown_is_told_so_and_ends_before_the_app(
    caplog: pytest.LogCaptureFixture,
) -> None:
    order = []

    async def endless(_request: Request) -> Response:
        never: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        started.set()
        try:
            return await never
        finally:
            # To give back what it holds takes it a moment.
            await asyncio.sleep(0.1)
            order.append("request")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        order.append("app")

    slow = wrap(Starlette(routes=[Route("/", endless)], lifespan=lifespan), MiddlewareSettings())
    with serving(slow, graceful_timeout=0.1) as running, running.connection() as connection:
        connection.send(GET + b"\r\n")
        assert started.wait(PATIENCE)
        running.server.should_exit = True
        answer = connection.answer()
    assert answer.problem == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert order == ["request", "app"]
    assert "1 requests are cancelled" in caplog.text


def test_a_running_request_is_finished_at_shutdown() -> None:
    with serving(app) as running, running.connection() as connection:
        connection.send(GET.replace(b"/ ", b"/wait ") + b"\r\n")
        assert started.wait(PATIENCE)
        running.server.should_exit = True
        until(lambda: not running.server.servers[0].is_serving())
        released.set()
        assert connection.answer().body == b"waited"


@pytest.mark.parametrize(("trusted", "expected"), [("", b"127.0.0.1 http"), ("127.0.0.1", b"203.0.113.9 https")])
def test_forwarded_addresses_are_believed_from_trusted_proxies_only(trusted: str, expected: bytes) -> None:
    forged = b"X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Proto: https\r\n\r\n"
    with serving(app, forwarded_allow_ips=trusted) as running:
        assert running.ask(GET + forged).body == b"GET " + expected


def test_a_taken_port_is_told_in_one_line() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(CannotListen) as caught:
            bind("127.0.0.1", port)
    assert str(caught.value) == f"Port {port} on 127.0.0.1 is taken: stop the other server or choose another port."


@pytest.mark.parametrize(
    ("host", "told"), [("192.0.2.1", "is not an address of this machine"), ("no such host", "is neither an address")]
)
def test_an_address_of_somebody_else_is_told_in_one_line(host: str, told: str) -> None:
    with pytest.raises(CannotListen, match=told) as caught:
        bind(host, 0)
    assert "\n" not in str(caught.value)


def test_localhost_and_everywhere_can_be_bound() -> None:
    with bind("localhost", 0) as local, bind("::", 0) as everywhere:
        assert local.getsockname()[0] == "127.0.0.1"
        with socket.create_connection(("127.0.0.1", everywhere.getsockname()[1]), timeout=PATIENCE):
            pass


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)
    return folder / "cert.pem", folder / "key.pem"


def test_with_a_certificate_it_speaks_https(tls: tuple[Path, Path]) -> None:
    trust = ssl.create_default_context(cafile=tls[0])
    with serving(wrap(app, MiddlewareSettings()), tls=tls) as running:
        url = f"https://localhost:{running.port}"
        with httpx.Client(verify=trust) as client:
            answer = client.get(url)
            assert answer.text == "GET 127.0.0.1 https"
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
            assert client.get(url, headers={"X-Long": "a" * 33_000}).status_code == 431


@pytest.mark.parametrize("broken", ["missing", "swapped"])
def test_a_bad_certificate_is_told_in_one_line(tls: tuple[Path, Path], broken: str) -> None:
    cert, key = (tls[1], tls[0]) if broken == "swapped" else (tls[0].with_name("none.pem"), tls[1])
    with bind("127.0.0.1", 0) as sock, pytest.raises(CannotListen, match="cannot be used") as caught:
        make_server(app, sockets=[sock], tls_cert=cert, tls_key=key)
    assert "\n" not in str(caught.value)
