"""About two hundred made-up customers, the same at every demo. Domains are those reserved for examples (RFC 2606)."""

import csv
import random
from pathlib import Path

COLUMNS = (
    "customer_id,first_name,last_name,former_names,emails,phone,birth_date,street,postcode,city,country,username,tags,"
    "email_confirmed"
).split(",")

_FIRST = {
    "FI": "Aino Eero Helmi Ilmari Kaisa Lauri Maija Niilo Oona Pekka Riikka Sakari Tuuli Urho Veera".split(),
    "SE": "Agneta Bertil Cecilia David Ebba Folke Gunilla Håkan Ingrid Jonas Karin Lennart Maj Nils".split(),
    "PL": "Agata Bartosz Celina Dawid Edyta Filip Grażyna Hubert Iwona Jacek Kinga Łukasz Marzena".split(),
    "NL": "Anouk Bram Carlijn Dirk Eline Floris Geertje Huub Ilse Joost Kaatje Luuk Marloes Niels".split(),
    "DE": "Anke Bernd Claudia Dieter Elke Frank Greta Holger Inge Jürgen Katrin Lothar Monika Norbert".split(),
}
_LAST = {
    "FI": "Aaltonen Halonen Järvinen Kinnunen Laaksonen Mäkelä Niskanen Ojala Peltonen Rantala Salmi Tuominen".split(),
    "SE": "Åkesson Berglund Dahlin Ekström Forsberg Granqvist Hedlund Isaksson Kjellberg Lindqvist Nyström".split(),
    "PL": "Adamska Borkowski Czajka Dudek Gajda Jabłoński Krawczyk Lis Malinowski Nowicki Sikora Wróbel".split(),
    "NL": "Bakker Dekker Gerritsen Hoekstra Jonker Kuipers Mulder Postma Schouten Veenstra Willems".split(),
    "DE": "Ackermann Brandt Dietrich Engel Fuchs Günther Hartmann Jäger Krüger Lorenz Pohl Seidel Vogt".split(),
}
_TOWN = {
    "FI": [("Oulu", "90100"), ("Turku", "20100"), ("Kuopio", "70100"), ("Lahti", "15100")],
    "SE": [("Borås", "503 30"), ("Umeå", "903 26"), ("Örebro", "702 10")],
    "PL": [("Gdańsk", "80-001"), ("Łódź", "90-001"), ("Poznań", "60-001")],
    "NL": [("Utrecht", "3511 AB"), ("Groningen", "9711 AA"), ("Breda", "4811 AA")],
    "DE": [("Kiel", "24103"), ("Leipzig", "04103"), ("Köln", "50667")],
}
_STREET = {"FI": "Kivitie", "SE": "Björkgatan", "PL": "ul. Lipowa", "NL": "Dorpsstraat", "DE": "Ahornweg"}

MATTI = {
    "customer_id": "1001",
    "first_name": "Matti",
    "last_name": "Virtanen",
    "emails": "matti.virtanen@post.example",
    "phone": "+358 40 555 0142",
    "birth_date": "1974-05-02",
    "street": "Koivukuja 3 A 4",
    "postcode": "02100",
    "city": "Espoo",
    "country": "FI",
    "username": "mvirtanen74",
    "email_confirmed": "yes",
}
"""The customer of the story."""

OTHER_MATTI = MATTI | {
    "customer_id": "2044",
    "emails": "m.virtanen@mail.example",
    "phone": "+358 50 555 0177",
    "birth_date": "1988-11-23",
    "street": "Satamakatu 12",
    "postcode": "33200",
    "city": "Tampere",
    "username": "virtanenm",
}
"""A customer of the same full name, in another town: the wrong reader."""


def write_customers(file: Path, count: int = 200) -> None:
    """Write the customer file of the contract: the two namesakes and `count` - 2 others."""
    chance = random.Random(20)  # noqa: S311 - the same people every time, and nothing secret about them
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows((MATTI, OTHER_MATTI))
        writer.writerows(_made_up(number, chance) for number in range(count - 2))


def _made_up(number: int, chance: random.Random) -> dict[str, str]:
    country = chance.choice(list(_FIRST))
    first, last = chance.choice(_FIRST[country]), chance.choice(_LAST[country])
    city, postcode = chance.choice(_TOWN[country])
    return {
        "customer_id": str(3000 + number * 7),
        "first_name": first,
        "last_name": last,
        "emails": f"customer{number}@{chance.choice(['post.example', 'mail.example', 'letters.example'])}",
        "birth_date": f"{chance.randint(1940, 2005)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        "street": f"{_STREET[country]} {chance.randint(1, 90)}",
        "postcode": postcode,
        "city": city,
        "country": country,
        "username": f"user{number:03}",
        "email_confirmed": chance.choice(["yes", "yes", "no"]),
    }
