"""Search finds words that people type differently, for example without accents."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.folding import DDL, SUFFIX_LENGTH, fold, pieces_of
from tests.fixtures.databases import owner_url


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(owner_url(database_url))
    async with database.system() as connection:
        for statement in DDL.split(";\n"):
            if statement.strip():
                await connection.execute(text(statement.replace(":", "\\:")))
    yield database
    async with database.system() as connection:
        await connection.execute(text("DROP FUNCTION search_fold; "))
        await connection.execute(text("DROP FUNCTION search_suffixes"))
    await database.close()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("lukasz zak", "Łukasz Żak"),
        ("soren aero", "Søren Ærø"),
        ("jurgen weiss", "Jürgen Weiß"),
        ("weiss", "WEIẞ"),
        ("isik", "Işık"),
        ("istanbul", "İstanbul"),
        ("dang", "Đặng"),
        ("thorbjorg", "Þorbjörg"),
        ("coeur", "Cœur"),
        ("елкин", "Ёлкин"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("احمد", "أحمد"),
        ("محمد", "مُحَمَّد"),
        ("ادم", "آدم"),
        ("علي", "على"),
        ("שלום", "שָׁלוֹם"),
        ("ﾃｽﾄ", "テスト"),
        ("ひろし", "ヒロシ"),
        ("علا", "علاء"),
        ("فاطمه", "فاطمة"),
        ("عليرضا", "علی\u200cرضا"),
        ("555", "٥٥٥"),
        ("123", "۱۲۳"),
        ("opoku bada", "Ɔpoku Ɓada"),
        ("danladi", "Ɗanladi"),
        ("o'kina", "Oʻkina"),
        ("галаган", "Ґалаган"),
        ("कलम", "क़लम"),
        ("ada", "A\u00add\u200ba"),
    ],
)
def test_a_folded_search_finds_a_name_as_people_type_it(typed: str, stored: str) -> None:
    assert fold(typed) == fold(stored)


def test_folding_does_not_turn_different_names_into_the_same_text() -> None:
    names = ["ли", "лі", "田中", "中田", "ann", "anna", "علي", "عمر"]
    assert len({fold(name) for name in names}) == len(names)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
@example("Łukasz Żak Søren Ærø Weiß İIıi Þ ĳ ǅ ς Σ مُحَمَّد آدم ٱ ﾃｽﾄ 한국어 ไทย")
async def test_postgres_folds_a_text_to_the_same_form_as_python(
    database: Database, words: str
) -> None:
    async with database.system() as connection:
        query = text("SELECT search_fold(CAST(:words AS text))")
        assert await connection.scalar(query, {"words": words}) == fold(words)


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("您的预约在明天", "预约"),
        ("您的预约在明天", "预约在明天"),
        ("您的预约在明天上午九点整请准时到达", "明天上午九点整请准时"),
        ("王小明", "小明"),
        ("ご予約は明日の午前九時です", "明日"),
        ("การนัดหมายของคุณคือพรุ่งนี้", "พรุ่งนี้"),
    ],
)
async def test_in_text_without_spaces_each_searched_word_is_the_beginning_of_an_indexed_suffix(
    database: Database, stored: str, typed: str
) -> None:
    async with database.system() as connection:
        query = text("SELECT search_suffixes(CAST(:words AS text))")
        endings = str(await connection.scalar(query, {"words": fold(stored)})).split()
    assert all(len(ending) <= SUFFIX_LENGTH for ending in endings)
    for piece in pieces_of(fold(typed)):
        assert any(ending.startswith(piece) for ending in endings)


async def test_text_with_spaces_between_its_words_is_not_indexed_by_suffixes(
    database: Database,
) -> None:
    async with database.system() as connection:
        query = text("SELECT search_suffixes('anna weiss')")
        assert await connection.scalar(query) is None
