"""Everyday short forms of given names in Finland, Sweden, Poland, the Netherlands, Germany and the English world."""

from collections.abc import Collection

from mailguard.customers.keys import fold

_GROUPS = """
johannes jussi hannes juha juhani jukka jan hans johan john janne hannu jens hanno
matti masa matias mathias matthias matteus mats matze matt matthew
katariina kati kaisa katri kaarina katarzyna kasia katharina kathi käthe catharina kate karin kajsa kattis kitty
elisabet elisabeth liisa elli lisa bettan elsa els lies liesbeth liz beth betty eliza elżbieta ela elise
aleksi aleksanteri aleksander alexander alex santeri sandro sander sascha olek xander alec lex
aleksandra alexandra sandra ola alexa sanna saana
antti anders antero andreas andrew andy adde andrzej jędrek jedrek andi andries andre dries
anna annu anni anne anu ania anja anneli anka hanna hania annie ann annika
johanna hanna jonna jaana joanna asia joasia jo anke
kristiina kirsi tiina christina kristina stina tina krystyna krysia christine chris krista
mikael mika mikko mikke micke michael michał michal mike mick michel michi misiek maikel
petteri pekka petri pete peter petrus pietari per pelle piotr piotrek pieter piet piotruś peer pekko
timo timppa timotheus tim timothy
markku make markus marko mark marek marcus
kari kake karl kalle carl charles charlie karel kaarlo karol karolek carlo
heikki henrik heke hendrik henk heinrich heinz henri henry harry heiner rik henryk heniek
margareetta maarit margit margareta greta maggan margaretha greet marga margarethe margaret maggie małgorzata gosia
susanna sanna susku susanne susi zuzanna zuza susan sue suzy suzanne
lars lasse lauri lassi laurens lorenz laurence larry
erik eero erkki eerik erkka eric erich jerker
bo bosse boris
fredrik fredde friedrich fritz frederik frits freek fred freddy fryderyk
stefan staffan steffen szczepan stefanus steven stephen steve
nils niilo niklas nicklas nicolaas klaas nico nicholas nick mikołaj klaus claus nikolaus niko
gustav kustaa gösta gurra gustaf
jakob jaakko jacob jaska jakub kuba jaap james jim jimmy jamie
tuomas tomas thomas tommi tom tomasz tomek tommy tompa
filip philip philippe flip phil
josef jooseppi sepp józef jozef jozek józek jef joseph joe seppo jup joosef
wilhelm willi vilhelm ville willem wim william bill billy will bill wiljami viljami pim
wilhelmina willy mien mina minna helmi wilma vilma
maria marja maija mari marie marianne ria mia marysia maryla mary maike mieke maaike molly maj
magdalena magda matleena malena leena lena madzia magdalene
helena leena elena hela lena helen helene ellen nelly hella
barbara basia baśka barbro babs bärbel barb
agnieszka aga agnes agnès agnesa aune
agata agatka aga
ewa ewka eva eeva evi eve ewunia
zofia zosia sofia sofie sophie sohvi fia sophia
grzegorz grzesiek grześ gregor greg gregory
wojciech wojtek adalbert
krzysztof krzysiek krzyś christoph chris christopher kristoffer risto kristo christoffel stoffer
stanisław staszek stach stasiek stan
kazimierz kazik kazek
tadeusz tadek tadzio
zbigniew zbyszek zbychu
ryszard rysiek richard rick dick ricky rikard
jerzy jurek george georg jörg yrjö jyrki göran jurgen jürgen joris jurek
franciszek franek frans frank franz franciscus francis
paweł pawełek pawel paul pål pauli paavo påvel paulus pol
cornelis kees cor cornelius nelis
gerard gerrit geert gerhard gert ger gerd gerry
dirk diederik dietrich derk
jeroen hieronymus jerome
daniël daan daniel dani danny dan
sebastiaan sebastian bas basti bastian
anthony tony toon ton teun anton antoni antonius antoine antek toni
bernard bernd bernhard ben bert bernt
robert rob bob bobby robbie bertus robbert roope
edward ed eddie ted edek ned eduard edvard eetu
theodor theo teo teodor tadeusz teuvo
maximilian max maks maksymilian
christian chris christiaan kristian krystian
stefanie steffi stephanie stefania
ursula uschi ulla urszula ula
gabriele gabi gabriela gabrielle
hildegard hilde hilda
gertrud trude gertrude trudi truus geertruida
johann hans hansi
wolfgang wolf
ludwig lutz louis lodewijk ludvik ludvig ludwik
rudolf rudi rolf ruud ruedi
dorothea dora thea dorota dorotka dorothy dot doortje dorte
sara saara sarah sari sally
tapio tappi
juhana juha
oskari osku oskar oscar
pentti benedictus bengt
veikko veka
ilkka ilja elias elis eliasz
susana susa
barbro babsan
samuel sami samu sam sammy samuli
benjamin ben benkku benny
daniela dani
jennifer jenny jen jenni
jessica jess jessie
patricia pat patty tricia patrycja
patrick pat patrik patryk paddy
deborah debbie deb
victoria vicky viktoria viivi wiktoria wika
dominik domi dominic nick
natalia natalie nata natalka
weronika wera veronica veronika roni
""".strip().splitlines()

_GROUPS_OF: dict[str, set[int]] = {}
for _number, _line in enumerate(_GROUPS):
    for _name in _line.split():
        _GROUPS_OF.setdefault(fold(_name), set()).add(_number)


def groups_of(name: str) -> Collection[int]:
    """Numbers of the groups of forms that a folded given name is in; two names with a common one are nicknames."""
    return _GROUPS_OF.get(name, ())


def are_nicknames(one: str, other: str) -> bool:
    """Whether two folded given names are forms of one (Katarzyna, Kasia)."""
    return not _GROUPS_OF.get(one, set()).isdisjoint(_GROUPS_OF.get(other, set()))


def forms_of(name: str) -> set[str]:
    """Every folded form of a folded given name, itself included."""
    forms = {name}
    for number in _GROUPS_OF.get(name, ()):
        forms.update(fold(other) for other in _GROUPS[number].split())
    return forms
