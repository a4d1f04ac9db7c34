"""What whoever hosts the bot runs by hand."""
