"""The REST application: error answers, OpenAPI, and every room's routes."""
