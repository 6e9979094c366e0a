"""The dashboard: pages, the states behind them, signing in."""
