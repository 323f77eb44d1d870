"""Counting data subjects."""

import pytest

from mailguard.core.part import Letter, Part, PartRole
from mailguard.detect.detector import Detector
from mailguard.detect.people import count_people


def count(detector: Detector, text: str, role: PartRole = PartRole.ATTACHMENT) -> int:
    letter = Letter("", "", (), (Part("attachment.1", role, text),))
    return count_people(letter, detector.find(letter))


def test_a_list_of_customers(detector: Detector) -> None:
    """776 rows of name, address and customer number are 776 people."""
    rows = [f"{n};Person Number {n};Street {n}, Turku;{880000 + n}" for n in range(776)]
    assert count(detector, "id;name;address;customer no\n" + "\n".join(rows)) == 776


def test_a_column_of_birth_dates_makes_people_of_rows(detector: Detector) -> None:
    """Whatever the column of their names is called."""
    rows = (
        "Stanisław Pyrek\t07.11.1958\tKrótka 4\nBogumiła Cieślak\t22.02.1944\tOgrodowa 17\n"
        "Zenon Majchrzak\t13.09.1950\t-\n"
    )
    assert count(detector, "Kto\tUr.\tGdzie\n" + rows) == 3
    assert count(detector, "Kto\tOd\tGdzie\n" + rows.replace(".19", ".20")) == 0


def test_the_same_person_twice(detector: Detector) -> None:
    """A row that comes again is the same person."""
    assert count(detector, "name,phone\nA. Example,0405550101\nA. Example,0405550101\nB. Example,0405550102") == 2


def test_strong_ids_without_a_table(detector: Detector) -> None:
    """Three national ids in running text are three people."""
    assert count(detector, "Hei, 140385-912T, 230576-9216 ja 300961-948X odottavat.", PartRole.BODY) == 3


def test_signatures_and_recipients_do_not_count(detector: Detector) -> None:
    """Names with telephone numbers in signatures and reply headers are nobody's data."""
    text = (
        "From: Anna Harper <anna@example.org>\nTo: Ben Rivers <ben@example.org>; Cy Lund <cy@example.org>\n\n"
        "Thanks!\n\n"
        "Anna Harper\nHead of Sales\nTel. 0455 501 7703\nanna@example.org\n\n--\nBen Rivers\nPhone 0455 501 7704\n"
    )
    assert count(detector, text, PartRole.BODY) == 0


def test_a_price_list_is_nobody(detector: Detector) -> None:
    """A table without names counts no one."""
    assert count(detector, "article;price;stock\nbolt;1,20;400\nnut;0,80;300\nwasher;0,10;900") == 0


ONE, TWO, THREE = "DE15 3705 0198 0001 2345 67", "DE96 3716 0087 0007 6543 21", "DE04 3708 0040 0004 4556 67"


@pytest.mark.parametrize(
    "text",
    [
        f"Rohrbau GmbH, HRB 1234, USt-IdNr. DE123456789\nSparkasse Köln, IBAN {ONE}, BIC COLSDE33\n"
        f"Kölner Bank, IBAN {TWO}, BIC GENODED1CGN\nCommerzbank Köln, IBAN {THREE}, BIC COBADEFF370\n",
        f"Bankverbindungen:\nSparkasse Köln\nIBAN: {ONE}\nBIC: COLSDE33\nKölner Bank\nIBAN: {TWO}\n"
        f"Commerzbank\n{THREE}",
        f"Amtsgericht Köln HRB 12\nIBAN {ONE} (Sparkasse)\nIBAN {TWO} (Volksbank)\nIBAN {THREE} (Commerzbank)\n",
        f"Putki Oy, Y-tunnus 1234567-8\nNordea {ONE} NDEAFIHH\nOP {TWO} OKOYFIHH\nDanske {THREE} DABAFIHH\n",
    ],
)
def test_the_banks_of_a_company_are_one_subject(detector: Detector, text: str) -> None:
    """The small print of a letter names several banks: they are one company's."""
    assert count(detector, f"Please find our invoice.\n\n{text}", PartRole.BODY) == 1


def test_another_account_counts_beside_the_small_print(detector: Detector) -> None:
    """A customer's account above the small print is one subject more."""
    text = f"Pay to Hans Muster, {ONE}.\n\nRohrbau GmbH, HRB 1234\nSparkasse {TWO}\nVolksbank {THREE}\n"
    assert count(detector, text, PartRole.BODY) == 2


