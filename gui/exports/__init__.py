"""What can be taken away: pictures of the chain and of the panels, and the window that offers every format."""
