"""Measurements, run by hand: each prints ratios, which carry over from one machine to another."""
