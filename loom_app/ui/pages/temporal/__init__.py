"""The <temporal> language, tried and overseen."""
