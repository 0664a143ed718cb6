"""The French of Canadian measures, in the agencies' own terms; what has none here stays English and is marked so."""

from __future__ import annotations

TITLES = {
    "ca_rcmp_interceptions": "Interceptions de la GRC entre les points d’entrée",
    "ca_asylum_claimants": "Demandeurs d’asile traités par l’ASFC et IRCC",
    "ca_cbsa_claimants": "Demandeurs d’asile traités par l’ASFC",
    "ca_cbsa_claimants_air": "Demandeurs d’asile traités par l’ASFC aux points d’entrée aériens",
    "ca_cbsa_claimants_land": "Demandeurs d’asile traités par l’ASFC aux points d’entrée terrestres",
    "ca_cbsa_claimants_marine": "Demandeurs d’asile traités par l’ASFC aux points d’entrée maritimes",
    "ca_cbsa_claimants_ports_of_entry": "Demandeurs d’asile traités par l’ASFC à tous les points d’entrée",
    "ca_cbsa_claimants_inland": "Demandeurs d’asile traités par l’ASFC aux bureaux intérieurs",
    "ca_ircc_claimants": "Demandeurs d’asile traités par IRCC",
    "ca_ircc_asylum_claimants_odp": "Demandeurs d’asile (données ouvertes d’IRCC)",
    "ca_irb_irregular_intake": "Demandes d’asile irrégulières : reçues",
    "ca_irb_irregular_accepted": "Demandes d’asile irrégulières : acceptées",
    "ca_irb_irregular_rejected": "Demandes d’asile irrégulières : rejetées",
    "ca_irb_irregular_abandoned": "Demandes d’asile irrégulières : désistements",
    "ca_irb_irregular_withdrawn_other": "Demandes d’asile irrégulières : retraits et autres",
    "ca_irb_irregular_finalized": "Demandes d’asile irrégulières : réglées",
    "ca_irb_irregular_pending": "Demandes d’asile irrégulières : en instance",
    "ca_frontier_travellers": "Dénombrement à la frontière : voyageurs",
    "ca_frontier_excursionists": "Dénombrement à la frontière : visiteurs de même jour (excursionnistes)",
    "ca_frontier_tourists": "Dénombrement à la frontière : visiteurs passant au moins une nuit (touristes)",
}

# Of measures that stand beside Canadian ones on their pages.
NEIGHBOURS = {
    "us_cbp_encounters": "Rencontres du CBP (États-Unis)",
}

