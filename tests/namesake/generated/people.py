"""A register of any size, made of this file alone: names by Zipf's law, households, unconfirmed addresses.

Families are put together from syllables, so that nobody living is meant.
"""

import csv
import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path

from tests.namesake.generated.row import Row

HEADER = (
    "customer_id first_name last_name former_names emails phone birth_date street postcode city country username tags "
    "email_confirmed"
).split()

_FIRST = {
    "FI": "Aulis Eila Jorma Kaisu Lempi Mauno Oiva Pirkko Reijo Saara Taisto Urho Venla Yrjö Äijö Aune "
    "Ensio Hilja Arvo Elvi Kalervo Lahja Martti Netta Onni Pentti Ritva Seppo Toini Unto Veera Ahti "
    "Ilta Kauko Meeri Osmo Raija Sulo Tyyne Vieno",
    "SE": "Agda Börje Disa Egon Frida Gösta Hedvig Ivar Jerker Knut Linnea Måns Nanna Örjan Rut Signe Tage "
    "Ylva Alva Bertil Cecilia Dag Ebba Folke Gerd Hjalmar Irma Kjell Lovisa Majken Nore Ottilia "
    "Ragnar Sigrid Torsten Ulla Vera Åke",
    "PL": "Bożena Czesław Dominik Edyta Filip Grażyna Hubert Iwona Janusz Kinga Leszek Mirosław Żaneta "
    "Sławomir Zyta Alicja Bogdan Celina Damian Eliza Franciszek Gustaw Halina Ireneusz Jolanta "
    "Kazimierz Lidia Maciej Nina Oskar Roman Sylwia Teresa Urszula Witold Zenon",
    "NL": "Aafke Berend Coen Dieuwke Egbert Froukje Gijs Hanneke Ids Jorrit Klaartje Lubbert Mieke Nynke "
    "Sjoerd Wiebe Arend Bartje Cisca Dirk Evert Foppe Greetje Harm Ineke Jelle Koos Leendert "
    "Machteld Nanda Otto Pleun Rinske Sietse Tjitske Ubbo",
    "DE": "Adelheid Bernd Dörte Egon Friedhelm Gerlinde Heiner Ingolf Jörn Kerstin Lothar Mechthild "
    "Norbert Rüdiger Almut Burkhard Cornelia Detlef Elfriede Frauke Gundula Hartmut Irmgard Jochen "
    "Konrad Liselotte Manfred Nikolaus Ottmar Roswitha Siegfried Traudel Ulrike Volker Walburga",
    "GB": "Agnes Barnaby Cedric Dorothy Edith Fergus Gwendolyn Humphrey Iris Jasper Kenneth Lavinia Mabel "
    "Nigel Una Arthur Beatrice Clive Daphne Edmund Florence Gilbert Harriet Ivor Jemima Keith "
    "Leonora Maurice Nora Percy Rupert Sybil Trevor Ursula Wilfred",
}
_ONSET = {
    "FI": "Haapa Kuusi Leppä Mänty Raita Pihla Vesi Kivi Lumi Metsä Suo Niemi Ala Ylä Taka Keski",
    "SE": "Gran Lind Ek Björk Alm Rönn Sten Berg Ström Sjö Vik Nord Väst Öst Söder Hag",
    "PL": "Brzoz Klon Jawor Grab Wierzb Sosn Lip Dęb Olsz Kalin Jarzęb Cis Modrz Topol Kasztan",
    "NL": "Beuken Eiken Linden Elzen Wilgen Berken Molen Dijk Polder Veen Kerk Water Heide Bos",
    "DE": "Buchen Eichen Linden Erlen Birken Weiden Mühl Berg Tal Feld Bach Stein Wald Hof",
    "GB": "Ash Oak Elm Birch Thorn Hazel Alder Mill Stone Brook Marsh Wood Field Moor",
}
_CODA = {
    "FI": "lahtela mäkelä rannas kangasto perälä saarela vaara notko korpi harjula",
    "SE": "kvistare hagen løf bergius strandh falkner lundius gårdh dalén holmer",
    "PL": "owski ewicz ański czyk owiak iński arczyk alski uszko orz",
    "NL": "straten huizen dam veld hoven berg kamp brink laar meer",
    "DE": "hausner bergler kampmann dorffer steiner huber wieser thaler brück recht",
    "GB": "bourne worthy combe thwaite ington leyden wick stead hurst mere",
}
_TOWNS = {
    "FI": "Kuopio Vaasa Lahti Pori",
    "SE": "Gävle Växjö Umeå Lund",
    "PL": "Radom Gdynia Opole Toruń",
    "NL": "Breda Assen Zwolle Ede",
    "DE": "Ulm Kiel Trier Jena",
    "GB": "York Truro Derby Perth",
}
_STREETS = {
    "FI": "Tuomitie Kelokuja Sepänkatu Aholantie",
    "SE": "Smedjegatan Ängsstigen Kvarnvägen Torggatan",
    "PL": "ul. Sadowa;ul. Kolejowa;al. Róż;ul. Cicha",
    "NL": "Vlierstraat Turfkade Meidoornlaan Zeedijk",
    "DE": "Fliederweg;Am Bach;Kirchgasse;Breite Straße",
    "GB": "Rectory Lane;Quay Street;Low Road;Abbey Close",
}
_PROVIDERS = {
    "FI": "gmail.com hotmail.com luukku.com elisanet.fi",
    "SE": "gmail.com hotmail.com telia.com live.se",
    "PL": "gmail.com wp.pl o2.pl onet.pl",
    "NL": "gmail.com hotmail.com ziggo.nl kpnmail.nl",
    "DE": "gmail.com gmx.de web.de t-online.de",
    "GB": "gmail.com hotmail.co.uk btinternet.com icloud.com",
}
_DIALLING = {"FI": "358 40", "SE": "46 70", "PL": "48 60", "NL": "31 6", "DE": "49 151", "GB": "44 7700"}
_ASCII = str.maketrans("äöåøÄÖÅüÜéęąłŁżŻśńóćźß", "aoaoAOAuUeealLzZsnoczs")


