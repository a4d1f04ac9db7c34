"""What members see and click on Discord."""
