"""The site's words, in English and in French where the data are Canadian; numbers and months as each language has them."""

from __future__ import annotations

import datetime as dt
import functools

from babel.dates import format_skeleton
from babel.numbers import format_decimal

from roxham_web import french

LANGUAGES = ("en", "fr")
FRENCH_PAGES = ("canada", "claims")
# What the menu of a French page leads to in French.
TRANSLATED = (*FRENCH_PAGES, "places")

PAGES = {
    "index": ("Overview", "Aperçu"),
    "canada": ("Crossings into Canada", "Passages vers le Canada"),
    "northern-border": ("Northern border of the US", "Frontière nord des États-Unis"),
    "southwest-border": ("Southwest border", "Frontière sud-ouest"),
    "places": ("Places", "Lieux"),
    "claims": ("Claims and outcomes", "Demandes d’asile et décisions"),
    "elsewhere": ("Elsewhere", "Ailleurs"),
    "revisions": ("Revisions", "Révisions"),
    "discrepancies": ("Discrepancies", "Contradictions"),
    "press-claims": ("Press claims", "Affirmations de la presse"),
    "quality": ("Quality", "Qualité"),
    "sources": ("Sources", "Sources"),
    "data": ("Data", "Données"),
}

LEADS = {
    "canada": (
        "Persons intercepted between ports of entry, by province, as Canada’s government publishes them. Interceptions, "
        "encounters and claims are different things; they are never added to each other.",
        "Personnes interceptées entre les points d’entrée, par province, telles que publiées par le gouvernement du "
        "Canada. Interceptions, rencontres et demandes sont des choses différentes ; elles ne sont jamais additionnées.",
    ),
    "northern-border": (
        "What US Customs and Border Protection counts along the border with Canada. Encounters are events, not persons.",
        "",
    ),
    "southwest-border": (
        "What US Customs and Border Protection counts along the border with Mexico. Encounters are events, not persons.",
        "",
    ),
    "claims": (
        "Asylum claimants and what became of their claims. The same person may have been intercepted before; these "
        "figures are never added to interceptions.",
        "Demandeurs d’asile et suites données à leurs demandes. La même personne a pu être interceptée auparavant ; ces "
        "chiffres ne sont jamais additionnés aux interceptions.",
    ),
    "elsewhere": (
        "The same kind of figure as other governments publish it, and further United States measures: returns, parole, "
        "other pathways.",
        "",
    ),
}

