"""What is exported and imported."""
