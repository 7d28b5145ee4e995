"""What the network has learned, live: regions over the plane, a curve, a confusion matrix, the worst samples, a pad."""
