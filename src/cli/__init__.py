"""The command line: `hearth`. Each command has a module; `application` lists them, `entry` is where it begins."""
