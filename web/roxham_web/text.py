"""The site's words, in English and in French where the data are Canadian; numbers and months as each language has them."""

from __future__ import annotations

import datetime as dt

from babel.dates import format_skeleton
from babel.numbers import format_decimal

from roxham_web import french

LANGUAGES = ("en", "fr")
FRENCH_PAGES = ("canada", "claims")

PAGES = {
    "index": ("Overview", "Aperçu"),
    "canada": ("Crossings into Canada", "Passages vers le Canada"),
    "northern-border": ("Northern border of the US", "Frontière nord des États-Unis"),
    "southwest-border": ("Southwest border", "Frontière sud-ouest"),
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
        "A figure of the last 24 months leads to its printed cell.",
        "Un chiffre des 24 derniers mois mène à sa cellule imprimée.",
    ),
    "open": ("open: its period can still be revised", "ouvert : sa période peut encore être révisée"),
    "rounded": ("rounded to {0} by the agency", "arrondi à {0} par l’organisme"),
    "exact": ("exact", "exact"),
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


def number(value: int | None, language: str = "en") -> str:
    """1,234 or 1 234."""
    if value is None:
        return ""
    return str(format_decimal(value, locale=language))


def signed(value: int, language: str = "en") -> str:
    """A change with its sign, and a true minus."""
    return ("+" if value > 0 else "−" if value < 0 else "±") + number(abs(value), language)


def month(day: dt.date, language: str = "en") -> str:
    """January 2024, janvier 2024."""
    return str(format_skeleton("yMMMM", day, locale=language))


def period(kind: str, start: dt.date, language: str = "en") -> str:
    """A printed period: 2023, fiscal 2024, Q3 2023."""
    if kind == "quarter":
        return f"{'Q' if language == 'en' else 'T'}{(start.month + 2) // 3} {start.year}"
    if kind == "fiscal_year":
        return f"{'fiscal' if language == 'en' else 'exercice'} {start.year + (start.month > 1)}"
    return str(start.year) if kind == "year" else f"{kind} {start.isoformat()}"


def measure_title(measure_id: str, english: str, language: str) -> str:
    """A measure's title; French where there is one."""
    return french.TITLES.get(measure_id, english) if language == "fr" else english


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
