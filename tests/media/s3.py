"""S3 servers for tests: moto's in this process, and a real one that scripts/s3.sh has built."""

import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from src.aws.config import AwsSettings
from src.config import ROOT, override
from src.media.config import MediaSettings
from src.media.constants import StoreName
from tests import ports

BUCKET = "hearth"
_KEY, _SECRET = "hearth", "hearth-secret"
_PROGRAM = ROOT / ".s3" / "versitygw-v1.8.0"
_PATIENCE = 60.0


@contextmanager
def moto() -> Iterator[str]:
    """The address of moto's server, with a bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        address = "http://{}:{}".format(*server.get_host_and_port())
        boto3.client(
            "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id=_KEY, aws_secret_access_key=_SECRET
        ).create_bucket(Bucket=BUCKET)
        yield address
    finally:
        server.stop()


@contextmanager
def gateway(folder: Path) -> Iterator[str]:
    """The address of a real server, with a bucket; skips where there is none, but not in CI."""
    if not _PROGRAM.exists():
        if os.environ.get("CI"):
            pytest.fail("there is no S3 server: scripts/s3.sh get has failed")
        pytest.skip("there is no S3 server; scripts/s3.sh get builds one")
    [port] = ports.free()
    process = subprocess.Popen(
        [ROOT / "scripts" / "s3.sh", "start", folder, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < deadline, "the S3 server does not start"
            time.sleep(0.02)
        else:
            return


@contextmanager
def used(address: str, **media: object) -> Iterator[AwsSettings]:
    """Settings with which files go to this server, below a prefix of the test's own."""
    own: dict[str, object] = {
        "s3_endpoint_url": address,
        "s3_bucket_name": BUCKET,
        "s3_access_key_id": SecretStr(_KEY),
        "s3_secret_access_key": SecretStr(_SECRET),
        "s3_prefix": f"{secrets.token_hex(4)}/",
    }
    settings = AwsSettings().model_copy(update=own)
    with override(AwsSettings, **own), override(MediaSettings, **{"media_store": StoreName.S3, **media}):
        yield settings
