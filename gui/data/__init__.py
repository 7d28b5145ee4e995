"""Own data in the window: looking at a file, deciding what its columns mean, taking it over."""
