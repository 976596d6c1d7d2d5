import contextlib
import io
import unittest
from pathlib import Path

from potluck.__main__ import main

RECIPES = Path(__file__).resolve().parent.parent / "recipes"
PANCAKES = str(RECIPES / "pancakes.txt")
LEMONADE = str(RECIPES / "lemonade.txt")


def run(*arguments):
    """Exit code, standard output and standard error of one command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(arguments))
        except SystemExit as stop:
            code = stop.code
    return code, out.getvalue(), err.getvalue()


class Card(unittest.TestCase):
    def test_shows_the_recipe(self):
        code, out, _ = run("card", PANCAKES)
        self.assertEqual(code, 0)
        self.assertIn("- 1½ cups flour\n", out)

    def test_for_more_guests(self):
        code, out, _ = run("card", PANCAKES, "--for", "6")
        self.assertEqual(code, 0)
        self.assertIn("Serves 6", out)
        self.assertIn("- 2¼ cups flour\n- 4½ tsp baking powder\n", out)

    def test_as_html(self):
        code, out, _ = run("card", PANCAKES, "--html")
        self.assertEqual(code, 0)
        self.assertIn("<h2>Sunday pancakes</h2>", out)


class Shop(unittest.TestCase):
    def test_adds_up_the_evening(self):
        code, out, _ = run("shop", PANCAKES, LEMONADE, "--for", "8")
        self.assertEqual(code, 0)
        self.assertEqual(
            out.splitlines(),
            [
                "[ ] 6 tsp baking powder",
                "[ ] 4 eggs",
                "[ ] 3 cups flour",
                "[ ] 6 lemons",
                "[ ] 600 ml milk",
                "[ ] mint",
                "[ ] salt",
                "[ ] 1¼ cups sugar",
                "[ ] 2 l water",
            ],
        )


class Mistakes(unittest.TestCase):
    def test_a_missing_file_is_named(self):
        code, out, err = run("card", "nothing-here.txt")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("nothing-here.txt", err)

    def test_nobody_is_coming(self):
        code, _, err = run("shop", PANCAKES, "--for", "0")
        self.assertEqual(code, 2)
        self.assertIn("at least one", err)


if __name__ == "__main__":
    unittest.main()
