"""What the processes of Loom log, kept for a while: read, followed and taken along by those who may."""
