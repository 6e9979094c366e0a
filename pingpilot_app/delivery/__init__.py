"""From an accepted event to its messages: accept, work off, wake who watches."""
