"""What clients send and get about polls."""

from typing import Annotated

from pydantic import ConfigDict, Field

from src.polls.constants import LONGEST, MAX_OPTION, MAX_OPTIONS, MAX_QUESTION, MIN_OPTIONS, SHORTEST, PollKind
from src.schemas import Flag, Id, Input, Instant, Int32, Output, Text
from src.users import schemas as users_schemas

Question = Annotated[Text, Field(min_length=1, max_length=MAX_QUESTION, examples=["When shall we meet?"])]
OptionText = Annotated[Text, Field(min_length=1, max_length=MAX_OPTION, examples=["On Friday"])]
OptionTexts = Annotated[
    list[OptionText],
    Field(min_length=MIN_OPTIONS, max_length=MAX_OPTIONS, examples=[["On Friday", "On Saturday"]]),
]
Seconds = Annotated[Int32, Field(ge=int(SHORTEST.total_seconds()), le=int(LONGEST.total_seconds()), examples=[86_400])]
Position = Annotated[Int32, Field(ge=0, lt=MAX_OPTIONS, examples=[0])]


class PollCreate(Input):
    """A new poll, sent with the thing that it belongs to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"options": ["On Friday", "On Saturday"]}]})

    kind: PollKind = PollKind.SINGLE
    question: Annotated[Question | None, Field(description="Where the words beside it do not ask already.")] = None
    options: OptionTexts
    open_for: Annotated[Seconds | None, Field(description="Seconds until its end; null: its owner ends it.")] = None
    is_hidden: Annotated[Flag, Field(description="Nobody sees results before it has ended.")] = False
    is_public: Annotated[Flag, Field(description="Everybody sees who has chosen what.")] = False


class Ballot(Input):
    """A vote; it takes the place of an earlier one."""

    choices: Annotated[
        list[Position],
        Field(
            min_length=1,
            max_length=MAX_OPTIONS,
            description="Positions of options; one in a single poll, the best first in a ranked one.",
            examples=[[0]],
        ),
    ]


class PollOptionRead(Output):
    """Something to choose; its position is its place in the list."""

    text: str
    votes: Annotated[
        int | None, Field(description="In a ranked poll, how many name it first; null as long as results are hidden.")
    ]


class RoundRead(Output):
    """One count of an instant run-off."""

    votes: Annotated[list[int | None], Field(description="Of each option; null for those that are out.")]
    exhausted: Annotated[int, Field(description="Ballots that name nothing that is still in.")]
    eliminated: Annotated[list[int], Field(description="Positions that are out from now on.")]


class OutcomeRead(Output):
    """How a ranked poll was decided."""

    rounds: list[RoundRead]
    winners: Annotated[list[int], Field(description="Positions; several where they are equal.")]


class ThingRead(Output):
    """What a poll belongs to."""

    kind: Annotated[str, Field(examples=["post"])]
    id: Id


class PollRead(Output):
    """A poll as this reader sees it."""

    id: Id
    owner_id: Id
    belongs_to: ThingRead
    kind: PollKind
    question: str | None
    options: list[PollOptionRead]
    voters: Annotated[int | None, Field(description="Null as long as results are hidden.")]
    is_hidden: bool
    is_public: bool
    closes_at: Instant | None
    has_ended: bool
    choices: Annotated[list[int] | None, Field(description="What the reader has chosen; null: they have not voted.")]
    outcome: Annotated[OutcomeRead | None, Field(description="Of a ranked poll, a moment after it has ended.")]


class VoterRead(Output):
    """Somebody who has voted in a public poll."""

    person: users_schemas.Author
    choices: list[int]
