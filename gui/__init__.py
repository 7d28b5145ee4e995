"""The window: editing, drawing and driving a run. It does no arithmetic on weights."""
