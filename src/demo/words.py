"""The names that people of the demo have and the words that they write."""

FIRST_NAMES = tuple(
    """
    ada alma amir anna aron bea ben carl clara dana dina elif elsa emil emma erik eva ezra finn freya greta hana hugo
    ida ilya ines ivan jana jon juno kai kim lars lea leo lina luca lucy maja mara mark mia milo mina nico nils nina
    noah nora olga omar otto pia ravi rosa ruth sami sara sven tara tess theo timo tom uma vera viggo yara zoe
    """.split()  # noqa: SIM905  a list would take a line for each word
)
LAST_NAMES = tuple(
    """
    abbott adler ahmed bauer berg blom bruun costa dahl doyle duarte engel farkas fischer frost garcia haas hansen hill
    holm ito jansen kaya keller khan klein kovac lang larsen lind lopez meyer moreau nagy novak olsen patel petrov
    quinn rossi sato silva stone tanaka vance vogel weber wolf young zeller
    """.split()  # noqa: SIM905  as above
)

# What each topic's people write; a blank is filled from the topic's words.
TOPICS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "garden": (
        (
            "The first {} of the year are out.",
            "Rain at last. The {} needed it badly.",
            "Does anybody have seeds of {} to swap?",
            "Slugs have eaten all of my {}. All of it.",
            "Planted {} along the wall this morning, let us see.",
        ),
        ("tomatoes", "beans", "lavender", "peas", "strawberries", "mint", "sunflowers"),
    ),
    "books": (
        (
            "Finished {} last night and could not sleep afterwards.",
            "Halfway through {}. Please do not tell me how it ends.",
            "Which translation of {} would you take?",
            "Found a first edition of {} at the flea market, for two coins.",
            "Our reading circle takes {} next. Everybody is welcome.",
        ),
        ("Middlemarch", "Solaris", "The Moonstone", "Emma", "The Odyssey", "Kim", "Walden", "Dracula"),
    ),
    "cooking": (
        (
            "Tonight: {} with far too much garlic.",
            "The secret of good {} is patience. And butter.",
            "My grandmother's {} was better, but this comes close.",
            "Burnt the {} again. There is always bread.",
            "Who wants to come over for {} on Sunday?",
        ),
        ("dal", "risotto", "pancakes", "borscht", "dumplings", "ratatouille", "noodles"),
    ),
    "cycling": (
        (
            "{} kilometres before breakfast, and not one red light.",
            "Headwind both ways, {} kilometres of it.",
            "New chain, new tyres, {} kilometres: what a difference.",
            "Flat tyre at kilometre {}. Thanks to whoever lent me the pump!",
        ),
        ("12", "25", "40", "63", "80", "101"),
    ),
    "music": (
        (
            "Listening to {} on repeat since Tuesday.",
            "We play {} at the hall on Friday. Come early.",
            "Practised {} until the neighbours knocked. They asked for more.",
            "Is there a good recording of {}?",
        ),
        ("the cello suites", "the Goldberg variations", "old blues records", "the new songs", "Satie"),
    ),
    "code": (
        (
            "Deleted {} lines today and nothing broke.",
            "The bug was a missing comma. It took {} minutes.",
            "Tests went from {} seconds to three. I may go home now.",
            "Reading code from {} years ago. Who wrote this? I did.",
        ),
        ("40", "90", "200", "300", "12"),
    ),
    "weather": (
        (
            "Fog so thick that the {} are gone.",
            "First snow on the {}!",
            "You can see the {} tonight, go outside.",
            "Thunder over the {}. The cat is under the bed.",
        ),
        ("hills", "rooftops", "islands", "towers", "mountains"),
    ),
    "chess": (
        (
            "Lost with the {} again. I should learn it or leave it.",
            "Beautiful end game in the club today, out of a {}.",
            "Anybody for a quick game? I promise not to play the {}.",
        ),
        ("French", "Sicilian", "London system", "King's gambit", "Caro-Kann"),
    ),
}
REPLIES = (
    "Same here!",
    "I would not have thought so.",
    "Tell us more, please.",
    "You made my day.",
    "How long did that take?",
    "My sister says just the same.",
    "Take me along next time.",
    "That reminds me of last year.",
    "Not again!",
    "Well done!",
    "Are you sure?",
    "I have one to spare, come by.",
    "This is the best thing that I have read today.",
    "Let us talk about it on Thursday.",
)
GREETINGS = ("Thinking of {}", "{}, have you seen this?", "Thanks to {}", "Ask {} about it", "Seen together with {}")
PRIVATELY = ("{} are you there tonight?", "{} I will bring the keys.", "{} do not tell the others: cake at five.")
GROUP_NAMES = ("film night", "the allotment", "choir", "flat 12", "book circle", "sunday riders", "parents of 4b")
EMOJIS = ("👍", "❤️", "😂", "🎉", "🌱", "☕")
QUESTIONS = (
    ("When shall we meet?", ("On Friday", "On Saturday", "On Sunday")),
    ("Who brings the cake?", ("I do", "Somebody else")),
    ("Where to next?", ("The lake", "The hills", "Stay at home")),
)
WARNINGS = ("spoilers", "food", "loud", "bad mood")
BIOS = ("Mostly {} and {}.", "Here for {}, staying for {}.", "{} in the morning, {} at night.", "{}. Also {}.")
PASSWORD_WORDS = (
    "anchor", "basket", "candle", "dragon", "ember", "forest", "guitar", "harbor", "island", "jacket", "kettle",
    "ladder", "mirror", "needle", "orange", "pepper", "quartz", "ribbon", "saddle", "tunnel", "velvet", "window",
)  # fmt: skip
