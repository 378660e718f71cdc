"""URLs that people give: what is refused, and that exactly what was checked is called."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from src.outbound import exceptions, guard
from src.outbound.client import Call, Outbound
from tests.outbound import servers

pytestmark = pytest.mark.unit

_OUTSIDE = ["93.184.215.14"]


async def way(url: str, **names: list[str]) -> guard.Way:
    """Where a URL leads when these names are known."""
    known = {name.replace("_", "."): [found] for name, found in names.items()}
    return await guard.Guard(resolver=servers.Names(known)).way(guard.parsed_url(url))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "//example.org/",
        "example.org",
        "http://",
        "http:///path",
        "http://./",
        "http://example..org/",
        "http://example.org../",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://example.org:0/",
        "http://example.org:22/",
        "http://example.org:6379/",
        "https://example.org:8443/",
        "http://example.org:99999/",
        "http://exa mple.org/",
        "http://example.org/\r\nHost: other",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://127.0.0.1/",
        "http://127.0.0.1./",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/",
        "http://example.org/" + "a" * 5000,
    ],
)
async def test_forms_and_addresses_that_are_refused(url: str) -> None:
    # Where a library already finds that it is no URL, or a look-up that there is no such host, that is as good.
    with pytest.raises((exceptions.AddressRefused, exceptions.HostUnreachable)):
        await way(url, example_org=_OUTSIDE)


async def test_a_name_is_looked_up_and_pinned() -> None:
    found = await way("HTTP://Example.ORG:80/a?b#c", example_org=[*_OUTSIDE, "2606:2800::1", *_OUTSIDE])
    assert (found.name, found.addresses) == ("example.org", ("93.184.215.14", "2606:2800::1"))
    assert (await way("http://1.1.1.1/")) == guard.Way(guard.parsed_url("http://1.1.1.1/"), None, ("1.1.1.1",))


async def test_a_dot_behind_the_name_is_the_same_name() -> None:
    assert (await way("https://example.org./", example_org=_OUTSIDE)).name == "example.org"


async def test_names_of_other_scripts_are_looked_up_in_their_ascii_form() -> None:
    resolver = servers.Names({"xn--mnchen-3ya.de": [_OUTSIDE]})
    found = await guard.Guard(resolver=resolver).way(guard.parsed_url("https://münchen.de/straße"))
    assert (found.name, resolver.asked) == ("xn--mnchen-3ya.de", ["xn--mnchen-3ya.de"])


@pytest.mark.parametrize("bad", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:10.0.0.1", "fe80::1%eth0", "64:ff9b::a00:1"])
async def test_one_bad_address_among_good_ones_is_refused(bad: str) -> None:
    with pytest.raises(exceptions.AddressRefused):
        await way("http://example.org/", example_org=[*_OUTSIDE, bad])


async def test_a_host_that_nobody_knows() -> None:
    with pytest.raises(exceptions.HostUnreachable):
        await way("http://example.org/")
    with pytest.raises(exceptions.HostUnreachable):
        await way("http://example.org/", example_org=[])


async def test_the_machines_own_resolver_is_asked() -> None:
    found = await guard.system_resolver()("localhost")
    assert all(ipaddress.ip_address(each).is_loopback for each in found)
    with pytest.raises(exceptions.AddressRefused):
        await guard.Guard().way(guard.parsed_url("http://localhost/"))


async def test_a_second_look_up_with_another_answer_has_no_effect() -> None:
    async with (
        servers.serving(servers.always(servers.plain(b"checked"))) as good,
        servers.outbound(good, names={"turns.example": [["127.0.0.1"], ["127.0.0.2"]]}) as (out, names),
    ):
        answer = await out.fetch(Call(url=good.url(host="turns.example")))
        assert (answer.body, names.asked) == (b"checked", ["turns.example"])
        assert f"host: turns.example:{good.port}\r\n" in good.heads[0].lower()
        with pytest.raises(exceptions.AddressRefused):
            await out.fetch(Call(url=good.url(host="turns.example")))
        assert len(good.heads) == 1


async def test_each_redirect_is_checked_like_the_first_url() -> None:
    async with servers.serving(servers.always(servers.plain(b"inside")), host="127.0.0.2") as inner:
        for target in (inner.url(host="127.0.0.2"), inner.url(host="inner.example"), "file:///etc/passwd", "http://[/"):
            moved = servers.plain(b"", status=302, headers=f"Location: {target}\r\n")
            async with (
                servers.serving(servers.always(moved)) as outer,
                servers.outbound(outer, inner, names={"inner.example": [["127.0.0.2"]]}) as (out, _),
            ):
                with pytest.raises(exceptions.AddressRefused):
                    await out.fetch(Call(url=outer.url()))
        assert inner.heads == []


async def test_a_name_is_looked_up_anew_on_each_hop() -> None:
    moved = servers.plain(b"", status=301, headers="Location: /next\r\n")
    async with (
        servers.serving(servers.always(moved)) as server,
        servers.outbound(server, names={"turns.example": [["127.0.0.1"], ["127.0.0.2"]]}) as (out, _),
    ):
        with pytest.raises(exceptions.AddressRefused):
            await out.fetch(Call(url=server.url(host="turns.example")))
        assert len(server.heads) == 1


async def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    async with (
        servers.serving(servers.always(servers.plain())) as server,
        servers.outbound(
            server,
            names={"two.example": [["127.0.0.3", "127.0.0.1"]]},
            allowed=(ipaddress.IPv4Network("127.0.0.0/8"),),
        ) as (out, _),
    ):
        assert (await out.fetch(Call(url=server.url(host="two.example")))).body == b"hello"


async def test_the_guard_allows_nothing_by_itself_and_nothing_by_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with servers.serving(servers.always(servers.plain())) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url())
        monkeypatch.setenv("ALL_PROXY", server.url())
        out = Outbound(guard.Guard(resolver=servers.Names({"example.org": [["127.0.0.1"]]})))
        with pytest.raises(exceptions.AddressRefused):
            await out.fetch(Call(url="http://example.org/"))
        await out.close()
        assert server.heads == []


async def test_tls_is_spoken_with_the_name_and_not_with_the_address(tmp_path: Path) -> None:
    authority, serving_side, seen = _certificate(tmp_path, "named.example")
    async with (
        servers.serving(servers.always(servers.plain(b"secure")), tls=serving_side) as server,
        servers.outbound(
            server, names={"named.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]}, tls=authority
        ) as (out, _),
    ):
        answer = await out.fetch(Call(url=server.url(host="named.example", scheme="https")))
        assert (answer.body, seen) == (b"secure", ["named.example"])
        with pytest.raises(exceptions.HostUnreachable):
            await out.fetch(Call(url=server.url(host="other.example", scheme="https"), attempts=1))
    await asyncio.sleep(0)


def _certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext, list[str | None]]:
    """What trusts a new certificate of this name, what shows it, and the names that are asked for."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(file)
    seen: list[str | None] = []
    serving.sni_callback = lambda _socket, asked, _context: seen.append(asked)
    return ssl.create_default_context(cafile=file), serving, seen
