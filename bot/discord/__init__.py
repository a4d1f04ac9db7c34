"""The Discord front end; the features are in `cogs/`."""
