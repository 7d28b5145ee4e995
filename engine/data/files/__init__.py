"""Reading data files of one's own: strict, nothing executed, nothing unpacked to disk.

``look`` says what a file holds and proposes how to read it, ``take`` makes data for a project of it, and ``samples``
reads what a project names. Every refusal is one ProjectError with the place in the file.
"""
