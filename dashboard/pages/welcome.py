"""`/` without a session: what the hub is, the district's newest figures, how to get one's link."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.components.basic import icon, notice, page_head
from dashboard.components.totals import totals
from dashboard.pages import district
from dashboard.tongue import Tongue
from dashboard.views.district import DistrictData, district_view
from dashboard.visit import Visit
from hub.store.connection import Connection


def load(connection: Connection, visit: Visit) -> DistrictData:
    """The newest published day."""
    return district.load(connection, visit, {})


def build(visit: Visit, data: DistrictData) -> list[Component]:
    """The welcome page."""
    tongue = visit.tongue
    lead = tongue.t(
        "Un seul endroit pour voir ce que l'on consomme et produit : électricité, gaz, eau,"
        " solaire. Les relevés restent la propriété des habitants."
    )
    return [
        page_head(tongue.t("L'énergie de votre logement et de votre quartier"), lead),
        html.Ul(
            [_point(name, head, text) for name, head, text in _points(tongue)], className="points"
        ),
        *_figures(tongue, data),
        _joining(tongue),
    ]


def _points(tongue: Tongue) -> list[tuple[str, str, str]]:
    return [
        (
            "house",
            tongue.t("Chez vous"),
            tongue.t("Vos compteurs en direct et leur historique, avec votre lien personnel."),
        ),
        (
            "map",
            tongue.t("Dans le quartier"),
            tongue.t("Des totaux que personne ne peut ramener à un foyer."),
        ),
        (
            "download",
            tongue.t("Pour tous"),
            tongue.t("Ces totaux sont des données ouvertes, libres de réutilisation."),
        ),
    ]


def _point(name: str, head: str, text: str) -> Component:
    return html.Li([icon(name), html.Div([html.H2(head), html.P(text)])])


def _figures(tongue: Tongue, data: DistrictData) -> list[Component]:
    """What the district used on the newest published day."""
    view = district_view(tongue, data)
    if not view.totals:
        return []
    title = tongue.t("{place}, {when}", place=view.place, when=view.when)
    more = html.P(html.A(tongue.t("Voir le quartier et ses totaux"), href=district.PATH))
    return [html.Section([html.H2(title), totals(tongue, view.totals), more])]


def _joining(tongue: Tongue) -> Component:
    """How a home joins, and how its pages open."""
    steps = [
        tongue.t(
            "Dites à la mairie ou à votre club que vous voulez participer. Vous choisissez ce que"
            " le hub peut compter, et vous pouvez retirer votre accord."
        ),
        tongue.t(
            "Vous recevez un lien personnel. Ouvrez-le une fois : ce navigateur s'en souvient"
            " ensuite. Gardez ce lien pour vous, il remplace un mot de passe."
        ),
        tongue.t(
            "Vos compteurs sont reliés : une petite passerelle chez vous envoie leurs relevés, ou"
            " vous envoyez vous-même, sur la page Envoyer, les fichiers de votre distributeur."
        ),
    ]
    return html.Section(
        [
            html.H2(tongue.t("Rejoindre le hub, ouvrir vos pages")),
            html.Ol([html.Li(step) for step in steps], className="joining"),
        ]
    )


def closed(visit: Visit, title: str, lead: str) -> list[Component]:
    """A resident's page without a session: how to open it."""
    tongue = visit.tongue
    words = tongue.t(
        "Cette page montre un foyer. Ouvrez-la avec votre lien personnel ; la page d'accueil dit"
        " comment l'obtenir."
    )
    home = html.A(tongue.t("Aller à l'accueil"), href="/")
    return [page_head(title, lead), notice([words, " ", home], "closed")]
