"""The training run: it lives in its own process and publishes through shared memory; a window reads snapshots and
sends commands.
"""
