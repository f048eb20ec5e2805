"""Clear words opt a person out, doubtful words wait for a review, similar words do nothing."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.inbox.domain.intents import Intent, intent_of

OPT_OUTS = (
    "STOP",
    "stop",
    " Stop. ",
    '"STOP"',
    "STOP!!",
    "stop all",
    "Unsubscribe",
    "cancel",
    "END",
    "quit",
    "opt-out",
    "REVOKE",
    "ARRÊT",
    "arret",
    "Stop. Thank you",
    "stop please",
    "please stop texting me",
    "STOP\n\nJohn Smith\nAcme",
    "STOP - John Smith",
    "Stop, Maria",
    "ＳＴＯＰ",
    "PARAR",
    "ARRET",
    "BAJA",
    "ALTO",
    "STOPP",
    "ABMELDEN",
    "DETENER",
    "unsubscribe me",
    "remove me from your list",
    "take me off",
    "take me off your list please",
    "no more texts",
    "“Stop”",
    "stop 🛑",
    "🛑 STOP 🛑",
    "Opt out",
    "opt out please",
    "СТОП",
    "отписаться",
    "停止",
    "退订",
    "请停止发送短信",
    "配信停止",
    "配信停止してください",
    "수신거부",
    "הסר",
    "توقف",
    "στοπ",
    "หยุด",
    "STOP. I never signed up for this",
    "Please stop. I never signed up.",
    "I don't want these texts, unsubscribe me",
    "Can you please stop texting me?",
    "could you take me off your list?",
    "Do not text me again",
    "dont text me anymore",
    "stop sending me messages",
    "stop the texts",
    "Stop texting",
    "S T O P",
    "stop stop stop",
    "STOP2END",
    "Stop. Sent from my iPhone",
    "no me manden más mensajes",
    "dame de baja",
    "ne m'envoyez plus de sms",
    "arrêtez de m'envoyer des sms",
    "Keine SMS mehr bitte",
    "bitte abmelden",
    "I want to opt out of these messages",
    "Lose my number.",
    "leave me alone",
    "Unsubscribe\nThanks",
    "Thanks for the info!\nSTOP",
    "stop!!!!",
    "Remove",
    "OPTOUT",
    "delete my number",
    "cancel my subscription",
    "end texts",
    "Quit texting me",
    "I no longer wish to receive messages",
    "please remove me",
    "pare de me mandar mensagens",
    "ya no quiero recibir mensajes",
    "STOP STOP",
    '"stop"',
    "（停止）",
    "stop thank u",
    "stopall",
    "取消订阅",
    "Please opt me out",
    "stop it please stop texting me",
    "Stop texting me, wrong number",
    "Do NOT contact me again",
    "STOP\nSent from my Galaxy",
    "‘STOP’",
    "*STOP*",
    "Stop msgs",
    "stop messages please",
    "Stop sending these",
    "отпишите меня",
    "لا ترسلوا",
    "stop pls thx",
    "Hello, please stop",
    "unsubscribe.",
    "I would like to unsubscribe",
    "Stop texting this number",
    "stop contacting me!",
    "I want you to stop texting me",
    "Please stop",
    "alto, por favor no me escriba más",
    "STOP PLEASE!!! ",
    "I never asked for this. Remove me from this list",
)

FALSE_FRIENDS = (
    "stop by later",
    "I'll stop by later",
    "I can't stop laughing",
    "don't stop",
    "Don’t stop believing",
    "the bus stop",
    "end of the month works",
    "cancel my appointment?",
    "Can I cancel my appointment?",
    "es muy alto",
    "baja california",
    "Baja California is nice",
    "mi hermano Alto Perez",
    "Hi",
    "See you at the next stop",
    "😀",
    "",
    "   ",
    "startle",
    "full stop",
    "Liked “Reply STOP to unsubscribe from these texts”",
    'Emphasized "Hi Ana, doors open at 7. Reply STOP to opt out"',
    "Reacted 👍 to “Sale today. Reply STOP to end”",
    "How do I get to the stop?",
    "We will stop at 5",
    "I had to stop at the store",
    "non stop flights",
    "In the end it was great",
    "quit my job today",
    "Remove the onions please",
    "Yes I'm coming",
    "The end",
    "Is the bus stop far?",
    "I never want to stop",
    "No more than two tickets please",
    "Está de baja por enfermedad",
    "Où est l'arrêt de bus ?",
    "prochain arrêt?",
    "I'll quit smoking",
    "Which stop do I take",
    "can you end the meeting early",
    "Bajo",
    "parada",
    "Please don't stop sending me these",
    "nonstop fun",
    "don't unsubscribe me",
    "I can't make it, cancel",
    "Huy",
    "Đúng",
    "OK stop by",
    "Td Bank called",
    "It is the end",
)

DOUBTFUL = (
    "quit asking, yes I'll come",
    "Stop it",
    "stop this",
    "Why did you stop texting me?",
    "How do I unsubscribe?",
    "wrong number",
    "not interested",
    "I didn't ask you to stop texting me",
    "Stop John Smith",
    "Stop! You're hilarious",
    "too many texts",
    "Did you take me off your list?",
    "how can I opt out",
    "who gave you my number",
    "he told me to stop texting me",
    "spam",
    "ok I said stop",
    "lol stop",
    "reply stop to end",
)


@pytest.mark.parametrize("body", OPT_OUTS)
def test_clear_opt_out_words_opt_a_person_out(body: str) -> None:
    assert intent_of(body) is Intent.STOP


@pytest.mark.parametrize("body", FALSE_FRIENDS)
def test_words_that_only_look_like_an_opt_out_are_ignored(body: str) -> None:
    assert intent_of(body) is None


@pytest.mark.parametrize("body", DOUBTFUL)
def test_doubtful_words_wait_for_a_person_to_decide(body: str) -> None:
    assert intent_of(body) is Intent.POSSIBLE_STOP


@pytest.mark.parametrize("body", ["START", "yes", "Unstop", "Start."])
def test_opt_in_words_are_recognised(body: str) -> None:
    assert intent_of(body) is Intent.START


@pytest.mark.parametrize(
    "body",
    [
        "start please",
        "yes please",
        "start texting me again",
        "\uff33\uff34\uff21\uff32\uff34",
        "Yes, see you",
    ],
)
def test_only_the_exact_keywords_opt_in(body: str) -> None:
    assert intent_of(body) is not Intent.START


@pytest.mark.parametrize("body", ["HELP", "info?"])
def test_help_words_are_recognised(body: str) -> None:
    assert intent_of(body) is Intent.HELP


def test_twilios_opt_out_type_has_priority_over_the_text() -> None:
    assert intent_of("see you", "STOP") is Intent.STOP
    assert intent_of("STOP", "start") is Intent.START
    assert intent_of("STOP", "HELP") is Intent.HELP


def test_an_unknown_opt_out_type_is_ignored() -> None:
    assert intent_of("STOP", "SOMETHING") is Intent.STOP
    assert intent_of("see you", "SOMETHING") is None


@given(body=st.text(max_size=200))
def test_any_text_can_be_examined_for_opt_out_words_without_an_error(body: str) -> None:
    assert intent_of(body) in (None, *Intent)


@pytest.mark.parametrize("piece", ['"a', "A - ", "a'", 'Liked "', " -", "stop ", "> ", "\n", "(,"])
def test_examining_a_text_for_opt_out_words_is_always_fast(piece: str) -> None:
    started = time.thread_time()
    intent_of(piece * 5000)
    assert time.thread_time() - started < 2
