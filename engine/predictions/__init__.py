"""What a network has learned, seen from outside: its predictions over the plane, along a line, and of every sample."""
