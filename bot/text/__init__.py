"""What the bot says on every platform, from plain values."""
