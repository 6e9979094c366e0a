"""The version of PingPilot."""

VERSION = "0.1.0"
