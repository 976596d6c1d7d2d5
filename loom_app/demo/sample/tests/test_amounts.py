import unittest
from fractions import Fraction

from potluck.amounts import SYMBOLS, format_amount, parse_amount


class ParseAmount(unittest.TestCase):
    def test_plain_numbers(self):
        self.assertEqual(parse_amount("2"), 2)
        self.assertEqual(parse_amount("0.5"), Fraction(1, 2))
        self.assertEqual(parse_amount("1/3"), Fraction(1, 3))

    def test_a_mixed_number_keeps_its_whole_part(self):
        self.assertEqual(parse_amount("1 1/2"), Fraction(3, 2))

    def test_fraction_symbols(self):
        self.assertEqual(parse_amount("½"), Fraction(1, 2))
        self.assertEqual(parse_amount("1½"), Fraction(3, 2))
        self.assertEqual(parse_amount("2 ⅔"), Fraction(8, 3))

    def test_what_is_not_an_amount_is_a_value_error(self):
        for text in ("", "some", "2 3", "1/2 1/2", "1 1/2 1/4", "1/0"):
            with self.subTest(text=text), self.assertRaises(ValueError):
                parse_amount(text)


class FormatAmount(unittest.TestCase):
    def test_whole_numbers_stay_plain(self):
        self.assertEqual(format_amount(Fraction(2)), "2")
        self.assertEqual(format_amount(Fraction(0)), "0")

    def test_fractions_become_symbols(self):
        self.assertEqual(format_amount(Fraction(1, 3)), "⅓")
        self.assertEqual(format_amount(Fraction(3, 2)), "1½")
        self.assertEqual(format_amount(Fraction(11, 3)), "3⅔")

    def test_anything_finer_becomes_a_short_decimal(self):
        self.assertEqual(format_amount(Fraction(1, 10)), "0.1")
        self.assertEqual(format_amount(Fraction(47, 20)), "2.35")
        self.assertEqual(format_amount(Fraction(5, 7)), "0.71")

    def test_what_is_written_can_be_read_back(self):
        for whole in range(3):
            for fraction in SYMBOLS.values():
                with self.subTest(amount=whole + fraction):
                    self.assertEqual(parse_amount(format_amount(whole + fraction)), whole + fraction)


if __name__ == "__main__":
    unittest.main()
