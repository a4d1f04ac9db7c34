"""The parts of the reader of feelings; `bot.services.feelings` puts them together."""
