"""Access tokens: only what this server signed, in its form, at its time, opens anything; all else is one refusal."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.auth import opaque, tokens
from src.auth.constants import Role
from src.auth.exceptions import InvalidToken
from src.auth.keyring import KeyFile, Keyring, keyring_from_text, new_secret
from src.auth.tokens import Claims, TokenReader

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
LIFETIME = timedelta(minutes=10)
SECOND = timedelta(seconds=1)
KEYS = keyring_from_text(new_secret(), refresh_secret=new_secret())
PUBLIC_KEY = b"-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----\n"
HEADER = {"alg": "HS256", "kid": KEYS.current.kid, "typ": "at+jwt"}
CLAIMS: dict[str, object] = {
    "iss": "hearth",
    "aud": "hearth-api",
    "sub": "41",
    "sid": "42",
    "jti": "A" * 22,
    "iat": SECONDS,
    "nbf": SECONDS,
    "exp": SECONDS + 600,
    "role": "member",
    "scope": "all",
}


def part(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def written(content: object) -> bytes:
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode()


def signed(header: bytes, payload: bytes, secret: bytes = KEYS.current.secret, algorithm: str = "sha256") -> str:
    """A token with a true signature over whatever it says."""
    begin = f"{part(header)}.{part(payload)}"
    return f"{begin}.{part(hmac.digest(secret, begin.encode(), algorithm))}"


def with_header(secret: bytes = KEYS.current.secret, **changes: object) -> str:
    return signed(written(HEADER | changes), written(CLAIMS), secret)


def with_claims(**changes: object) -> str:
    return signed(written(HEADER), written(CLAIMS | changes))


def with_raw_claim(name: str, raw: str) -> str:
    """A claim that Python's own JSON would not write."""
    return signed(written(HEADER), written(CLAIMS | {name: "RAW"}).replace(b'"RAW"', raw.encode()))


def without(name: str) -> str:
    header = {key: value for key, value in HEADER.items() if key != name}
    return signed(written(header), written({key: value for key, value in CLAIMS.items() if key != name}))


GOOD = with_claims()
BEGIN, SIGNATURE = GOOD.rsplit(".", 1)
JWK = {"kty": "oct", "k": part(b"k" * 32)}

