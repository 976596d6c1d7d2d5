import unittest

from potluck.ingredients import describe, parse_line
from potluck.recipes import Recipe
from potluck.shopping import shopping_list


def dish(*lines):
    return Recipe("Dish", 2, tuple(parse_line(line) for line in lines))


def written(*recipes):
    return [describe(item) for item in shopping_list(recipes)]


class ShoppingList(unittest.TestCase):
    def test_is_sorted_by_name(self):
        self.assertEqual(written(dish("1 l milk", "Basil", "3 eggs")), ["Basil", "3 eggs", "1 l milk"])

    def test_the_same_thing_is_added_up(self):
        self.assertEqual(written(dish("2 eggs"), dish("3 eggs")), ["5 eggs"])

    def test_different_units_meet_in_the_larger_one(self):
        self.assertEqual(written(dish("2 tbsp sugar"), dish("1 cup sugar")), ["1⅛ cups sugar"])
        self.assertEqual(written(dish("1 kg flour"), dish("500 g flour")), ["1½ kg flour"])

    def test_capitals_do_not_make_a_difference(self):
        self.assertEqual(written(dish("1 cup Sugar"), dish("1 cup sugar")), ["2 cups Sugar"])

    def test_a_volume_and_a_weight_stay_apart(self):
        self.assertEqual(written(dish("1 cup butter"), dish("50 g butter")), ["1 cup butter", "50 g butter"])

    def test_notes_are_for_the_kitchen_not_the_shop(self):
        self.assertEqual(written(dish("2 onions, chopped"), dish("3 onions, in rings")), ["5 onions"])

    def test_salt_is_bought_once(self):
        self.assertEqual(written(dish("salt, to taste"), dish("salt")), ["salt"])

    def test_no_recipes_no_list(self):
        self.assertEqual(shopping_list([]), [])


if __name__ == "__main__":
    unittest.main()
