"""Words for the codes of a report."""

REASONS = {
    "credential": "Credential",
    "one_time_code": "One-time code",
    "personal_data": "Personal data",
    "bulk_personal_data": "Personal data of many",
    "namesake": "Namesake",
    "lookalike": "Look-alike address",
    "typo_domain": "Misspelt domain",
    "other_customer": "Other customer's address",
    "unrelated": "Address not on record",
    "disputed": "Disputed address",
    "unreadable": "Unreadable",
    "encrypted": "Encrypted",
    "recording": "Recording",
    "protected_customer": "Protected customer",
    "identity_conflict": "Different customers named",
    "unconfirmed": "Address never confirmed",
    "stale_register": "Register too old",
    "refused": "Refused by the mail server",
}
"""Reason codes as a reader knows them; an unknown one is shown as it is."""

LANGUAGES = {
    "en": "English",
    "fi": "Finnish",
    "sv": "Swedish",
    "pl": "Polish",
    "nl": "Dutch",
    "de": "German",
    "unknown": "Not recognised",
}

STAGES = {
    "read": "Reading",
    "judge": "Judging",
    "hold": "Holding",
    "next_hop": "Next hop",
}
