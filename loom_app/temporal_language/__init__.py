"""The <temporal> language: instructions that agents write into their words, read, judged, carried out once."""
