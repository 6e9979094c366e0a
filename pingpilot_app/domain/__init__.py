"""What PingPilot is about, without a clock, a network or a database."""
