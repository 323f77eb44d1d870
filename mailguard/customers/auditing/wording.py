"""What the audit writes of a risk, with places for values: kept as a text, and said at the desk in another language."""

from mailguard.core.marking import N_

DWELLINGS = N_("on the records of %(customers)s customers, in %(dwellings)s dwellings")
HOMELESS = N_("on the records of %(customers)s customers, %(homeless)s of them without a street on record")
SAME_NAME = N_("never confirmed; like that of customer %(customer)s, of the same name")
NEAR_NAME = N_("never confirmed; like that of customer %(customer)s, of nearly the same name")
SAME_NAME_MORE = N_("never confirmed; like that of customer %(customer)s, of the same name, and %(more)s more like it")
NEAR_NAME_MORE = N_(
    "never confirmed; like that of customer %(customer)s, of nearly the same name, and %(more)s more like it"
)
GUESSED = N_("never confirmed; %(bearers)s customers bear the name")
SLIP = N_("%(here)s at %(domain)s, %(there)s at %(right)s")
NO_ENDING = N_("there is no ending .%(ending)s")

TEMPLATES = (
    DWELLINGS,
    HOMELESS,
    SAME_NAME_MORE,
    NEAR_NAME_MORE,
    SAME_NAME,
    NEAR_NAME,
    GUESSED,
    SLIP,
    NO_ENDING,
)
"""The longer of two that begin alike stands first."""
