"""Boxes that nothing names: consent in any language, prompts to subscribe, follow and judge; and texts about such things, which stay."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.model import READING_KINDS, BlockKind

TEXT = (
    "<h1>The agency</h1><p>The agency has 340 staff in nine offices, and looks after the roads of three counties.</p>"
)
PRIVATE = "stores and reads data on your device"


def kinds(markup: str) -> dict[str, BlockKind]:
    return {block.text: block.kind for block in extract(markup.encode(), "text/html; charset=utf-8").blocks}


def read(markup: str) -> list[str]:
    return [text for text, kind in kinds(markup).items() if kind in READING_KINDS]


@pytest.mark.parametrize(
    ("said", "pressed"),
    [
        ("Our site and 183 others read what your browser keeps in cookies about you.", "Accept all"),
        ("Gemeinsam mit 183 Firmen verarbeiten wir personenbezogene Daten von Ihnen.", "Alle akzeptieren"),
        ("Avec 214 sociétés, nous lisons vos données personnelles sur votre appareil.", "✓ OK, tout accepter"),
        ("Con otras 652 empresas guardamos cookies para conocerle mejor a usted.", "Aceptar y seguir"),
        ("Insieme a 77 aziende trattiamo i suoi dati personali per farle pubblicità.", "Accetta tutto"),
        ("Com outras 88 empresas tratamos os seus dados pessoais neste aparelho.", "Aceitar tudo"),
        ("Samen met 129 bedrijven verwerken we persoonsgegevens op uw apparaat.", "Ik ga akkoord"),
        ("Razem z 401 firmami przetwarzamy Twoje dane osobowe na urządzeniu.", "Zgadzam się"),
        ("Spolu s 55 firmami ukládáme cookies do vašeho zařízení a čteme je.", "Přijmout vše"),
        ("Sammen med 94 virksomheder gemmer vi cookies i din browser.", "Tillad alle"),
        ("Tillsammans med 58 företag sparar vi cookies i din webbläsare.", "Godkänn alla"),
        ("Yhdessä 36 yrityksen kanssa tallennamme evästeitä laitteellesi.", "Hyväksy kaikki"),
        ("Μαζί με 33 εταιρείες αποθηκεύουμε cookies στη συσκευή σας.", "Αποδοχή όλων"),
        ("Вместе с 45 компаниями мы храним файлы cookie на вашем устройстве.", "Принять"),
        ("27 şirketle birlikte cihazınızda çerez saklıyoruz ve okuyoruz.", "Kabul et"),
        ("نخزن مع ٧٨ شركة ملفات تعريف الارتباط على جهازك ونقرؤها.", "موافق"),
        ("当サイトは78社とともにクッキーを端末に保存し、読み取ります。", "同意する"),
    ],
)
def test_a_nameless_box_that_asks_for_consent_is_one_in_any_language(said, pressed):
    for box in (
        f"<p>{said}</p><button>{pressed}</button>",
        f"<p>{said}</p><div><div>{pressed}</div></div>",
    ):
        for page in (f"{TEXT}<div class=x7><div>{box}</div></div>", f"<div class=x7>{box}</div><div>{TEXT}</div>"):
            found = kinds(page)
            assert found[said] is BlockKind.CONSENT
            assert len(read(page)) == 2


def test_two_words_to_press_in_spans_are_two():
    box = f"<div><p>This page {PRIVATE}, with cookies.</p><div><span>Accept</span><span>Reject</span></div></div>"
    assert kinds(f"{TEXT}{box}")["Accept Reject"] is BlockKind.CONSENT


def test_the_heading_of_a_consent_box_and_its_list_belong_to_it():
    box = f"<div><b>You decide</b><p>This page {PRIVATE}, with cookies.</p><ul><li>Needed 4<li>Counting 7</ul><div><button>Agree</button></div></div>"
    assert read(f"{TEXT}{box}") == read(TEXT)


@pytest.mark.parametrize(
    "page",
    [
        # Nothing about cookies or data: a form.
        f"{TEXT}<div><p>Members accept 12 rules when they join the agency, and pay 40 euros.</p><button>I accept</button></div>",
        # The page's own text, with a button at its end.
        "<main><h1>Cookies</h1><p>We set 14 cookies, which we list below for you.</p><p>Three partners of ours set some more of them.</p><button>Accept</button></main>",
        # Nothing but the box: a wall, which the verdict tells.
        f"<div><p>This page {PRIVATE}, with cookies of 871 companies.</p><button>Accept</button></div>",
    ],
)
def test_what_is_no_box_over_a_page_stays(page):
    assert all(
        kind is not BlockKind.CONSENT or "worded" in block_why
        for kind, block_why in ((b.kind, b.why) for b in extract(page.encode(), "text/html").blocks)
    )


def test_a_policy_keeps_what_it_says_of_cookies_and_its_own_bar_goes():
    policy = (
        "<div><h1>Privacy</h1><h2>4. Cookies</h2><p>We use cookies on our website, which you may accept.</p>"
        "<p>Our partners set some of their own, and we have no say in that.</p><h2>5. Time</h2>"
        "<p>We keep what you told us for 24 months after you have left.</p></div>"
    )
    bar = "<div><p>We use cookies. If you go on you accept them.</p></div>"
    said = read(f"{policy}{bar}")
    assert "We use cookies on our website, which you may accept." in said
    assert len(said) == len(read(policy)) == 6


@pytest.mark.parametrize(
    ("heading", "below"),
    [
        ("Sign up for our newsletter", "Join 9,100 readers."),
        ("Abonnez-vous à notre lettre d’information", "Déjà 48 000 abonnés."),
        ("Suscríbete a nuestro boletín", "Ya somos 5.300."),
        ("Stay in touch", "9,100 readers get our monthly letter."),
        ("Is this page useful?", "Yes"),
        ("Contador", "Hoje: 214"),
        ("Wer ist online?", "2 Gäste"),
        ("Suivez-nous sur les réseaux", "12 000 personnes le font."),
        ("Folgen Sie uns", "12.000 Menschen tun es."),
        ("Quanto sono chiare le informazioni?", "Valuta da 1 a 5 stelle"),
        ("Takip edin", "12.000 kişi takip ediyor"),
        ("Bizi takip edin", "12.000 kişi takip ediyor"),
        ("Подписывайтесь на нас", "Нас уже 12 000"),
        ("Подпишитесь на рассылку", "Нас уже 12 000"),
        ("Our Newsletter!", "Sign up, as 9,100 readers have"),
        ("Sign up for our eNewsletters", "9,100 readers"),
    ],
)
def test_a_small_box_headed_as_a_prompt_is_no_text(heading, below):
    found = kinds(f"<div>{TEXT * 3}</div><div><h2>{heading}</h2><p>{below}</p><button>OK</button></div>")
    assert found[heading] is BlockKind.CONTROL
    assert found[below] is BlockKind.CONTROL


@pytest.mark.parametrize(
    "section",
    [
        "<h1>Follow us on social media</h1><p>The ministry has accounts on 6 networks, which 41,000 people follow.</p>",
        "<section><h2>Newsletter</h2><ul><li>No. 12, spring<li>No. 11, winter</ul></section>",
        f"<section><h2>Newsletter sign-up rose</h2><p>{'In the year before, 4,100 people had signed up for the letter of the agency. ' * 3}</p></section>",
    ],
)
def test_texts_about_letters_and_networks_stay(section):
    assert read(section) == [block.text for block in extract(section.encode(), "text/html").blocks]


def test_a_heading_that_unfolds_its_section_is_a_heading():
    page = f"{TEXT}<h3><button aria-expanded=false>Who may join?</button></h3><div>Any group of 5.</div>"
    assert kinds(page)["Who may join?"] is BlockKind.HEADING


@pytest.mark.parametrize(
    "said", ["Jump to content", "Select your language", "Nach oben", "Haut de page", "ページの先頭へ", "Voltar ao topo"]
)
def test_ways_about_the_page_are_controls(said):
    assert kinds(f"{TEXT}<p>{said}</p>")[said] is BlockKind.CONTROL


def test_links_in_the_header_above_the_headline_are_no_text():
    header = "<header><div><a href=/>Road office</a></div><a href=/en>EN</a><p>Camp: 14 places left.</p></header>"
    assert read(f"{header}<div>{TEXT}</div>") == ["Camp: 14 places left.", *read(TEXT)]
    inside = "<article><header><a href=x>Roads and rivers</a></header><p>Two roads were mended.</p></article>"
    assert "Roads and rivers" in read(f"{TEXT}{inside}")


@pytest.mark.parametrize("said", ["7 min read", "4 March 2021 — 6 min read", "Lesezeit: 5 Minuten", "Lecture : 4 min"])
def test_how_long_an_article_takes_to_read_is_no_part_of_it(said):
    prose = f"<p>{'The towns of the river have agreed to share what the dams cost, and to meet each spring. ' * 3}</p>"
    page = f"<meta property=article:published_time content=2021><h1>Dams</h1><div><div>{said}</div>{prose * 3}</div>"
    assert said not in read(page)


@pytest.mark.parametrize(
    "said", ["Kabul", "Consent of the governed", "Allow 5 days", "We accept cards", "Accept no substitutes", "All members", "Si", "OK", "Everything OK", "我同意这个观点", "Rookie of the year"]
)  # fmt: skip
def test_short_texts_with_a_word_that_buttons_have_stay(said):
    assert kinds(f"{TEXT}<p>{said}</p>")[said] is BlockKind.CONTENT


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("The council has 4 special committees.", True),
        ("Le port compte 87 bateaux et 12 pontons.", True),
        ("Der Rat hat 4 Ausschüsse und 2 Kommissionen!", True),
        ("Reach us all week long.", False),
        ("Committees (4)", False),
        ("<a href=/c>The council has 4 special committees.</a>", False),
    ],
)
@pytest.mark.parametrize(
    "menu", ["<nav>{}</nav>", "<div role=navigation>{}</div>", "<nav><ul><li><div>{}</div></ul></nav>"]
)
def test_a_sentence_in_a_panel_of_a_menu_is_read(sentence, kept, menu):
    links = "<a href=/1>Council</a><a href=/2>Press</a><a href=/3>Roads</a>"
    said = read(menu.format(f"<div>{links}</div><p>{sentence}</p>") + TEXT)
    assert any(sentence == text for text in said) is kept
    assert not any("Press" in text for text in said)


@pytest.mark.parametrize(
    ("label", "kept"),
    [
        ("Edition: 2 March 2026", True),
        ("Stand 31.12.2025", True),
        ("Édition du 2 mars 2026", True),
        ("2026年3月2日版", True),
        ("2026-03-02", True),
        ("2026", False),
        ("12 May", False),
        ("Filter", False),
        ("Download", False),
    ],
)
@pytest.mark.parametrize("button", ["<button>{}</button>", "<div role=button>{}</div>"])
def test_the_date_of_an_edition_on_a_button_is_read(label, kept, button):
    assert (label in read(f"{TEXT}{button.format(label)}<p>The table has one row for each office.</p>")) is kept


def test_the_date_that_a_combobox_shows_is_read():
    assert "Stand 31.12.2025" in read(f"{TEXT}<div role=combobox>Stand 31.12.2025</div>")
