import unittest
from fractions import Fraction

from potluck.ingredients import Ingredient
from potluck.recipes import Recipe, parse_recipe
from potluck.units import UNITS

TEXT = """
Crepes
Serves 4

- 200 g flour
- 3 eggs
- salt, to taste

1. Whisk.
2. Fry.
"""


class ParseRecipe(unittest.TestCase):
    def test_reads_all_its_parts(self):
        recipe = parse_recipe(TEXT)
        self.assertEqual((recipe.title, recipe.servings), ("Crepes", 4))
        self.assertEqual(recipe.ingredients[0], Ingredient("flour", Fraction(200), UNITS["g"]))
        self.assertEqual(len(recipe.ingredients), 3)
        self.assertEqual(recipe.steps, ("Whisk.", "Fry."))

    def test_says_what_is_missing(self):
        for text in ("", "Crepes", "Crepes\n- 3 eggs", "Crepes\nserves 0"):
            with self.subTest(text=text), self.assertRaisesRegex(ValueError, "serves 4"):
                parse_recipe(text)


class ScaledTo(unittest.TestCase):
    def setUp(self):
        self.recipe = parse_recipe(TEXT)

    def test_measured_amounts_grow_and_shrink(self):
        self.assertEqual(self.recipe.scaled_to(6).ingredients[0].amount, 300)
        self.assertEqual(self.recipe.scaled_to(1).ingredients[0].amount, 50)

    def test_the_new_number_of_guests_is_kept(self):
        self.assertEqual(self.recipe.scaled_to(6).servings, 6)

    def test_nobody_cracks_half_an_egg(self):
        self.assertEqual(self.recipe.scaled_to(6).ingredients[1].amount, 5)
        self.assertEqual(self.recipe.scaled_to(1).ingredients[1].amount, 1)

    def test_what_has_no_amount_stays_as_it_is(self):
        self.assertEqual(self.recipe.scaled_to(12).ingredients[2], self.recipe.ingredients[2])

    def test_the_original_is_left_alone(self):
        self.recipe.scaled_to(40)
        self.assertEqual(self.recipe, parse_recipe(TEXT))

    def test_somebody_has_to_come(self):
        for servings in (0, -2):
            with self.subTest(servings=servings), self.assertRaisesRegex(ValueError, "at least one"):
                self.recipe.scaled_to(servings)

    def test_an_empty_recipe_scales_too(self):
        self.assertEqual(Recipe("Water", 1).scaled_to(3), Recipe("Water", 3))


if __name__ == "__main__":
    unittest.main()
