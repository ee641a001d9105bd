"""Glue."""

from local_cloud.clients import Clients

from .outcome import Action, Outcome, differs, found, given
from .values import Values


def database(clients: Clients, values: Values) -> Outcome:
    """aws_glue_catalog_database."""
    glue, name = clients.client("glue"), values.text("name")
    wanted = given(
        Name=name,
        Description=values.optional_text("description"),
        LocationUri=values.optional_text("location_uri"),
        Parameters=values.mapping("parameters"),
    )
    present = found(lambda: glue.get_database(Name=name)["Database"], {"EntityNotFoundException"})
    if present is None:
        glue.create_database(DatabaseInput=wanted)
        return Outcome(Action.CREATED, name)
    if differs(wanted, present):
        glue.update_database(Name=name, DatabaseInput=wanted)
        return Outcome(Action.UPDATED, name)
    return Outcome(Action.UNCHANGED, name)
