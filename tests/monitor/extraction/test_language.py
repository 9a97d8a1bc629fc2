"""Which language a page is in: what it says of itself, checked against its text; silence where neither is sure."""

from __future__ import annotations

import pytest

from monitor.extraction.extract import extract
from monitor.extraction.language import agree, detect, language_of
from tests.support.pace import cheapest, slowness

TEXTS = {
    "en": "The harbour pact has many members, and each of them has promised to keep its harbour open in winter. It was founded by nine towns that wanted to help one another.",
    "de": "Der Hafenbund hat viele Mitglieder, und jedes von ihnen hat versprochen, seinen Hafen im Winter offen zu halten. Er wurde von neun Städten gegründet, die einander helfen wollten.",
    "fr": "Le pacte du port compte de nombreux membres, et chacun d’eux a promis de garder son port ouvert en hiver. Il a été fondé par neuf villes qui voulaient s’aider dans les temps difficiles.",
    "es": "El pacto del puerto tiene muchos miembros, y cada uno de ellos ha prometido que su puerto no se cerrará en invierno. Fue fundado por nueve ciudades que querían ayudarse entre sí.",
    "it": "Il patto del porto ha molti membri, e ciascuno di loro ha promesso di tenere aperto il porto anche in inverno. È stato fondato da nove città che volevano aiutarsi nei tempi difficili.",
    "pt": "O pacto do porto tem muitos membros, e cada um deles prometeu manter o seu porto aberto no inverno. Foi fundado por nove cidades que não queriam ficar sozinhas com os seus problemas.",
    "nl": "Het havenverbond heeft veel leden, en elk van hen heeft beloofd de haven ook in de winter open te houden. Het is door negen steden opgericht die elkaar wilden helpen als het moeilijk werd.",
    "sv": "Hamnförbundet har många medlemmar, och var och en av dem har lovat att hålla sin hamn öppen också på vintern. Det grundades av nio städer som ville hjälpa varandra när det blev svårt.",
    "fi": "Satamaliitossa on monta jäsentä, ja jokainen niistä on luvannut, että se pitää satamansa auki myös talvella. Sen perustivat kaupungit, jotka halusivat auttaa toisiaan, kun ne olivat vaikeuksissa.",
    "pl": "Związek portowy ma wielu członków i każdy z nich obiecał, że jego port będzie otwarty także w zimie. Założyły go miasta, które nie chciały być same, gdy przychodzi do nich lód od morza.",
    "cs": "Přístavní svaz má mnoho členů a každý z nich slíbil, že svůj přístav nechá otevřený také v zimě. Založila jej města, která si chtěla pomáhat, když to bylo těžké, a nebyla na to sama.",
    "hu": "A kikötői szövetségnek sok tagja van, és mindegyik megígérte, hogy a kikötőjét télen is nyitva tartja. Kilenc város alapította, amely nem akart egyedül lenni, ha jön a jég, és ez így van ma is.",
    "ro": "Pactul portului are mulți membri și fiecare dintre ei a promis că își va ține portul deschis și pe timp de iarnă. A fost fondat de nouă orașe care nu au vrut să fie singure în vremuri grele.",
    "tr": "Liman birliğinin çok üyesi vardır ve her biri limanını kışın da açık tutmaya söz vermiştir. Birlik, zor zamanlarda bir arada olmak için dokuz şehir tarafından kurulmuştur ve bu gün daha da büyük.",
    "id": "Pakta pelabuhan ini memiliki banyak anggota, dan setiap anggota telah berjanji untuk membuka pelabuhan mereka pada musim dingin. Pakta ini didirikan oleh sembilan kota yang tidak ingin sendiri.",
    "vi": "Liên minh cảng có nhiều thành viên, và các thành viên đã hứa sẽ mở cảng của họ trong mùa đông. Liên minh được lập ra bởi chín thành phố không muốn một mình khi khó khăn đến với họ.",
    "hr": "Lučki savez ima mnogo članova i svaki od njih je obećao da će svoju luku držati otvorenom i zimi. Osnovali su ga gradovi koji nisu htjeli biti sami kada je teško, ali su za sve isto platili.",
    "el": "Η ένωση των λιμανιών έχει πολλά μέλη και το καθένα από αυτά έχει υποσχεθεί ότι θα κρατά το λιμάνι του ανοιχτό και τον χειμώνα. Ιδρύθηκε από πόλεις που δεν ήθελαν να είναι μόνες.",
    "ru": "В портовом союзе много членов, и каждый из них обещал, что его порт будет открыт и зимой. Союз был основан городами, которые не хотели оставаться одни, когда это было трудно для всех.",
    "uk": "У портовому союзі багато членів, і кожен із них обіцяв, що його порт буде відкритий і взимку. Союз був заснований містами, які не хотіли бути одні, коли це було важко для всіх.",
    "bg": "Пристанищният съюз има много членове и всеки от тях е обещал, че ще държи пристанището си отворено и през зимата. Той е създаден от градове, които са искали да си помагат, когато е трудно.",
    "ar": "يضم اتحاد الموانئ عددا كبيرا من الأعضاء، وقد وعد كل منهم بأن يبقي ميناءه مفتوحا في الشتاء. وكان قد تأسس من قبل تسع مدن لم ترغب في أن تبقى وحدها في هذا الوقت الصعب.",
    "fa": "اتحادیه بندرها اعضای زیادی دارد و هر یک از آنها قول داده است که بندر خود را در زمستان نیز باز نگه دارد. این اتحادیه را شهرهایی که می‌خواستند به هم کمک کنند بنا کردند.",
    "he": "באיגוד הנמלים חברים רבים, וכל אחד מהם הבטיח שהנמל שלו יהיה פתוח גם בחורף. הוא נוסד בידי תשע ערים שרצו לעזור זו לזו.",
    "hi": "बंदरगाह संघ के कई सदस्य हैं, और उनमें से हर एक ने वादा किया है कि उसका बंदरगाह सर्दियों में भी खुला रहेगा।",
    "zh": "港口联盟有很多成员，每个成员都承诺在冬天保持港口开放。联盟由九个不愿独自面对困难的城市创立。",
    "ja": "港の会には多くの団体が加わっており、それぞれが冬も港を開いておくと約束しています。九つの町によって作られました。",
    "ko": "항구 연합에는 많은 회원이 있으며, 각 회원은 겨울에도 항구를 열어 두겠다고 약속했습니다. 아홉 도시가 세웠습니다.",
    "th": "สมาคมท่าเรือมีสมาชิกจำนวนมาก และสมาชิกแต่ละรายได้สัญญาว่าจะเปิดท่าเรือในฤดูหนาว",
}


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_of_two_sentences_is_enough(language):
    assert detect(TEXTS[language]) == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("da", "Havneforbundet har mange medlemmer, og hver af dem har lovet at holde sin havn åben også om vinteren. Det blev stiftet af ni byer, som ville hjælpe hinanden, når det blev svært efter jul."),
        ("no", "Havneforbundet har mange medlemmer, og hver av dem har lovet å holde sin havn åpen også om vinteren. Det ble stiftet av ni byer som ville hjelpe hverandre når det ble vanskelig etter jul."),
        ("sk", "Prístavný zväz má mnoho členov a každý z nich sľúbil, že svoj prístav nechá otvorený aj v zime. Založili ho mestá, ktoré si chceli pomáhať, keď to bolo ťažké, a neboli na to samy."),
    ],
)  # fmt: skip
def test_neighbours_are_not_taken_for_one_another(language, text):
    found = detect(text)
    assert found is None or found == language
    assert language_of([language], text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "87",
        "Members",
        "Malmö, Gdynia, Turku, Riga, Kiel, Pori, Visby, Rostock, Klaipėda",
        "a b c " * 50,
        "\x00\ufffd" * 9,
        "1,234 | 5 | 6",
    ],
)
def test_where_a_text_is_too_little_to_tell_nothing_is_said(text):
    assert detect(text) is None


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        (["en-GB"], TEXTS["en"], "en-gb"),
        (["en_US"], TEXTS["en"], "en-us"),
        (["pt-BR"], TEXTS["pt"], "pt-br"),
        (["nb"], "Havneforbundet", "nb"),
        (["en"], TEXTS["de"], "de"),
        (["en"], "87 Mitglieder", "en"),
        ([None, "", "fr"], TEXTS["fr"], "fr"),
        (["de", "en"], TEXTS["de"], "de"),
        ([], TEXTS["sv"], "sv"),
        (["x-default"], TEXTS["sv"], "sv"),
        (["und", "sv"], "", "sv"),
        (["sr-Latn"], TEXTS["hr"], "sr-latn"),
        ([], "87", None),
    ],
)
def test_the_declared_language_stands_unless_the_text_is_surely_another(declared, text, expected):
    assert language_of(declared, text) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<html lang="de-AT">', "de-at"),
        ('<html xml:lang="de">', "de"),
        ('<meta http-equiv="Content-Language" content="de-CH, fr">', "de-ch"),
        ('<meta property="og:locale" content="de_DE">', "de-de"),
        ('<html lang="de"><meta property="og:locale" content="en_US">', "de"),
        ("<html lang=''>", None),
    ],
)
def test_a_page_says_its_language_in_several_ways(head, expected):
    assert extract(f"{head}<title>87</title><p>87</p>".encode(), "text/html").language == expected


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("en", "en-gb", True),
        ("nb", "no", True),
        ("nn", "da", True),
        ("de", "en", False),
        ("he", "iw", True),
        ("id", "ms", True),
    ],
)
def test_tags_that_may_be_of_one_text_agree(one, other, same):
    assert agree(one, other) is agree(other, one) is same


def test_telling_a_language_costs_a_fraction_of_a_millisecond():
    page = " ".join(TEXTS[language] for language in ("en", "de", "fr")) * 20
    assert cheapest(lambda: detect(page), 30) < 0.001 * slowness()
