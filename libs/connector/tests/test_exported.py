import coattail_connector as package


def test_everything_exported_exists_and_is_listed_in_order() -> None:
    assert all(hasattr(package, name) for name in package.__all__)
    constants = [name for name in package.__all__ if name.isupper()]
    classes = [name for name in package.__all__ if name[0].isupper() and not name.isupper()]
    functions = [name for name in package.__all__ if name[0].islower()]
    assert package.__all__ == [*sorted(constants), *sorted(classes), *sorted(functions)]
