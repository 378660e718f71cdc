"""The server's secrets: made once, closed to others, shared by processes, changed without signing anybody out."""

import logging
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from src.auth import keyring, tokens
from src.auth.constants import Role
from src.auth.exceptions import InvalidToken, UnusableKeys
from src.auth.keyring import KeyFile, Keyring, keyring_from_text, new_secret

pytestmark = pytest.mark.unit

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def token_of(keys: Keyring, now: datetime = NOW) -> str:
    return tokens.issue(keys, account_id=1, session_id=2, role=Role.MEMBER, scopes=(), now=now)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "token_keys.json"


def test_keys_are_made_once_and_found_again(path: Path) -> None:
    made, found = KeyFile(path), KeyFile(path)
    assert made.keys == found.keys
    assert made.refresh_secret == found.refresh_secret
    assert len(made.current.secret) == len(made.refresh_secret) == 32
    assert made.current.secret != made.refresh_secret


def test_two_servers_never_have_the_same_keys(path: Path) -> None:
    assert KeyFile(path).current != KeyFile(path.with_name("other.json")).current


def test_only_the_owner_may_read_the_keys_and_nothing_else_is_left(path: Path) -> None:
    keys = KeyFile(path)
    keys.rotate(NOW)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 2


def test_keys_that_others_could_read_are_closed_and_said(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    KeyFile(path)
    path.chmod(0o644)
    KeyFile(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "could be read by others (mode 0644)" in caplog.text


def test_a_key_is_never_printed(path: Path) -> None:
    key = KeyFile(path).current
    assert repr(key.secret) not in repr(key)


def test_many_processes_that_start_at_once_agree(path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        opened = list(pool.map(lambda _: KeyFile(path), range(32)))
    assert len({keys.current.kid for keys in opened}) == 1
    assert len({keys.refresh_secret for keys in opened}) == 1


def test_rotations_at_once_lose_no_key(path: Path) -> None:
    KeyFile(path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: KeyFile(path).rotate(NOW), range(16)))
    keys = KeyFile(path).keys
    assert len(keys) == 17
    assert [key.retired_at for key in keys] == [None] + [NOW] * 16


def test_a_rotation_signs_nobody_out(path: Path) -> None:
    keys = KeyFile(path)
    before = token_of(keys)
    keys.rotate(NOW + SECOND)
    after = token_of(keys, NOW + SECOND)
    assert before.split(".")[0] != after.split(".")[0]
    for token in (before, after):
        assert tokens.read(keys, token, now=NOW + timedelta(minutes=9)).account_id == 1


def test_a_retired_key_ends_with_the_last_token_that_it_could_have_signed(path: Path) -> None:
    keys = KeyFile(path)
    old = keys.current
    keys.rotate(NOW)
    assert keys.keys[1].kid == old.kid
    end = NOW + keyring.ACCESS_TOKEN_LIFETIME + keyring.LEEWAY
    assert keys.keys[1].is_live(end)
    assert not keys.keys[1].is_live(end + SECOND)
    keys.rotate(end + SECOND)
    assert old.kid not in {key.kid for key in keys.keys}
    assert len(keys.keys) == 2


def test_a_retired_key_signs_nothing_new_for_who_still_has_it(path: Path) -> None:
    keys = KeyFile(path)
    thief = Keyring(keys.keys, keys.refresh_secret)
    keys.rotate(NOW)
    late = NOW + timedelta(minutes=11)
    with pytest.raises(InvalidToken):
        tokens.read(keys, token_of(thief, late), now=late)


def test_another_process_follows_a_rotation_at_once(path: Path) -> None:
    here, there = KeyFile(path), KeyFile(path)
    here.rotate(NOW)
    assert tokens.read(there, token_of(here), now=NOW).account_id == 1
    here.rotate(NOW)
    assert tokens.read(here, token_of(there), now=NOW).account_id == 1
    assert there.current == here.current
    assert not there.refresh()


def test_distrusted_keys_and_their_refresh_secret_end_at_once(path: Path) -> None:
    keys = KeyFile(path)
    token, refresh_secret = token_of(keys), keys.refresh_secret
    keys.rotate(NOW)
    assert keys.refresh_secret == refresh_secret
    keys.rotate(NOW, distrust=True)
    assert len(keys.keys) == 1
    assert keys.refresh_secret != refresh_secret
    with pytest.raises(InvalidToken):
        tokens.read(keys, token, now=NOW)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"refresh_secret": "", "signing_keys": []}',
        '{"refresh_secret": "%(s)s", "signing_keys": []}',
        '{"refresh_secret": "%(s)s", "signing_keys": [{"secret": "c2hvcnQ", "retired_at": null}]}',
        '{"refresh_secret": "%(s)s", "signing_keys": [{"secret": "%(s)s", "retired_at": "2026-01-01T00:00:00"}]}',
        '{"refresh_secret": "%(s)s", "signing_keys": [{"secret": "%(s)s", "retired_at": null}], "later": 1}',
        '{"refresh_secret": "!%(s)s", "signing_keys": [{"secret": "%(s)s", "retired_at": null}]}',
    ],
)
def test_a_damaged_file_stops_the_start_in_one_line_but_not_a_running_server(
    path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    running = KeyFile(path)
    token = token_of(running)
    path.write_text(content % {"s": new_secret()} if "%(s)s" in content else content)
    with pytest.raises(UnusableKeys) as refusal:
        KeyFile(path)
    assert "\n" not in str(refusal.value)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert tokens.read(running, token, now=NOW).account_id == 1
            assert not running.refresh()
    assert caplog.text.count("cannot be read again") == 1


def test_a_lost_file_is_said_once_and_the_keys_stay(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    keys = KeyFile(path)
    token = token_of(keys)
    path.unlink()
    for _ in range(3):
        keys.refresh()
    assert tokens.read(keys, token, now=NOW).account_id == 1
    assert caplog.text.count("cannot be read again") == 1


def test_keys_from_the_environment_sign_with_the_first_and_read_all() -> None:
    old, new, refresh_secret = new_secret(), new_secret(), new_secret()
    before = keyring_from_text(old, refresh_secret=refresh_secret)
    between = keyring_from_text(f" {new} , {old}=, ", refresh_secret=refresh_secret)
    after = keyring_from_text(new, refresh_secret=refresh_secret)
    assert before.refresh_secret == after.refresh_secret
    assert tokens.read(between, token_of(before), now=NOW).account_id == 1
    assert tokens.read(after, token_of(between), now=NOW).account_id == 1
    assert not between.refresh()
    with pytest.raises(InvalidToken):
        tokens.read(after, token_of(before), now=NOW)


@pytest.mark.parametrize(
    ("signing_keys", "refresh_secret", "reason"),
    [
        ("", "A" * 43, "no key"),
        (" , ", "A" * 43, "no key"),
        ("A" * 42, "A" * 43, "shorter than 32"),
        ("A" * 43, "", "shorter than 32"),
        ("A" * 43, "A" * 10, "shorter than 32"),
        ("change me, please! this is the secret of us all", "A" * 43, "not base64url"),
        ("A" * 42 + "B", "A" * 43, "not base64url"),
        ("é" * 43, "A" * 43, "not base64url"),
        ("A" * 43 + "," + "A" * 43, "A" * 43, "given twice"),
    ],
)
def test_unfit_keys_stop_the_start(signing_keys: str, refresh_secret: str, reason: str) -> None:
    with pytest.raises(UnusableKeys, match=reason):
        keyring_from_text(signing_keys, refresh_secret=refresh_secret)