WORDS = {
    "build": ("Build", "Version"),
    "every_figure": ("Every figure leads back to the cell of the release that printed it.",
                     "Chaque chiffre ramène à la cellule de la publication qui l’a imprimé."),
    "cite": ("How to cite", "Comment citer"),
    "licences": ("Licences", "Licences"),
    "downloads": ("Downloads", "Téléchargements"),
    "skip": ("Skip to content", "Aller au contenu"),
    "pages": ("Pages", "Pages"),
    "as_of": ("Build of", "Version du"),
    "sample": (
        "SAMPLE: figures of the bundled sample, not of the agencies’ own files.",
        "ÉCHANTILLON (SAMPLE) : chiffres de l’échantillon fourni, et non des fichiers des organismes.",
    ),
    "stacked": ("by place, stacked", "par lieu, empilé"),
    "lines": ("by place, lines (logarithmic scale that keeps 0)", "par lieu, courbes (échelle logarithmique qui garde le 0)"),
    "whole": ("month by month", "mois par mois"),
    "periods": ("by period, as printed", "par période, telles qu’imprimées"),
    "unit": ("Unit", "Unité"),
    "measure": ("Measure", "Mesure"),
    "source": ("Source", "Source"),
    "licence": ("Licence", "Licence"),
    "known": ("Data as of", "Données au"),
    "published": ("newest release published", "dernière publication"),
    "query": ("SQL query", "Requête SQL"),
    "csv": ("CSV of this chart", "CSV de ce graphique"),
    "mart": ("whole table:", "table entière :"),
    "table": ("The figures as a table", "Les chiffres en tableau"),
    "month": ("Month", "Mois"),
    "period": ("Period", "Période"),
    "place": ("Place", "Lieu"),
    "date": ("Date", "Date"),
    "event": ("Event", "Événement"),
    "value": ("Value", "Valeur"),
    "definition": ("What is counted", "Ce qui est compté"),
    "agency_note": ("the agency’s own page", "la page de l’organisme"),
    "events": ("Policy events marked on the charts", "Événements marqués sur les graphiques"),
    "breaks": ("Breaks in the series", "Ruptures de la série"),
    "no_script": (
        "The chart needs JavaScript; the table below holds every figure of it.",
        "Le graphique requiert JavaScript ; le tableau ci-dessous en contient tous les chiffres.",
    ),
    "not_in_build": (
        "No source of this kind has a release in this build.",
        "Aucune source de ce genre n’a de publication dans cette version.",
    ),
    "linked": (
        "Every figure leads to its printed cell.",
        "Chaque chiffre mène à sa cellule imprimée.",
    ),
    "figure_lead": (
        "Every year and month has an address of its own here: the figure, the archived file that printed it with the cell "
        "marked, what was known when, and how to cite it.",
        "Chaque année et chaque mois a ici son adresse : le chiffre, le fichier archivé qui l’a imprimé avec la cellule "
        "marquée, ce qui était connu à quelle date, et comment le citer.",
    ),
    "figure_no_script": (
        "Without JavaScript the tables below hold every figure, the release and the cell that printed it.",
        "Sans JavaScript, les tableaux ci-dessous contiennent chaque chiffre, sa publication et la cellule qui l’a imprimé.",
    ),
    "all_of": ("All figures of {0}", "Tous les chiffres : {0}"),
    "years": ("Years", "Années"),
    "months": ("Months", "Mois"),
    "year": ("Year", "Année"),
    "years_told": (
        "Totals as an agency prints them, and the sums of the months; both are kept, neither is corrected by the other.",
        "Les totaux tels qu’un organisme les imprime, et les sommes des mois ; les deux restent, aucun ne corrige l’autre.",
    ),
    "months_told": ("Newest figure of each month", "Chiffre le plus récent de chaque mois"),
    "as_printed": ("As printed", "Tel qu’imprimé"),
    "as_summed": ("Sum of its months", "Somme de ses mois"),
    "all_twelve": ("12 months", "12 mois"),
    "release": ("Release", "Publication"),
    "cell": ("Printed cell", "Cellule imprimée"),
    "more_cells": ("and {0} more", "et {0} autres"),
    "standing": ("Standing", "État"),
    "closed": ("closed", "clos"),
    "still_open": ("open", "ouvert"),
    "revised": ("revised {0} ×", "révisé {0} ×"),
    "files": ("The archived files", "Les fichiers archivés"),
    "places_lead": (
        "Every place that has figures: its last month, its years as printed and as summed, the months around each event, and "
        "the cell behind every figure.",
        "Chaque lieu qui a des chiffres : son dernier mois, ses années telles qu’imprimées et telles que sommées, les mois "
        "autour de chaque événement, et la cellule derrière chaque chiffre.",
    ),
    "last_month": ("Last month", "Dernier mois"),
    "stands_at": ("Stands at", "Se situe à"),
    "level_told": (
        "A running total or a level, as of the end of the month: it is not summed, and its changes are no counts of a month.",
        "Un cumul ou un niveau à la fin du mois : il n’est pas additionné, et ses variations ne sont pas le compte d’un mois.",
    ),
    "a_year_before": ("a year before", "un an plus tôt"),
    "change": ("Change", "Variation"),
    "windows": ("Twelve months before and after each event", "Douze mois avant et après chaque événement"),
    "windows_told": (
        "The same calendar months on both sides, as many as are held; that one follows the other says nothing of a cause.",
        "Les mêmes mois de calendrier des deux côtés, autant qu’il y en a ; que l’un suive l’autre ne dit rien d’une cause.",
    ),
    "before_event": ("Before", "Avant"),
    "after_event": ("After", "Après"),
    "counted_months": ("Months compared", "Mois comparés"),
    "revisions": ("Revisions", "Révisions"),
    "revisions_told": (
        "{0} of {1} months were changed by a later release; the last changes:",
        "{0} des {1} mois ont été modifiés par une publication ultérieure ; les dernières modifications :",
    ),
    "no_revisions": (
        "No release that the archive holds changed a month of this series.",
        "Aucune publication des archives n’a modifié un mois de cette série.",
    ),
    "last_changes": ("last changes", "dernières modifications"),
    "was": ("Was", "Était"),
    "became": ("Became", "Devenu"),
    "known_since": ("Known from", "Connu depuis le"),
    "other_side": ("Across the border", "De l’autre côté de la frontière"),
    "side_by_side": (
        "Calendar years beside each other; interceptions and encounters are different things and are never added",
        "Années civiles côte à côte ; interceptions et rencontres sont des choses différentes, jamais additionnées",
    ),
    "known_on": ("As known on", "Tel que connu le"),
    "known_on_told": (
        "Choose a day: the months below show what the releases held had said by then.",
        "Choisissez un jour : les mois ci-dessous montrent ce que les publications conservées disaient alors.",
    ),
    "known_on_link": ("What was known on a day", "Ce qui était connu un jour donné"),
    "covers": ("covers {0} only", "couvre seulement {0}"),
    "colon": (": ", "\u00a0: "),
    "permanent": ("All figures, with their cells", "Tous les chiffres, avec leurs cellules"),
    "open": ("open: its period can still be revised", "ouvert : sa période peut encore être révisée"),
    "rounded": ("rounded to {0} by the agency", "arrondi à {0} par l’organisme"),
    "exact": ("exact", "sans arrondi"),
    "cumulative": ("cumulative", "cumulatif"),
    "persons": ("counts persons", "compte des personnes"),
    "events_counted": ("counts events, not persons", "compte des événements, non des personnes"),
    # A figure that its checks found hard to believe.
    "implausible": ("implausible, as printed", "invraisemblable, tel que publié"),
    "running": ("{0} of {1} months", "{0} mois sur {1}"),
    "parts_sum": ("parts sum to {0}", "somme des parties : {0}"),
    "other_language": ("Français", "English"),
    "more_rows": ("{0} of {1} rows are shown; all are in the downloads.",
                  "{0} des {1} lignes sont montrées ; toutes sont dans les téléchargements."),
    "secondary_tag": ("secondary source", "source secondaire"),
    "yes": ("yes", "oui"),
    "no": ("no", "non"),
    "secondary": ("secondary source: figures quoted by the press, not releases",
                  "source secondaire : chiffres cités par la presse, et non des publications"),
}  # fmt: skip

