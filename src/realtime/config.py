"""Settings of realtime."""

from pydantic import Field

from src.config import PackageSettings


class RealtimeSettings(PackageSettings):
    """From the environment."""

    # Open sockets of one process, and of one account in it: beyond that its oldest one is closed. Whoever follows a
    # stream over plain HTTP counts as one.
    realtime_sockets: int = Field(default=10_000, ge=1)
    realtime_sockets_each: int = Field(default=32, ge=1)
    # How long a new socket has to say who it is, in seconds as all times here, and how often each is pinged.
    realtime_hello_seconds: float = Field(default=5, gt=0, le=60)
    # How long the answer to that may take, once it is begun: few are made at a time, and the others wait for them.
    realtime_greeting_seconds: float = Field(default=10, gt=0, le=60)
    realtime_ping_seconds: float = Field(default=25, gt=0, le=300)
    # How long after a ping something has to come from the client.
    realtime_pong_seconds: float = Field(default=8, gt=0, le=60)
    # How long a client may take to read what waits for it before it is closed.
    realtime_slow_seconds: float = Field(default=30, gt=0, le=600)
    # How long a socket outlives its token, for a client that is just getting a new one.
    realtime_grace_seconds: float = Field(default=30, ge=0, le=600)
    # Frames of one client: so many a second, and so many at once.
    realtime_rate: float = Field(default=20, gt=0)
    realtime_burst: int = Field(default=60, ge=1)
    # Operations of one client that are under way at the same time.
    realtime_in_flight: int = Field(default=32, ge=1)
    # What all streams of a process may keep in memory for those who come back, in bytes.
    realtime_memory: int = Field(default=64 * 1024 * 1024, ge=0)
    # How often presence is noted and looked at; people count as present for twice the first and a little more.
    realtime_presence_seconds: float = Field(default=30, gt=0, le=600)
    realtime_watch_seconds: float = Field(default=5, gt=0, le=60)
