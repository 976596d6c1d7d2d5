"""The action protocol: what a model may ask for, how its reply is read, how it is carried out and what it is told."""
