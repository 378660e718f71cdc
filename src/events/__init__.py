"""Events: what happened, noted with the change that it tells of, heard at one of three times."""
