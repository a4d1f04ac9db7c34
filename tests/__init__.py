"""The tests of the bot."""

# How long a test waits for what must come: no test that passes needs it, however much else the machine does.
PATIENCE_SECONDS = 30.0
