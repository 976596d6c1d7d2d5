import unittest
from fractions import Fraction

from potluck.units import UNITS, convert, find_unit


class FindUnit(unittest.TestCase):
    def test_names_and_plurals(self):
        self.assertIs(find_unit("cup"), UNITS["cup"])
        self.assertIs(find_unit("cups"), UNITS["cup"])
        self.assertIs(find_unit("tablespoons"), UNITS["tbsp"])

    def test_capitals_and_a_full_stop_do_not_matter(self):
        self.assertIs(find_unit("Tbsp."), UNITS["tbsp"])
        self.assertIs(find_unit("Cups"), UNITS["cup"])
        self.assertIs(find_unit("ML"), UNITS["ml"])

    def test_other_words_are_no_units(self):
        self.assertIsNone(find_unit("eggs"))
        self.assertIsNone(find_unit(""))


class Convert(unittest.TestCase):
    def test_three_teaspoons_are_a_tablespoon(self):
        self.assertEqual(convert(Fraction(3), UNITS["tsp"], UNITS["tbsp"]), 1)

    def test_sixteen_tablespoons_are_a_cup(self):
        self.assertEqual(convert(Fraction(16), UNITS["tbsp"], UNITS["cup"]), 1)

    def test_pounds_to_ounces(self):
        self.assertEqual(convert(Fraction(1, 2), UNITS["lb"], UNITS["oz"]), 8)

    def test_a_volume_is_not_a_weight(self):
        with self.assertRaisesRegex(ValueError, "cup.*g"):
            convert(Fraction(1), UNITS["cup"], UNITS["g"])


if __name__ == "__main__":
    unittest.main()
