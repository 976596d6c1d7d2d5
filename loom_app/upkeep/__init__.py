"""What keeps an installation small and safe: copies of its database, and what is forgotten after a while."""