# Heads of the reports' columns.
COLUMNS = {
    "measure": ("Measure", "Mesure"),
    "other_measure": ("Beside it", "À côté"),
    "place": ("Place", "Lieu"),
    "month": ("Month", "Mois"),
    "first_month": ("From", "De"),
    "last_month": ("To", "À"),
    "value": ("Figure", "Chiffre"),
    "other_value": ("The other", "L’autre"),
    "quoted_on": ("Quoted on", "Cité le"),
    "basis": ("How it was quoted", "Façon dont il a été cité"),
    "address": ("Report", "Article"),
    "event": ("Event", "Événement"),
    "effective_on": ("On", "Le"),
    "value_before": ("Twelve months before", "Douze mois avant"),
    "value_in_month": ("Month of the event", "Mois de l’événement"),
    "value_after": ("Twelve months after", "Douze mois après"),
    "difference": ("Difference", "Différence"),
    "tolerance": ("Allowed", "Admise"),
    "explanation": ("Explanation", "Explication"),
    "value_at_start": ("At the first month’s end", "À la fin du premier mois"),
    "value_at_end": ("At the last month’s end", "À la fin du dernier mois"),
    "gained": ("Between them", "Entre les deux"),
}
KINDS = {
    "country": ("Countries", "Pays"),
    "union": ("Unions", "Unions"),
    "land_border": ("Land borders", "Frontières terrestres"),
    "province": ("Provinces", "Provinces"),
    "territory": ("Territories", "Territoires"),
    "not_stated": ("Not stated", "Non précisé"),
    "border_patrol_sector": ("Border Patrol sectors", "Secteurs de la Border Patrol"),
    "field_office": ("Field offices", "Bureaux régionaux"),
    "state": ("States", "États"),
    "district": ("Districts", "Districts"),
    "us_territory": ("US territories", "Territoires des États-Unis"),
    "migratory_route": ("Migratory routes", "Routes migratoires"),
}
BASES = {"quoted": ("quoted", "cité"), "deduced": ("deduced from quoted figures", "déduit de chiffres cités")}

REASONS = {
    "not_yet_published": ("not yet published", "pas encore publié"),
    "not_listed": ("not listed", "non listé"),
    "out_of_window": ("out of window", "hors de la fenêtre"),
    "withdrawn": ("withdrawn", "retiré"),
    "suppressed": ("suppressed", "supprimé"),
    "not_collected": ("not collected", "non recueilli"),
    "parse_failed": ("not readable", "illisible"),
    "not_applicable": ("not applicable", "sans objet"),
    "not_held": ("not held", "non détenu"),
}
REASONS_TOLD = {
    "not_yet_published": ("the agency has not published this month yet",
                          "l’organisme n’a pas encore publié ce mois"),
    "not_listed": ("the agency prints no row where it counted nobody; that is no printed zero",
                   "l’organisme n’imprime pas de ligne là où il n’a compté personne ; ce n’est pas un zéro imprimé"),
    "out_of_window": ("the month has left the window that the agency publishes",
                      "le mois est sorti de la période que l’organisme publie"),
    "withdrawn": ("an earlier release printed it, the newest one does not",
                  "une publication antérieure l’imprimait, la plus récente ne l’imprime plus"),
    "suppressed": ("the agency masks small figures", "l’organisme masque les petits nombres"),
    "not_collected": ("the agency did not collect it", "l’organisme ne l’a pas recueilli"),
    "parse_failed": ("the printed cell could not be read as a number",
                     "la cellule imprimée n’a pu être lue comme un nombre"),
    "not_applicable": ("the agency says that there can be no figure here",
                       "l’organisme indique qu’il ne peut y avoir de chiffre ici"),
    "not_held": ("no release that speaks of this month in this table is in the archive",
                 "aucune publication portant sur ce mois dans ce tableau n’est dans les archives"),
}  # fmt: skip


