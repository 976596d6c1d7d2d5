"""E-mail: letters as they are put together, and the server that takes them."""
