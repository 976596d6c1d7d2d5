"""The page of motivations."""