def write_people(file: Path, count: int, seed: int = 1) -> None:
    """Write so many customers in the contract's columns; the same octets for the same seed."""
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(make_people(count, seed))


def make_people(count: int, seed: int = 1) -> Iterator[Row]:
    """The rows of so many customers; the same for the same seed."""
    chance = random.Random(seed)
    families = {country: _families(country) for country in _FIRST}
    weights = {country: _zipf(len(names)) for country, names in families.items()}
    taken: set[str] = set()
    before: Row | None = None
    for number in range(count):
        shared = before is not None and chance.random() < 0.25
        country = before["country"] if before and shared else chance.choice(list(_FIRST))
        given = _FIRST[country].split()
        first = chance.choices(given, cum_weights=_zipf(len(given)))[0]
        last = chance.choices(families[country], cum_weights=weights[country])[0]
        former = ""
        if before and shared and chance.random() < 0.8:
            former, last = (last if chance.random() < 0.4 else ""), before["last_name"]
        elif chance.random() < 0.05:
            last = f"{last}-{chance.choice(families[country])}"
        home = (
            {key: before[key] for key in ("street", "postcode", "city")}
            if before and shared
            else _home(country, chance)
        )
        before = {
            "customer_id": str(3_000_000 + 3 * number + chance.randrange(3)),
            "first_name": first,
            "last_name": last,
            "former_names": former,
            "emails": _addresses(first, last, country, taken, chance),
            "phone": f"+{_DIALLING[country]} {chance.randrange(10**6, 10**7)}" if chance.random() < 0.7 else "",
            "birth_date": (date(1938, 1, 1) + timedelta(days=chance.randrange(24_000))).isoformat(),
            **home,
            "country": country,
            "username": f"{first[:3]}{last[:4]}{number % 9973}".translate(_ASCII).lower(),
            "tags": "",
            "email_confirmed": "yes" if chance.random() < 0.8 else "no",
        }
        yield before


def _families(country: str) -> list[str]:
    return [onset + coda for onset in _ONSET[country].split() for coda in _CODA[country].split()]


def _zipf(count: int) -> list[float]:
    return list(accumulate(1 / (rank + 8) for rank in range(count)))


def _home(country: str, chance: random.Random) -> Row:
    streets = _STREETS[country]
    street = chance.choice(streets.split(";" if ";" in streets else None))
    number = chance.randint(1, 199)
    digits = chance.randrange(10_000, 99_999)
    postcode = {
        "SE": f"{digits // 100} {digits % 100:02}",
        "PL": f"{digits // 1000}-{digits % 1000:03}",
        "NL": f"{digits // 10} {chance.choice('ABDEK')}{chance.choice('LMNPR')}",
        "GB": f"{chance.choice(('YO', 'TR', 'DE'))}{digits % 19 + 1} {digits % 9 + 1}{chance.choice('ABDE')}H",
    }.get(country, str(digits))
    return {
        "street": f"{number} {street}" if country == "GB" else f"{street} {number}",
        "postcode": postcode,
        "city": chance.choice(_TOWNS[country].split()),
    }


def _addresses(first: str, last: str, country: str, taken: set[str], chance: random.Random) -> str:
    addresses: list[str] = []
    for _ in range(2 if chance.random() < 0.2 else 1):
        name = chance.choice(("{f}.{l}", "{f}.{l}", "{f}{l}", "{l}.{f}", "{i}.{l}")).format(f=first, l=last, i=first[0])
        local = name.translate(_ASCII).lower()
        domain = chance.choice(_PROVIDERS[country].split())
        address, tries = f"{local}@{domain}", 1
        while address.replace(".", "") in taken:
            tries += 1
            address = f"{local}{tries}@{domain}"
        taken.add(address.replace(".", ""))
        addresses.append(address)
    return ";".join(addresses)
