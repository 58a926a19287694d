"""The kiosk's frame: its head, and at its foot the age of the data, dots and buttons."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashboard.components.basic import age, extra, icon
from dashboard.proof import Proof
from dashboard.tongue import Tongue
from dashboard.views.kiosk import KioskView, Slide
from dashboard.visit import Visit


def head(visit: Visit, view: KioskView, demo: bool) -> Component:
    """Whose screen it is, whether the data are simulated, the time."""
    tongue, local = visit.tongue, visit.now.astimezone(visit.zone)
    place = html.Span(view.place, className="quiet")
    clock = html.Time(
        f"{tongue.date(local.date(), local.date())}, {tongue.clock(local)}",
        className="clock",
        **extra(data_lang=tongue.locale.replace("_", "-"), data_zone=str(visit.zone)),
    )
    return html.Header(
        [
            html.Div(
                [html.Span(className="brand-mark"), html.H1([tongue.t("Hub énergie"), " ", place])],
                className="kiosk-brand",
            ),
            html.Span(tongue.t("Données simulées"), className="kiosk-demo") if demo else None,
            clock,
        ],
        className="kiosk-top",
    )


def foot(visit: Visit, view: KioskView, proof: Proof | None) -> Component:
    """Age of the slide's figures, their proof, a word when the hub is away, dots, buttons."""
    tongue = visit.tongue
    away = tongue.t("Hors connexion : ces chiffres ne sont plus mis à jour.")
    return html.Footer(
        [
            html.Div(
                [
                    *(_age(visit, slide, number) for number, slide in enumerate(view.slides)),
                    *([html.P(_proven(visit, proof), className="kiosk-age")] if proof else []),
                    html.P(away, className="kiosk-offline", hidden=True, id="offline"),
                ]
            ),
            html.Nav(_dots(tongue, view), className="dots", **extra(aria_label=tongue.t("Vues"))),
            html.Div(_buttons(tongue), className="kiosk-buttons"),
        ],
        className="kiosk-bottom",
    )


def _age(visit: Visit, slide: Slide, number: int) -> Component:
    """Since when the figures of one slide are published; assets/kiosk.js shows the right one."""
    words = published(visit, slide, number)
    shown = number == 0
    return html.P(words, className="kiosk-age", hidden=not shown, **extra(data_age=str(number)))


def published(visit: Visit, slide: Slide, number: int) -> list[Component | str]:
    """`Chiffres publiés il y a 3 h`; nothing for a slide without figures."""
    if slide.published_at is None:
        return []
    moment = age(visit.tongue, slide.published_at, visit.now, f"published-age-{number}")
    return [visit.tongue.t("Chiffres publiés"), " ", moment]


def _proven(visit: Visit, proof: Proof) -> list[Component | str] | str:
    """`Totaux justes, contrôlés il y a 3 h`; the age stays true without a redraw."""
    if not proof.good:
        return proof.text
    tongue = visit.tongue
    before, after = tongue.t("Totaux justes, contrôlés {age}").split("{age}")
    return [before, age(tongue, proof.at, visit.now, "proven-age"), after]


def _dots(tongue: Tongue, view: KioskView) -> list[Component]:
    return [
        html.Button(
            _hidden(tongue.t("Vue {number} : {title}", number=number + 1, title=slide.title)),
            className="dot",
            **extra(data_slide=str(number)),
        )
        for number, slide in enumerate(view.slides)
    ]


def _buttons(tongue: Tongue) -> list[Component]:
    pause = [
        html.Span([icon("pause"), tongue.t("Pause")], className="when-running"),
        html.Span([icon("play"), tongue.t("Reprendre")], className="when-paused"),
    ]
    return [
        _step("chevron-left", tongue.t("Vue précédente"), "-1"),
        html.Button(pause, id="kiosk-pause", className="button", **extra(aria_pressed="false")),
        _step("chevron-right", tongue.t("Vue suivante"), "1"),
    ]


def _step(name: str, words: str, step: str) -> Component:
    return html.Button([icon(name), _hidden(words)], className="button", **extra(data_step=step))


def _hidden(words: str) -> Component:
    return html.Span(words, className="visually-hidden")
