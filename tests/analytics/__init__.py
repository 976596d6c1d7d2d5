"""What calls to models come to."""
