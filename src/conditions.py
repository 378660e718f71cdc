"""Conditional requests (RFC 9110, 13.1): whether a client has already what it would be sent."""


def is_known(if_none_match: str | None, etag: str) -> bool:
    """Whether the field `If-None-Match`, if there is one, names this validator or any; weakly compared, as it says."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
