"""What holds for several endpoints and grants alike, one file per rule."""
