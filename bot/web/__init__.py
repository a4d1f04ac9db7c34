"""The web server: for uptime monitors, browsers, Prometheus and Telegram."""
