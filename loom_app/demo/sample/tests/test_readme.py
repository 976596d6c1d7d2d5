"""The examples of the README are promises, so they are run."""

import doctest


def load_tests(loader, tests, pattern):
    tests.addTests(doctest.DocFileSuite("../README.md", encoding="utf-8"))
    return tests