@pytest.mark.parametrize(
    "text",
    [
        f"Accounts of our customers:\nSparkasse {ONE}\nVolksbank {TWO}\nCommerzbank {THREE}\n",
        f"Bankverbindungen:\nHans Muster, Sparkasse, {ONE}\nKarl Ast, Volksbank, {TWO}\n"
        f"Anna Zweig, Commerzbank, {THREE}\n",
        f"Hans Muster {ONE}\nKarl Ast {TWO}\nAnna Zweig {THREE}\nRohrbau GmbH, HRB 1234\n",
        f"{ONE}\n{TWO}\n{THREE}\n",
    ],
)
def test_accounts_of_people_count_each(detector: Detector, text: str) -> None:
    """Names between accounts, or nothing, make them different people's, whatever the letter's small print says."""
    assert count(detector, text, PartRole.BODY) == 3


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (
            "Aino Salmela – pähkinäallergia, äiti 040 732 11\nVeeti Korhonen – laktoositon\nLumi Rantanen – keliakia\n",
            3,
        ),
        ("Anders Wiklund, sjukskriven 50 %\nFatima Haddad, vab 3 dagar\nPer-Olof Strand, rehab pågår\n", 3),
        ("Adam Kurek 1 200 zł, zajęcie komornicze\nNatalia Gil 0 zł (zwolnienie lekarskie)\nJan Sowa 900 zł\n", 3),
        ("nr 14  Fam. Jacobs   2 mnd achter\nnr 22  Mevr. El Amrani   1 mnd\nnr 31  Dhr. Postma   deurwaarder\n", 3),
        ("De nieuwe maandsalarissen:\n\nR. Bakker 3.150 euro\nF. el Amrani 3.420 euro\nJ. de Wit 2.860 euro\n", 3),
        ("The new prices:\n\nR. Bakker 3.150 euro\nF. el Amrani 3.420 euro\nJ. de Wit 2.860 euro\n", 0),
        ("Brigitte Haas: 61 AU-Tage\nÖmer Demir: Reha beantragt\nKatja Pohlmann: Wiedereingliederung\n", 3),
        (
            "Joan Fielding, 18 Orchard Cl, 01632 960 254\n\nArthur Penrose, 3 Mill Lane, 01632 960 771\n\n"
            "Desmond Clarke, Flat 2 The Maltings, 01632 960 909\n",
            3,
        ),
        (
            "1. J. Visser, geb. 12-03-1958, Parklaan 8, hartfalen\n2. M. de Groot, geb. 01-07-1941, Kerkstraat 31\n"
            "3. A. Mulder, geb. 25-10-1949, Dennenhof 3, alleen 's ochtends\n",
            3,
        ),
        (
            "1   Hanna Wrona    14.05.2014   602 555 014   uczulona\n2   Jan Sowa    02.11.2013   602 555 029   brak\n"
            "3   Ewa Lis         27.08.2014   602 555 031    brak\n",
            3,
        ),
        ("1   Split Pin    120 pcs\n2   Lock Washer    80 pcs\n3   Wing Nut    602 555 031\n", 0),
        (
            "Huone 1: Veikko Pajari s. 1951, puh. 0500 214 776\nHuone 2: Helvi Sorsa s. 1946, puh. 040 127 6650\n"
            "Huone 3: Tauno Leinonen s. 1949, puh. 050 377 9012\n",
            3,
        ),
        ("Room 1: Anna Berg, at nine\nRoom 2: Ola Ek, at ten\nRoom 3: Eva Lund, at eleven\n", 0),
        ("Tuukka Laine, s. 3.6.2007, puh 044 238 1170\nSofia Heikkilä, s. 12.1.2006, puh 050 772 6418\n", 0),
        ("Sales: Anna Berg, 040 732 1188\nAnna Berg, 040 732 1188\nOla Ek, 040 732 1189\nEva Lund, 040 732 1190\n", 0),
        ("Full Name: Anna Berg\nDate Of Birth: 3.6.2007, Mill Lane 3\nHome Address: 3 Mill Lane, 01632 960 771\n", 0),
        (
            "7.40  Hanna Jokela, Koivukuja 3 A 4, s. 12.3.1941\n7.55  Tapio Rusanen, Koivukuja 9, s. 30.8.1938\n"
            "8.05  Merja Kallio, Asematie 22 as 7, s. 1.1.1944\n",
            3,
        ),
        ("Gösta Palm, kundnr 330417\nYvonne Ahlgren, kundnr 330422\nMehmet Yildiz, kundnr 331960\n", 3),
        ("- fam. Bos, Havikstraat 12\n- dhr. P. Nowee, Havikstraat 14\n- dhr. en mw. Teunissen, Sperwerlaan 3\n", 3),
        (
            "1. Mariola i Jacek Dudzińscy, ul. Łąkowa 5/2\n2. Jan Lis, ul. Łąkowa 3/11\n3. Bogdan Kurek, ul. Polna 7\n",
            3,
        ),
        ("1) Doreen Fisk, 8 Chapel Lane\n2) Ken & Maureen Lomax, 3 Mill Road\n3) Ann Tuck, Necton PE37 8HE\n", 3),
        ("Hedwig Ahrens, geb. 03.05.1935\nJohann Drees, geb. 07.05.1940\nGesine Folkerts, geb. 11.05.1930\n", 3),
        (
            "710332\tBreitkopf, Manfred\tAm Deich 3\n710358\tDietze, Anna\tNordring 1\n710360\tNowak, Piotr\tHof 1\n",
            3,
        ),
        (
            "Födelsedatum:\n1. Alva Ek, 2014-03-22, vegan\n2. Hugo Roos, 2013-11-05\n3. Maryam Yusuf, 2014-07-30\n",
            3,
        ),
        (
            '"Nawrocka Sylwia","1978-05-14","Konin"\n"Rogala Zenon","1953-08-19","Konin"\n"Lis Ewa","1990-01-27",""\n',
            3,
        ),
        (
            "Kd. 5571 Wimmer, Leonie / Auweg 2\nKd. 5574 Schuster, Alois / Auweg 1\nKd. 5580 Ferrari, Eva / Hofweg 7\n",
            3,
        ),
        ("Anna Berg, 12.03.2024, 45,00\nOla Ek, 13.03.2024, 40,00\nEva Lund, 14.03.2024, 22,00\n", 0),
        ("Kahvila Aino, Koivukuja 3\nRavintola Helmi, Rantatie 4\nKioski Sara, Asematie 2\n", 0),
        (
            "Apotek Hjärtat, Byvägen 5, 08-123 45 67\nApotek Kronan, Bygatan 9, 08-223 45 67\nNord Bygg, Sörgatan 1\n",
            0,
        ),
        (
            "Willem de Zwijgerlaan 12, 1056 JJ Amsterdam\nAnna Pavlovastraat 4, 2518 BE Den Haag\nJan Ruysstraat 9\n",
            0,
        ),
        ("Anna Berg, room 214\nOla Ek, table 5\nEva Lund, part 3/4\n", 0),
        ("Anna Berg: 12 nov 2024\nOla Ek: 13 nov 2024\nEva Lund: rev 7\n", 0),
        ("Jan Smit, 1200 kg\nPiet Bos, 1300 kr\nAnna Vos, 12500 units\n", 0),
        ("Anna Berg, iPad 3\nJohn Ek, ThinkPad 14\nEva Lund, 3 items under way\n", 0),
        ("Ole Ek - am Dienstag 9 Uhr\nAnna Berg - im Raum 4\nEva Lund - umowa 7/24\n", 0),
        ("Anna Berg, appointed 12.03.2008\nOla Ek, since 1.4.2010\nEva Lund, 2012-02-14\n", 0),
        ("Haus Anna, Strandweg 4\nVilla Maria, Strandvägen 6\nBrf Gustav, Byvägen 3\n", 0),
        ("John A Smith, 12 Mill Road\nMary A Jones, 4 High Street\nPeter A Brown, 8 Mill Lane\n", 3),
        (
            "Namn\tTelefon\nKundtjänst\t020 123456\n\n\nBesök:\nAnna Berg, Storgatan 5\nOla Ek, Kungsgatan 9\n"
            "Eva Lund, Byvägen 3\n",
            3,
        ),
        ("Sick Leave: 3 days\nMaternity Leave: none\nPay Rise: none\nFormal Warning: none\n", 0),
        (
            "Anna Berg: the minutes\nOla Ek: the room\nEva Lund: asthma posters\nJan Sowa: tea\nIda Ros: cake\n",
            0,
        ),
    ],
)
def test_people_in_lines_without_a_heading(detector: Detector, text: str, people: int) -> None:
    """Health, pay, debts, a birth date, a home or a customer number: three lines of these are three people."""
    assert count(detector, text, PartRole.BODY) == people


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (
            "Three need a call: Ronald Peake (dob 11/3/52, raised PSA), Carol Ann Dutton (dob 29/7/68) and young "
            "Tobias Frame (dob 4/10/09, coeliac).",
            3,
        ),
        (
            "Bel jij af? dhr. Van Rossum (geb. 1944, 0492-551870), mevrouw Kuijpers-Smeets (1967, 06-13448092) en "
            "Daan Verberne (2003, 06-37710245).",
            3,
        ),
        (
            "Startują: Dominika Suchecka (ur. 4 maja 2009, ul. Szkolna 8), Bartosz Lis (ur. 19 grudnia 2008) oraz "
            "Maja Trzcińska (ur. 30 stycznia 2010, os. Kwiatowe 6).",
            3,
        ),
        ("Frau Lindner (Diabetes), Herr Rühl (Reha) und Frau Tietze (Asthma) kommen um neun.", 3),
        ("Frau Lindner (Diabetes) und Herr Rühl (Reha) kommen um neun.", 0),
        ("We play Jean Sibelius (1865), Carl Nielsen (1865-1931), Clara Schumann (1819) and Arvo Pärt (born 1935).", 0),
        ("As Anna Berg (2019, p. 4), Ola Ek (2021) and Eva Lund (in print) have shown.", 0),
        ("Present: Anna Berg (Sales), Ola Ek (ext. 114), Eva Lund (chair), Jan Sowa (by phone).", 0),
        ("Rufen Sie an: Anna Berg (040 732 1188), Ola Ek (040 732 1189), Eva Lund (040 732 1190).", 0),
        ("Bolt Works Ltd (12 Mill Road), Nut House (5 Orchard Lane) and Pin Point Inc (3 High Street) deliver.", 0),
    ],
)
def test_people_in_brackets(detector: Detector, text: str, people: int) -> None:
    """Birth date, health, or two of birth year, home and telephone in the brackets behind three names."""
    assert count(detector, text, PartRole.BODY) == people


