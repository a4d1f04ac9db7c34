"""What the people of a server, or of a private conversation, choose."""
