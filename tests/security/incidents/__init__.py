"""One test for each incident of others that this project means never to repeat; SECURITY.md lists them."""