@pytest.mark.parametrize(
    ("text", "people"),
    [
        (
            "Tyler Brandt (acct 300417) says the check is in the mail. Mrs. Inez Fuentes, 300522, lost her husband. "
            "Dale Ostrander, 300640, moved out.",
            3,
        ),
        (
            "Jenna Korpela asuu Mäntytie 14 A 3:ssa ja Sami Utriainen osoitteessa Rajakuja 2, molemmat Tampereella. "
            "Sitten on vielä Ali Hassan Omar, Torikatu 31 C 40.",
            3,
        ),
        (
            "Najstarsza sprawa to Bożena Ratajczak (nr klienta 5500217). Wiesław Grudzień, nr klienta 5500342, odwołał "
            "się. Ostatnia jest Żaneta Wilczek (5501113).",
            3,
        ),
        ("Interviews: Anna Berg (Nov 12), Ola Ek (Nov 13) and Eva Lund (Nov 14).", 0),
        ("Call Anna Berg (acct 330417). Tell Anna Berg (acct 330417) we come. Dear Anna Berg (acct 330417).", 0),
        ("Merged: Anna Berg (#1203456), Ola Ek (#1203457), Eva Lund (#1203458).", 0),
        ("Tyler Brandt (acct 300417) and Inez Fuentes, 300522, are on your route.", 0),
        ("Anna Berg inspected Mill Lane 3, Ola Ek was at 4 High Street and Eva Lund waited near Storgatan 5.", 0),
        ("On Karl Gustavs gata 12, Selma Lagerlöfs väg 3 and Per Albin Hanssons väg 40 we pour on Monday.", 0),
        ("Anna Berg\nStorgatan 5\n\nOla Ek\nKungsgatan 9\n\nEva Lund\nSveavägen 12\n", 0),
        (
            "7 Sir Alfred Munnings Road, NR3 4HX - 19 Rosalind Franklin Close, CB2 9TT - 4 John Day Road, PE30 2AA",
            0,
        ),
    ],
)
def test_people_in_sentences(detector: Detector, text: str, people: int) -> None:
    """Three names, each with what finds somebody right behind it; who was where, streets and signatures are nobody."""
    assert count(detector, text, PartRole.BODY) == people
