"""Recipe cards: as plain text for the fridge door, as HTML for the web."""

from __future__ import annotations

from potluck.ingredients import describe
from potluck.recipes import Recipe


def text_card(recipe: Recipe) -> str:
    """One recipe as plain text."""
    lines = [recipe.title, "=" * len(recipe.title), f"Serves {recipe.servings}", ""]
    lines += [f"- {describe(item)}" for item in recipe.ingredients]
    lines += [""] if recipe.steps else []
    lines += [f"{number}. {step}" for number, step in enumerate(recipe.steps, start=1)]
    return "\n".join(lines) + "\n"


def html_card(recipe: Recipe) -> str:
    """One recipe as an HTML fragment. Whatever a recipe says is shown as text, never run as markup."""
    ingredients = "".join(f"<li>{describe(item)}</li>" for item in recipe.ingredients)
    steps = "".join(f"<li>{step}</li>" for step in recipe.steps)
    return (
        f'<article class="card" aria-label="{recipe.title}">'
        f"<h2>{recipe.title}</h2>"
        f"<p>Serves {recipe.servings}</p>"
        f"<ul>{ingredients}</ul>"
        f"<ol>{steps}</ol>"
        "</article>"
    )
