import contextlib
import doctest
import io
import unittest


class Readme(unittest.TestCase):
    """The examples of the README are promises, so they are run."""

    def test_its_examples_are_true(self):
        report = io.StringIO()
        with contextlib.redirect_stdout(report):
            failed, tried = doctest.testfile("../README.md", encoding="utf-8")
        self.assertGreater(tried, 0)
        self.assertEqual(failed, 0, report.getvalue())


if __name__ == "__main__":
    unittest.main()
