"""What the bot does on Discord, one feature a file."""
