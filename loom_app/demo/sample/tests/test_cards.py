import unittest
from fractions import Fraction

from potluck.cards import html_card, text_card
from potluck.ingredients import Ingredient
from potluck.recipes import Recipe


class TextCard(unittest.TestCase):
    def test_fits_the_fridge_door(self):
        recipe = Recipe("Toast", 2, (Ingredient("slices of bread", Fraction(4)),), ("Toast it.",))
        self.assertEqual(text_card(recipe), "Toast\n=====\nServes 2\n\n- 4 slices of bread\n\n1. Toast it.\n")


class HtmlCard(unittest.TestCase):
    def test_lists_ingredients_and_steps(self):
        html = html_card(Recipe("Toast", 2, (Ingredient("bread"),), ("Toast it.",)))
        self.assertIn("<h2>Toast</h2>", html)
        self.assertIn("<ul><li>bread</li></ul><ol><li>Toast it.</li></ol>", html)

    def test_an_ampersand_is_shown_as_one(self):
        self.assertIn("<h2>Mac &amp; cheese</h2>", html_card(Recipe("Mac & cheese", 2)))

    def test_a_quote_cannot_leave_its_attribute(self):
        self.assertNotIn('onclick="', html_card(Recipe('Pie" onclick="bake()', 2)))

    def test_markup_in_a_recipe_stays_text(self):
        html = html_card(Recipe("Pie", 2, (Ingredient("<b>butter</b>"),), ("<script>bake()</script>",)))
        self.assertIn("&lt;b&gt;butter&lt;/b&gt;", html)
        self.assertIn("&lt;script&gt;bake()&lt;/script&gt;", html)


if __name__ == "__main__":
    unittest.main()
