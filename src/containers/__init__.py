"""Archives that strangers made, read in place and with care: zip, tar and tar.gz, and the JSON and CSV in them."""