FORGED = {
    # No signature, or another one.
    "none": signed(written(HEADER | {"alg": "none"}), written(CLAIMS)),
    "none, unsigned": f"{part(written(HEADER | {'alg': 'none'}))}.{part(written(CLAIMS))}.",
    "None, written otherwise": with_header(alg="nOnE"),
    "no signature": BEGIN + ".",
    "no signature part": BEGIN,
    "truncated signature": GOOD[:-1],
    "longer signature": GOOD + "A",
    "signature of zeros": f"{BEGIN}.{'A' * 43}",
    "signature with a sign that decoders skip": f"{BEGIN}.{SIGNATURE[:20]}!{SIGNATURE[20:]}",
    "signature padded": GOOD + "=",
    "signature with a bit left over": GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
    "flipped bit in the claims": GOOD.replace(part(written(CLAIMS))[:12], part(written(CLAIMS))[:11] + "x"),
    "claims of another": ".".join([BEGIN.split(".")[0], part(written(CLAIMS | {"sub": "1"})), SIGNATURE]),
    "another server's key": signed(written(HEADER), written(CLAIMS), b"k" * 32),
    "empty key": signed(written(HEADER), written(CLAIMS), b""),
    # Another algorithm than ours.
    "HS384": signed(written(HEADER | {"alg": "HS384"}), written(CLAIMS), algorithm="sha384"),
    "HS512": signed(written(HEADER | {"alg": "HS512"}), written(CLAIMS), algorithm="sha512"),
    "HS256 in a list": with_header(alg=["HS256"]),
    "HS256 and more": with_header(alg="HS256 HS384"),
    "RS256 signed with the public key": with_header(secret=PUBLIC_KEY, alg="RS256"),
    "HS256 signed with a public key": with_header(secret=PUBLIC_KEY),
    "ES256": with_header(alg="ES256"),
    "encrypted": with_header(alg="dir", enc="A256GCM", zip="DEF"),
    "no algorithm": without("alg"),
    # A key that the token brings or names.
    "wrong kid": with_header(kid="0123456789abcdef"),
    "no kid": without("kid"),
    "kid null": with_header(kid=None),
    "kid a path": with_header(secret=b"", kid="../../../../dev/null"),
    "kid a list": with_header(kid=[KEYS.current.kid]),
    "jwk": with_header(secret=b"k" * 32, jwk=JWK),
    "jku": with_header(jku="https://attacker.example/keys.json"),
    "x5u": with_header(x5u="https://attacker.example/chain.pem"),
    "x5c": with_header(x5c=["MIIB"]),
    "crit": with_header(crit=["exp"]),
    "crit unknown": with_header(crit=["b64"], b64=False),
    # Another kind of token.
    "typ JWT": with_header(typ="JWT"),
    "typ in capitals": with_header(typ="AT+JWT"),
    "no typ": without("typ"),
    "refresh token": opaque.refresh_token(KEYS.refresh_secret, 41, 0),
    "key for a program": opaque.new_api_key(),
    # Out of its time.
    "expired": with_claims(iat=SECONDS - 700, nbf=SECONDS - 700, exp=SECONDS - 100),
    "not yet valid": with_claims(nbf=SECONDS + 60),
    "issued in the future": with_claims(iat=SECONDS + 60, nbf=SECONDS + 60, exp=SECONDS + 660),
    "good before it was issued": with_claims(iat=SECONDS + 60),
    "living too long": with_claims(exp=SECONDS + 601),
    "expired before it was issued": with_claims(exp=SECONDS - 5),
    "exp Infinity": with_raw_claim("exp", "Infinity"),
    "exp NaN": with_raw_claim("exp", "NaN"),
    "exp 1e400": with_raw_claim("exp", "1e400"),
    "exp of 2000 digits": with_raw_claim("exp", "9" * 2000),
    "exp a list": with_claims(exp=[SECONDS + 600]),
    "exp a text": with_claims(exp=str(SECONDS + 600)),
    "exp a fraction": with_claims(exp=SECONDS + 600.5),
    "exp null": with_claims(exp=None),
    "exp true": with_claims(iat=0, nbf=0, exp=True),
    "iat a text": with_claims(iat=str(SECONDS)),
    "iat negative": with_claims(iat=-1),
    "nbf a list": with_claims(nbf=[SECONDS]),
    "nbf true": with_claims(iat=True, nbf=True),
    # From or for somebody else.
    "wrong iss": with_claims(iss="https://attacker.example"),
    "iss a list": with_claims(iss=["hearth"]),
    "wrong aud": with_claims(aud="hearth-media"),
    "aud a list": with_claims(aud=["hearth-api"]),
    "aud null": with_claims(aud=None),
    "sub negative": with_claims(sub="-41"),
    "sub zero": with_claims(sub="0"),
    "sub a number": with_claims(sub=41),
    "sub with a leading zero": with_claims(sub="041"),
    "sub with a space": with_claims(sub=" 41"),
    "sub with a line": with_claims(sub="41\n"),
    "sub in other digits": with_claims(sub="\u0664\u0662"),
    "sub beyond 64 bits": with_claims(sub=str(2**63)),
    "sub of 2000 digits": with_claims(sub="9" * 2000),
    "sub a name": with_claims(sub="admin"),
    "sub empty": with_claims(sub=""),
    "sid a number": with_claims(sid=42),
    "sid beyond 64 bits": with_claims(sid=str(2**63)),
    "sid a list": with_claims(sid=["42"]),
    "jti a number": with_claims(jti=7),
    "jti short": with_claims(jti="A"),
    "unknown role": with_claims(role="root"),
    "role a list": with_claims(role=["admin"]),
    "scope a list": with_claims(scope=["all"]),
    "scope with two spaces": with_claims(scope="all  more"),
    "scope with a quote": with_claims(scope='all"'),
    **{f"no {name}": without(name) for name in CLAIMS},
    # Texts that break readers.
    "empty": "",
    "one dot": "a.b",
    "two dots alone": "..",
    "three dots": GOOD + ".",
    "four dots": f"{GOOD}.{SIGNATURE}.{SIGNATURE}",
    "a space before": " " + GOOD,
    "a line after": GOOD + "\n",
    "Bearer twice": "Bearer " + GOOD,
    "not ASCII": GOOD.replace(".", "\uff0e"),
    "not ASCII letters": "é" + GOOD[1:],
    "lone surrogate": "\ud800" + GOOD[1:],
    "NUL": "\0" + GOOD,
    "deep header": f"{part(b'[' * 2500)}.{part(written(CLAIMS))}.{SIGNATURE}",
    "very deep header": f"{part(b'[' * 100_000)}.{part(written(CLAIMS))}.{SIGNATURE}",
    "deep claims, signed": signed(written(HEADER), b'{"exp":' + b"[" * 2800),
    "claims a list, signed": signed(written(HEADER), b"[]"),
    "claims not UTF-8, signed": signed(written(HEADER), b'{"exp":"\xff"}'),
    "claims no JSON, signed": signed(written(HEADER), b"all"),
    "header no JSON": signed(b"all", written(CLAIMS)),
    "header a list": signed(b"[]", written(CLAIMS)),
    "header in another order": signed(json.dumps(HEADER).encode(), written(CLAIMS)),
    "a megabyte": with_claims(pad="x" * 1_000_000),
    "a character too long": "A" * 2000 + "." + "A" * 2052 + "." + SIGNATURE,
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused_and_the_refusal_says_nothing(token: str) -> None:
    readers: list[Callable[..., Claims]] = [partial(tokens.read, KEYS), TokenReader(KEYS).read]
    refusals = []
    for read in readers:
        with pytest.raises(InvalidToken) as refusal:
            read(token, now=NOW)
        refusals.append((refusal.value.status, refusal.value.code, str(refusal.value), refusal.value.headers))
        assert refusal.value.__cause__ is None
    empty = InvalidToken()
    assert refusals == [(401, "invalid_token", str(empty), {"WWW-Authenticate": 'Bearer error="invalid_token"'})] * 2


def test_what_the_forgers_started_from_is_good() -> None:
    assert tokens.read(KEYS, GOOD, now=NOW) == Claims(
        account_id=41,
        session_id=42,
        role=Role.MEMBER,
        scopes=frozenset({"all"}),
        token_id="A" * 22,
        issued_at=SECONDS,
        not_before=SECONDS,
        expires_at=SECONDS + 600,
    )
    assert tokens.read(KEYS, with_claims(later="unknown"), now=NOW).account_id == 41


@pytest.mark.parametrize(("issued_at", "good"), [(0, True), (1, True), (True, False), (-1, False), (0.0, False)])
def test_an_instant_is_a_whole_number_and_nothing_like_one(issued_at: float, good: bool) -> None:
    token = with_claims(iat=issued_at, nbf=1, exp=590)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    if good:
        assert tokens.read(KEYS, token, now=epoch).issued_at == issued_at
    else:
        with pytest.raises(InvalidToken):
            tokens.read(KEYS, token, now=epoch)


def test_a_token_has_the_form_that_the_standard_asks_for() -> None:
    token = tokens.issue(KEYS, account_id=41, session_id=42, role=Role.ADMIN, scopes=["b", "a"], now=NOW)
    header, payload, _ = token.split(".")
    assert header == part(written({"alg": "HS256", "kid": KEYS.current.kid, "typ": "at+jwt"}))
    assert token == signed(written(HEADER), _unpacked(payload))
    assert json.loads(_unpacked(payload)) == CLAIMS | {
        "jti": tokens.read(KEYS, token, now=NOW).token_id,
        "role": "admin",
        "scope": "a b",
    }


def _unpacked(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


ids = st.integers(1, 2**63 - 1)
scope_names = st.frozensets(st.from_regex(r"[a-z0-9_.:*-]{1,64}", fullmatch=True), max_size=32)
instants = st.datetimes(datetime(1990, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  bounds


@given(ids, ids, st.sampled_from(Role), scope_names, instants)
def test_a_token_says_what_was_issued_for_as_long_as_it_lives(
    account_id: int, session_id: int, role: Role, scopes: frozenset[str], now: datetime
) -> None:
    token = tokens.issue(KEYS, account_id=account_id, session_id=session_id, role=role, scopes=scopes, now=now)
    reader = TokenReader(KEYS)
    for moment in (now, now - 9 * SECOND, now + LIFETIME + 8 * SECOND):
        claims = reader.read(token, now=moment)
        assert claims == tokens.read(KEYS, token, now=moment)
        assert (claims.account_id, claims.session_id, claims.role, claims.scopes) == (
            account_id,
            session_id,
            role,
            scopes,
        )
    for moment in (now - 12 * SECOND, now + LIFETIME + 11 * SECOND):
        with pytest.raises(InvalidToken):
            reader.read(token, now=moment)
        with pytest.raises(InvalidToken):
            tokens.read(KEYS, token, now=moment)


def test_two_tokens_are_never_alike() -> None:
    issued = {tokens.issue(KEYS, account_id=1, session_id=1, role=Role.MEMBER, scopes=(), now=NOW) for _ in range(100)}
    assert len(issued) == 100


@pytest.mark.parametrize(
    ("account_id", "session_id", "scopes"),
    [
        (0, 1, ()),
        (-1, 1, ()),
        (2**63, 1, ()),
        (1, 0, ()),
        (1, 2**63, ()),
        (1, 1, ("a b",)),
        (1, 1, ("",)),
        (1, 1, ("Ä",)),
        (1, 1, [f"scope-{n}" for n in range(33)]),
    ],
)
def test_what_could_not_be_read_back_is_not_issued(account_id: int, session_id: int, scopes: list[str]) -> None:
    with pytest.raises(ValueError, match=r"form|an id|space"):
        tokens.issue(KEYS, account_id=account_id, session_id=session_id, role=Role.MEMBER, scopes=scopes, now=NOW)


@given(
    st.one_of(
        st.text(alphabet=st.characters(codec=None)),
        st.from_regex(r"[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{0,80}\.[A-Za-z0-9_-]{42}[A-Za-z0-9_-]"),
        st.binary(max_size=200).map(lambda claims: signed(written(HEADER), claims)),
    )
)
def test_no_text_that_was_not_issued_is_a_token(text: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.read(KEYS, text, now=NOW)


@given(st.data())
def test_one_other_sign_makes_it_worthless(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(GOOD) - 1))
    changed = GOOD[:place] + data.draw(st.sampled_from("AQgw09-_.=é")) + GOOD[place + 1 :]
    if changed != GOOD:
        with pytest.raises(InvalidToken):
            tokens.read(KEYS, changed, now=NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(sorted(CLAIMS)), json_values)
def test_a_signed_claim_of_any_type_is_taken_in_its_range_or_refused(name: str, value: object) -> None:
    try:
        claims = tokens.read(KEYS, with_claims(**{name: value}), now=NOW)
    except InvalidToken:
        return
    assert type(value) is type(CLAIMS[name])
    assert all(0 < number < 2**63 for number in (claims.account_id, claims.session_id))
    assert claims.issued_at <= claims.not_before <= SECONDS + 10 < claims.expires_at + 20


# What a reader remembers.


def issued(keys: Keyring, now: datetime = NOW) -> str:
    return tokens.issue(keys, account_id=41, session_id=42, role=Role.MEMBER, scopes=(), now=now)


def test_a_remembered_token_ends_on_time_also_when_time_goes_back() -> None:
    reader = TokenReader(KEYS)
    remembered = reader.read(GOOD, now=NOW)
    assert reader.read(GOOD, now=NOW + LIFETIME) is remembered
    for moment in (NOW + LIFETIME + 10 * SECOND, NOW - 11 * SECOND):
        for _ in range(2):
            with pytest.raises(InvalidToken):
                reader.read(GOOD, now=moment)
    assert reader.read(GOOD, now=NOW) == remembered
    assert reader.read(GOOD, now=NOW) is not remembered


def test_a_reader_forgets_all_when_a_key_is_withdrawn(tmp_path: Path) -> None:
    here, there = KeyFile(tmp_path / "keys"), KeyFile(tmp_path / "keys")
    reader, other_reader = TokenReader(here), TokenReader(there)
    token = issued(here)
    assert reader.read(token, now=NOW) == other_reader.read(token, now=NOW)
    here.rotate(NOW)
    assert reader.read(token, now=NOW).account_id == 41
    # A file that is replaced twice within a tick of the clock of files may look like the first one.
    assert there.refresh()
    here.rotate(NOW, distrust=True)
    with pytest.raises(InvalidToken):
        reader.read(token, now=NOW)
    with pytest.raises(InvalidToken):
        other_reader.read(token, now=NOW + SECOND)


def test_a_reader_remembers_so_many_and_reads_all(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "keys")
    reader = TokenReader(keys, limit=3)
    texts = [issued(keys) for _ in range(10)]
    first = [reader.read(text, now=NOW) for text in texts]
    again = [reader.read(text, now=NOW) for text in reversed(texts)]
    assert again == first[::-1]
    assert [new is old for new, old in zip(again, first[::-1], strict=True)] == [True] * 3 + [False] * 7


def test_a_refused_token_is_not_remembered() -> None:
    reader = TokenReader(KEYS)
    changed = GOOD[:-1] + ("A" if GOOD[-1] != "A" else "Q")
    for token in (GOOD, changed, GOOD, changed):
        if token == GOOD:
            assert reader.read(token, now=NOW).account_id == 41
        else:
            with pytest.raises(InvalidToken):
                reader.read(token, now=NOW)
