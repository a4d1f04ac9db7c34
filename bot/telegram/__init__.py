"""The bot on Telegram; it needs the extra `telegram`, and nothing outside this package imports it at its top."""
