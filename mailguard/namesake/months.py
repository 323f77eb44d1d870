"""The months' names in the six languages, whole, shortened and inflected.

Written out and not asked of Babel, whose data of six languages takes 8 MB in each process that judges; a test compares.
"""

_NAMES = (
    "jan januar januari january sty styczeń stycznia tammi tammikuu tammikuuta",
    "feb februar februari february helmi helmikuu helmikuuta lut lutego luty",
    "maalis maaliskuu maaliskuuta maart mar marca march mars marzec mrt mär märz",
    "apr april huhti huhtikuu huhtikuuta kwi kwiecień kwietnia",
    "mai maj maja may mei touko toukokuu toukokuuta",
    "cze czerwca czerwiec jun june juni kesä kesäkuu kesäkuuta",
    "heinä heinäkuu heinäkuuta jul juli july lip lipca lipiec",
    "aug august augusti augustus elo elokuu elokuuta sie sierpień sierpnia",
    "sep sept september syys syyskuu syyskuuta wrz wrzesień września",
    "loka lokakuu lokakuuta oct october okt oktober paź październik października",
    "lis listopad listopada marras marraskuu marraskuuta nov november",
    "dec december dez dezember gru grudnia grudzień joulu joulukuu joulukuuta",
)
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
"""Name in small letters, without the full stop of a shortened one: which month it is."""
