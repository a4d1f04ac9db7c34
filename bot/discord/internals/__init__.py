"""All that touches the internals of discord.py."""
