"""Encodings of files are recognised, or the file is refused instead of being garbled."""

import pytest

from services.contacts.domain.csv_text import NotText, TextDecoder

WESTERN = (
    "Müller José Strauß Ångström Žižek Škoda O’Brien “Bo” Anne–Marie Œuvre Zoë Crème brûlée naïve"
    " Ñandú Muñoz façade Søren Ærø Þórður São João Conceição leões Éric BEŠIC Café — €5 ¡Hola!"
    " Qur’an aujourd’hui Ka’ahumanu Hawai‘i Vršovice mother–daughter Þór Guðrún Bjørnø Jógvan don’t"
    " ¿Qué? «Chat» L’Été n° 5 2ª col·lega MUÑOZ MÜLLER Façon Æðey Nestlé® Café™ 12 m² 30°C"
)
OTHERS = [
    ("mac_roman", "Müller,Jose"),
    ("mac_roman", "José,Maria"),
    ("mac_roman", "Garcá,Maria"),
    ("mac_roman", "März,Anna"),
    ("mac_roman", "Weiß,Anna"),
    ("mac_roman", "Renée,Côte"),
    *[("mac_roman", name) for name in ("Sørensen", "João", "O’Neill", "Anne–Marie", "“Bo”")],
    *[("cp850", name) for name in ("José", "Jörg", "Schäfer", "María", "Bjørn", "Müller")],
    *[("cp437", name) for name in ("François,Zoë", "López", "Muñoz")],
    *[("cp1250", name) for name in ("Dvořák", "Jiří", "Paweł", "Świątek", "Ştefan", "Kovář")],
    *[("cp1254", name) for name in ("Barış", "İbrahim", "Güneş")],
    ("iso8859_2", "Škoda"),
    ("cp1251", "Ян"),
    ("koi8_r", "Ия"),
    ("shift_jis", "林"),
    ("shift_jis", "ｽｽﾞｷ"),
    ("euc_jp", "林"),
    ("gbk", "王,李"),
    ("big5", "林"),
    ("cp932", "田中,太郎"),
    ("cp932", "スズキ,ハナコ"),
    ("euc_jp", "田中,太郎"),
    ("gbk", "王小明,李娜"),
    ("big5", "王小明,陳大文"),
    ("cp949", "김철수,이영희"),
    ("cp1251", "Иван,Мария"),
    ("koi8_r", "Иван,Мария"),
    ("cp1253", "Γιώργος,Μαρία"),
    ("cp1250", "Łukasz,Żak"),
    ("cp1256", "أحمد,محمد"),
    ("cp1255", "דוד,שרה"),
    ("cp874", "สมชาย,x"),
]
# A text in Windows-1252 could have these words too, so its other words decide.
DOUBTFUL = [
    *[("mac_roman", name) for name in ("Zoë,Ada", "Muñoz", "García", "Núñez", "Jörg", "Noël")],
    ("cp850", "Sánchez"),
    ("iso2022_jp", "佐藤"),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_files_in_western_encodings_are_decoded(encoding: str) -> None:
    assert TextDecoder().decode(WESTERN.encode(encoding), last=True) == WESTERN


@pytest.mark.parametrize(("encoding", "text"), OTHERS + DOUBTFUL)
def test_a_file_in_an_unsupported_encoding_is_refused_instead_of_garbled(
    encoding: str, text: str
) -> None:
    with pytest.raises(NotText, match="CSV UTF-8"):
        TextDecoder().decode(b"name\n" + text.encode(encoding), last=True)


@pytest.mark.parametrize(("encoding", "text"), OTHERS)
def test_an_unsupported_encoding_is_refused_even_if_it_shows_late_in_the_file(
    encoding: str, text: str
) -> None:
    decoder = TextDecoder()
    decoder.decode("Zoë,Muñoz\n".encode("cp1252"), last=False)
    with pytest.raises(NotText, match="CSV UTF-8"):
        decoder.decode(text.encode(encoding), last=True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_decoded(encoding: str) -> None:
    text = f"Name,Phone\n{WESTERN}\n"
    assert TextDecoder().decode(text.encode(encoding), last=True) == text


@pytest.mark.parametrize(
    "name", ["Hawai’i", "Conor’s", "l’été", "Žižek–Ruiz", "Mac\u00a0Donald", "Ó"]
)
def test_punctuation_alone_is_no_sign_of_another_encoding(name: str) -> None:
    assert TextDecoder().decode(name.encode("cp1252"), last=True) == name
