import unittest
from fractions import Fraction

from potluck.ingredients import Ingredient, describe, parse_line
from potluck.units import UNITS


class ParseLine(unittest.TestCase):
    def test_amount_unit_and_name(self):
        self.assertEqual(parse_line("2 cups flour"), Ingredient("flour", Fraction(2), UNITS["cup"]))
        self.assertEqual(parse_line("2 cups of flour"), Ingredient("flour", Fraction(2), UNITS["cup"]))

    def test_mixed_numbers(self):
        self.assertEqual(parse_line("1 1/2 Tbsp. honey"), Ingredient("honey", Fraction(3, 2), UNITS["tbsp"]))
        self.assertEqual(parse_line("2½ cups oats"), Ingredient("oats", Fraction(5, 2), UNITS["cup"]))

    def test_things_that_are_counted(self):
        self.assertEqual(parse_line("3 eggs"), Ingredient("eggs", Fraction(3)))
        self.assertEqual(parse_line("1 bay leaf"), Ingredient("bay leaf", Fraction(1)))

    def test_a_unit_may_touch_its_number(self):
        self.assertEqual(parse_line("250g sugar"), Ingredient("sugar", Fraction(250), UNITS["g"]))
        self.assertEqual(parse_line("½l milk"), Ingredient("milk", Fraction(1, 2), UNITS["l"]))

    def test_the_note_follows_the_comma(self):
        self.assertEqual(
            parse_line("  2 cups flour, sifted, if you like "),
            Ingredient("flour", Fraction(2), UNITS["cup"], "sifted, if you like"),
        )

    def test_a_name_alone(self):
        self.assertEqual(parse_line("salt, to taste"), Ingredient("salt", note="to taste"))
        self.assertEqual(parse_line("half-and-half"), Ingredient("half-and-half"))

    def test_a_line_without_a_name_is_refused(self):
        for line in ("", "2", "2 cups", ", chopped"):
            with self.subTest(line=line), self.assertRaisesRegex(ValueError, "name"):
                parse_line(line)


class Describe(unittest.TestCase):
    def test_reads_like_a_recipe(self):
        self.assertEqual(describe(Ingredient("flour", Fraction(2), UNITS["cup"], "sifted")), "2 cups flour, sifted")
        self.assertEqual(describe(Ingredient("sugar", Fraction(1), UNITS["cup"])), "1 cup sugar")
        self.assertEqual(describe(Ingredient("eggs", Fraction(3))), "3 eggs")
        self.assertEqual(describe(Ingredient("salt", note="to taste")), "salt, to taste")


if __name__ == "__main__":
    unittest.main()