DEFINITIONS = {
    "ca_rcmp_interceptions": (
        "Demandeurs d’asile appréhendés par la Gendarmerie royale du Canada (GRC) entre les points d’entrée ; les autres "
        "passages de la frontière n’y sont pas. Les mêmes personnes peuvent être comptées de nouveau parmi les "
        "demandeurs traités par l’ASFC ou par IRCC."
    ),
    "ca_asylum_claimants": (
        "Tous les demandeurs d’asile des deux organismes, tels qu’imprimés ; comprend les personnes interceptées par la "
        "GRC qui ont présenté une demande."
    ),
    "ca_cbsa_claimants": (
        "Tous les points d’entrée et bureaux intérieurs de l’ASFC ensemble, tels que l’organisme les imprime dans son "
        "tableau sommaire ; arrondi à 5."
    ),
    "ca_cbsa_claimants_air": (
        "Demandeurs d’asile traités par l’Agence des services frontaliers du Canada (ASFC) aux points d’entrée aériens ; "
        "les valeurs entre 0 et 5 sont masquées, les autres arrondies à 5."
    ),
    "ca_cbsa_claimants_land": (
        "Demandeurs d’asile traités par l’Agence des services frontaliers du Canada (ASFC) aux points d’entrée "
        "terrestres, y compris les personnes que la GRC a interceptées et y a conduites ; valeurs masquées et arrondies "
        "à 5."
    ),
    "ca_cbsa_claimants_marine": (
        "Demandeurs d’asile traités par l’Agence des services frontaliers du Canada (ASFC) aux points d’entrée "
        "maritimes ; valeurs masquées et arrondies à 5."
    ),
    "ca_cbsa_claimants_ports_of_entry": (
        "Points d’entrée aériens, terrestres et maritimes ensemble, tels que l’organisme les imprime ; comprend les "
        "trois, et ne leur est donc jamais additionné."
    ),
    "ca_cbsa_claimants_inland": (
        "Demandeurs d’asile traités aux bureaux intérieurs de l’ASFC ; valeurs masquées et arrondies à 5."
    ),
    "ca_ircc_claimants": (
        "Demandeurs d’asile traités aux bureaux d’Immigration, Réfugiés et Citoyenneté Canada (IRCC) ; valeurs masquées "
        "et arrondies à 5."
    ),
    "ca_ircc_asylum_claimants_odp": (
        "Personnes ayant présenté une demande d’asile à un point d’entrée ou à un bureau désigné d’IRCC, selon le mois "
        "de la demande. La province est celle du bureau intérieur d’IRCC où la demande a été faite ou, à défaut, de la "
        "dernière adresse connue ou de l’autre bureau. Les valeurs entre 0 et 5 sont masquées, les autres arrondies "
        "à 5 ; toutes sont provisoires. Comptées un autre jour et selon d’autres règles que les demandeurs des pages "
        "annuelles, auxquels elles ne sont jamais additionnées et qu’elles ne prolongent pas."
    ),
    "ca_irb_irregular_intake": (
        "Demandes d’asile de personnes entrées au Canada entre les points d’entrée officiels, reçues par la Section de "
        "la protection des réfugiés de la Commission de l’immigration et du statut de réfugié (CISR) depuis le début de "
        "la série (janvier ou février 2017) jusqu’à la fin du mois. Déférées par IRCC ou par l’ASFC, qui les ont jugées "
        "recevables."
    ),
    "ca_irb_irregular_accepted": (
        "Parmi les demandes réglées depuis le début de la série, celles où la Section a reconnu un réfugié au sens de la "
        "Convention ou une personne à protéger."
    ),
    "ca_irb_irregular_rejected": (
        "Parmi les demandes réglées depuis le début de la série, celles où la Section n’a reconnu ni un réfugié au sens "
        "de la Convention ni une personne à protéger."
    ),
    "ca_irb_irregular_abandoned": (
        "Parmi les demandes réglées depuis le début de la série, celles dont le désistement a été prononcé, par exemple "
        "faute de formulaire remis à temps ou de présence à l’audience."
    ),
    "ca_irb_irregular_withdrawn_other": (
        "Parmi les demandes réglées depuis le début de la série, celles que le demandeur a retirées ou qui ont pris fin "
        "autrement (irrecevabilité constatée, décès)."
    ),
    "ca_irb_irregular_finalized": (
        "Toutes les demandes réglées depuis le début de la série : acceptées, rejetées, désistements, retraits et "
        "autres. Elles peuvent avoir été déférées au cours d’une période antérieure."
    ),
    "ca_irb_irregular_pending": (
        "Toutes les demandes non réglées à la fin du mois : un niveau, et non un cumul. Comme les autres, il n’est "
        "jamais additionné d’un mois à l’autre ; contrairement aux autres, il peut baisser."
    ),
    "ca_frontier_travellers": (
        "Voyageurs internationaux entrés ou revenus au Canada par quelque moyen que ce soit, comptés à la frontière à "
        "chaque entrée : résidents des États-Unis et d’autres pays, Canadiens de retour, équipages et autres. Entrées "
        "régulières aux points d’entrée ; ce n’est pas une mesure des interceptions."
    ),
    "ca_frontier_excursionists": (
        "Parmi les voyageurs, les visiteurs entrés et sortis, ou sortis et revenus, le même jour. Jusqu’en 2021, ceux "
        "venus d’outre-mer par air ou par eau étaient tous comptés parmi les visiteurs passant au moins une nuit."
    ),
    "ca_frontier_tourists": "Parmi les voyageurs, les visiteurs qui sont restés au moins une nuit.",
}

UNITS = {
    "persons": "personnes",
    "encounters": "rencontres",
    "claims": "demandes",
    "claimants": "demandeurs",
    "travellers": "voyageurs",
}

PUBLISHERS = {
    "Immigration, Refugees and Citizenship Canada": "Immigration, Réfugiés et Citoyenneté Canada",
    "Immigration and Refugee Board of Canada": "Commission de l’immigration et du statut de réfugié du Canada",
    "Statistics Canada": "Statistique Canada",
}

LICENCES = {
    "Open Government Licence - Canada": "Licence du gouvernement ouvert – Canada",
    "Government of Canada terms, reproduction with attribution": (
        "Conditions du gouvernement du Canada, reproduction avec mention de la source"
    ),
    "Statistics Canada Open Licence": "Licence ouverte de Statistique Canada",
}

# By source. The agencies name these wordings in their terms; the English ones stand in the sources' YAMLs.
ATTRIBUTIONS = {
    "ircc_rcmp_interceptions": (
        "Source : Immigration, Réfugiés et Citoyenneté Canada, Demandes d’asile par année. Reproduit avec mention de la "
        "source ; ceci n’est pas une version officielle."
    ),
    "ircc_asylum_claimants": (
        "Contient de l’information visée par la Licence du gouvernement ouvert – Canada. Source : Immigration, Réfugiés "
        "et Citoyenneté Canada, Demandeurs d’asile – Mises à jour mensuelles d’IRCC."
    ),
    "irb_irregular_claims": (
        "Source : Commission de l’immigration et du statut de réfugié du Canada, statistiques sur les personnes ayant "
        "franchi la frontière de façon irrégulière. Reproduit avec mention de la source ; ceci n’est pas une version "
        "officielle."
    ),
    "statcan_frontier_counts": (
        "Source : Statistique Canada, tableau 24-10-0053-01, Voyageurs internationaux entrant ou revenant au Canada, "
        "selon le type de transport et le type de voyageurs. Reproduit et diffusé « tel quel » avec la permission de "
        "Statistique Canada."
    ),
}
