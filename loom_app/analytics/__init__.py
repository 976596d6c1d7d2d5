"""What calls to models come to: who asked whom, how often, how long it took, and what it cost."""
