"""Chats of the demo: a public channel for each topic, groups of friends, and pairs who write to each other."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from src import clock
from src.chats import jobs as chats_jobs
from src.chats import message_feature
from src.chats import schemas as chats_schemas
from src.chats import service as chats_service
from src.chats import service_imports as chats_imports
from src.chats.constants import MAX_FOUNDERS, MEDIA_KIND, ChatKindName
from src.database import Database, WriteSession
from src.demo import words
from src.demo.community import Chat, Community, Message, Person, in_steps
from src.demo.constants import HISTORY, Step
from src.demo.people import caller
from src.polls import schemas as polls_schemas
from src.polls import service as polls_service

_AT_ONCE = 10
# All have joined the server by then.
_OLDEST, _YOUNGEST = 0.29, 0.05
_CHANNEL_SHARE = 0.7
_PEOPLE_PER_GROUP = 8
_GROUP_SIZES = range(3, 8)
_PAIR_SHARE = 0.25
_TALKS = {ChatKindName.CHANNEL: 25, ChatKindName.GROUP: 12, ChatKindName.DIRECT: 4}
_MOST_ANSWERS = 5
_MINUTES_TO_ANSWER = 4
_REPLY_SHARE = 0.2
_MENTION_SHARE = 0.05
_REACTION_SHARE = 0.15
_POLL_SHARE = 0.3
_VOTED_SHARE = 0.7
_UNREAD_SHARE = 0.4
_MOST_UNREAD = 12


def draw(community: Community) -> None:
    """Who sits together, and what they have said."""
    for kind, name, members in (*_channels(community), *_groups(community), *_pairs(community)):
        chance = community.chance
        chat = Chat(kind, name, members, community.now - HISTORY * chance.uniform(_YOUNGEST, _OLDEST))
        chat.messages.extend(_talk(community, chat))
        chat.unread = {one: chance.randint(1, _MOST_UNREAD) for one in members if chance.random() < _UNREAD_SHARE}
        community.chats.append(chat)


def _channels(community: Community) -> Iterator[tuple[ChatKindName, str, list[int]]]:
    for topic in sorted(words.TOPICS):
        fond = [place for place, person in enumerate(community.people) if topic in person.topics]
        fond.sort(key=lambda place: -community.people[place].activity)
        if fond:
            joined = [place for place in fond[1:] if community.chance.random() < _CHANNEL_SHARE]
            yield ChatKindName.CHANNEL, topic, _who_get_on(community, fond[0], joined)[:MAX_FOUNDERS]


def _groups(community: Community) -> Iterator[tuple[ChatKindName, str, list[int]]]:
    chance, count = community.chance, len(community.people)
    for _ in range(count // _PEOPLE_PER_GROUP):
        some = chance.sample(range(count), min(count, chance.choice(_GROUP_SIZES)))
        members = _who_get_on(community, some[0], some[1:])
        yield ChatKindName.GROUP, chance.choice(words.GROUP_NAMES), members


def _pairs(community: Community) -> Iterator[tuple[ChatKindName, str, list[int]]]:
    """Some of those who follow each other; each pair once."""
    follows = {(one.follower, one.followee) for one in community.follows if one.accepted}
    for one, other in sorted(follows):
        if one < other and (other, one) in follows and community.chance.random() < _PAIR_SHARE:
            yield ChatKindName.DIRECT, "", [one, other]


def _who_get_on(community: Community, owner: int, others: Sequence[int]) -> list[int]:
    """The owner, and those of the others between whom and the owner no block stands."""
    apart = community.blocks
    return [owner, *(other for other in others if not {(owner, other), (other, owner)} & apart)]


def _talk(community: Community, chat: Chat) -> list[Message]:
    """Talks of some minutes each; whoever begins one says something, and others answer."""
    chance, instants = community.chance, set[tuple[datetime, bool]]()
    for _ in range(chance.randint(1, _TALKS[chat.kind])):
        at = chat.at + (community.now - chat.at) * chance.random()
        instants.add((at, False))
        for _ in range(chance.randint(0, _MOST_ANSWERS)):
            at += timedelta(minutes=chance.expovariate(1 / _MINUTES_TO_ANSWER), milliseconds=2)
            instants.add((at, True))
    messages: list[Message] = []
    for at, is_answer in sorted(instants):
        # Numbers and dates rise together.
        after = messages[-1].at + timedelta(milliseconds=2) if messages else at
        if max(at, after) < community.now - timedelta(seconds=1):
            messages.append(_say(community, chat, max(at, after), len(messages), is_answer=is_answer))
    return messages


def _say(community: Community, chat: Chat, at: datetime, place: int, *, is_answer: bool) -> Message:
    chance, sender = community.chance, community.chance.choice(chat.members)
    topic = chat.name if chat.kind is ChatKindName.CHANNEL else chance.choice(community.people[sender].topics)
    sentences, fillings = words.TOPICS[topic]
    text = chance.choice(words.REPLIES) if is_answer else chance.choice(sentences).format(chance.choice(fillings))
    message = Message(sender, at, text)
    others = [member for member in chat.members if member != sender]
    if place and is_answer and chance.random() < _REPLY_SHARE:
        message.reply_to = place - 1
    if others and chance.random() < _MENTION_SHARE:
        message.mentioned = chance.choice(others)
        message.text = f"@{community.people[message.mentioned].username} {text}"
    if others and chance.random() < _REACTION_SHARE:
        fans = chance.sample(others, min(len(others), chance.randint(1, 3)))
        message.reactions = [(fan, chance.choice(words.EMOJIS)) for fan in fans]
    if not place and len(others) > 1 and chance.random() < _POLL_SHARE:
        question, options = chance.choice(words.QUESTIONS)
        message.text, message.options, message.mentioned = question, options, None
        voters = [member for member in others if chance.random() < _VOTED_SHARE]
        message.votes = {member: chance.randrange(len(options)) for member in voters}
    return message


async def write(database: Database, community: Community) -> None:
    """Founds the chats on their days and writes what was said."""
    for some in in_steps(community, Step.CHATS, community.chats, _AT_ONCE):
        for chat in some:
            async with database.write() as session:
                await _write(session, community, chat)
    await chats_jobs.write_documents(database)


async def _write(session: WriteSession, community: Community, chat: Chat) -> None:
    people = community.people
    founder, *others = (people[member] for member in chat.members)
    # As if it were that day: the age of a chat is that of its id.
    with clock.shifted(chat.at - clock.now()):
        if chat.kind is ChatKindName.DIRECT:
            chat_id = await chats_service.direct(session, caller=caller(founder), account_id=others[0].id)
        else:
            chat_id = await chats_service.create(session, caller=caller(founder), data=_founding(chat, others))
    polls = [await _ask(session, community, message) for message in chat.messages]
    old = [_old(community, message, poll_id) for message, poll_id in zip(chat.messages, polls, strict=True)]
    unread = {people[member].id: count for member, count in chat.unread.items()}
    ids = await chats_imports.add_old(session, chat_id=chat_id, messages=old, unread=unread)
    for message, message_id, poll_id in zip(chat.messages, ids, polls, strict=True):
        if poll_id is not None:
            await polls_service.attach(session, poll_id=poll_id, thing_id=message_id)
            await _vote(session, community, message, poll_id)


def _founding(chat: Chat, others: Sequence[Person]) -> chats_schemas.ChatCreate:
    return chats_schemas.ChatCreate.model_validate(
        {
            "kind": chat.kind,
            "name": chat.name.title(),
            "is_public": chat.kind is ChatKindName.CHANNEL,
            "member_ids": [str(person.id) for person in others],
        }
    )


def _old(community: Community, message: Message, poll_id: int | None) -> chats_imports.OldMessage:
    people = community.people
    return chats_imports.OldMessage(
        sender_id=people[message.sender].id,
        at=message.at,
        text=message.text,
        reply_to=message.reply_to,
        mentioned_ids=() if message.mentioned is None else (people[message.mentioned].id,),
        reactions=[(people[fan].id, emoji) for fan, emoji in message.reactions],
        poll_id=poll_id,
    )


async def _ask(session: WriteSession, community: Community, message: Message) -> int | None:
    """The poll of a message that asks something."""
    if not message.options:
        return None
    asking = caller(community.people[message.sender])
    data = polls_schemas.PollCreate(options=list(message.options))
    return (await polls_service.create(session, caller=asking, data=data, kind=MEDIA_KIND)).id


async def _vote(session: WriteSession, community: Community, message: Message, poll_id: int) -> None:
    for member, choice in message.votes.items():
        voter = caller(community.people[member])
        found = await polls_service.read(session, poll_id=poll_id, viewer_id=voter.account_id)
        ballot = polls_schemas.Ballot(choices=[choice])
        await polls_service.vote(session, caller=voter, containers=[message_feature.POLLS], found=found, data=ballot)