def word(key: str, language: str, *values: object) -> str:
    """One of the site's own words in a language."""
    return WORDS[key][LANGUAGES.index(language)].format(*values)


def is_canadian(geography_id: str) -> bool:
    """Whether a place is Canada or lies in it: its pages stand in French too."""
    return geography_id == "CA" or geography_id.startswith("CA-")


def kind(code: str, language: str) -> str:
    """What the places of a kind are called."""
    known = KINDS.get(code)
    return known[LANGUAGES.index(language)] if known else code.replace("_", " ").capitalize()


def page_title(page: str, language: str) -> str:
    """What a page is called."""
    return PAGES[page][LANGUAGES.index(language)]


def lead(page: str, language: str) -> str:
    """The sentence under a page's title; empty where it has none."""
    return LEADS.get(page, ("", ""))[LANGUAGES.index(language)]


def reason(code: str | None, language: str = "en") -> str:
    """Why there is no figure, in words; an unknown code speaks for itself."""
    known = REASONS.get(code or "not_held")
    return known[LANGUAGES.index(language)] if known else str(code).replace("_", " ")


def reason_told(code: str, language: str = "en") -> str:
    """What a known reason means, in a sentence."""
    return REASONS_TOLD[code][LANGUAGES.index(language)]


@functools.lru_cache(maxsize=50_000)
def number(value: int | None, language: str = "en") -> str:
    """1,234 or 1 234."""
    if value is None:
        return ""
    return str(format_decimal(value, locale=language))


def signed(value: int, language: str = "en") -> str:
    """A change with its sign, and a true minus."""
    return ("+" if value > 0 else "−" if value < 0 else "±") + number(abs(value), language)


@functools.lru_cache(maxsize=10_000)
def month(day: dt.date, language: str = "en") -> str:
    """January 2024, janvier 2024."""
    return str(format_skeleton("yMMMM", day, locale=language))


def months(those: list[dt.date], language: str = "en") -> str:
    """Months from the first to the last: April 2023 to December 2023; a lone one is itself."""
    first, last = month(those[0], language), month(those[-1], language)
    return first if first == last else f"{first} {'to' if language == 'en' else 'à'} {last}"


def percent(share: float, language: str = "en") -> str:
    """A change in per cent with its sign: +6.8 %, −6,8 %."""
    said = format_decimal(abs(share), format="#,##0.0", locale=language)
    return f"{'+' if share > 0 else '−' if share < 0 else '±'}{said}\u00a0%"


def period_key(key: str, language: str = "en") -> str:
    """A year or fiscal year by its anchor: 2022, fiscal 2023."""
    return f"{'fiscal' if language == 'en' else 'exercice'} {key[2:]}" if key.startswith("FY") else key


def period(kind: str, start: dt.date, language: str = "en") -> str:
    """A printed period: 2023, fiscal 2024, Q3 2023."""
    if kind == "quarter":
        return f"{'Q' if language == 'en' else 'T'}{(start.month + 2) // 3} {start.year}"
    if kind == "fiscal_year":
        return f"{'fiscal' if language == 'en' else 'exercice'} {start.year + (start.month > 1)}"
    return str(start.year) if kind == "year" else f"{kind} {start.isoformat()}"


def measure_title(measure_id: str, english: str, language: str) -> str:
    """A measure's title; French where there is one."""
    known = {**french.NEIGHBOURS, **french.TITLES}
    return known.get(measure_id, english) if language == "fr" else english


def unit(name: str, language: str) -> str:
    """A measure's unit; French where there is one."""
    return french.UNITS.get(name, name) if language == "fr" else name


def definition(measure_id: str, english: str, language: str) -> tuple[str, str]:
    """What a measure counts, and the language that it is said in."""
    told = french.DEFINITIONS.get(measure_id) if language == "fr" else None
    return (told, "fr") if told else (english, "en")


def column(key: str, language: str) -> str:
    """The head of a report's column."""
    return COLUMNS[key][LANGUAGES.index(language)]


def spoken(identifier: str) -> str:
    """An identifier as words: labels_known:aor.citizenship becomes `labels known (aor.citizenship)`."""
    head, _, tail = identifier.partition(":")
    return head.replace("_", " ") + (f" ({tail})" if tail else "")
