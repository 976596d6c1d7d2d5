"""The scripts and styles of this folder, as pages import them. Building the pages links all of them into the assets."""


def beside(name: str) -> str:
    """What pages import a script of this folder as.

    Reflex's own way looks through every module there is for each of them, which takes minutes among tests.
    """
    return f"$/public/external/{__package__.replace('.', '/')}/{name}"
