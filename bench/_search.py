"""A collection for the benches of search: records as an administration has them, what people ask of it, and who asks.

Words are drawn from the lexicon as often as they are written, French ones beside them; titles prefer rarer words, and
what people ask is taken from titles and bodies.
"""

import random
import re
from datetime import date, timedelta
from itertools import pairwise

WORDS = 120  # in a passage, on average
FRENCH = re.findall(
    r"\w+",
    """
    le la les de des du et en pour dans sur par au aux un une avec administration service courrier direction ministère
    décret arrêté circulaire note procédure marché public fonctionnaire personnel budget finances contrôle dossier
    demande réponse délai signature commission conseil province région commune formation concours salaire retraite
    logement véhicule matériel informatique réseau sécurité santé école université agriculture pêche énergie eau
    """,
)
UNITS = 300
TOKENS = frozenset({"public", "staff", "org:1", "post:3", "person:7", *(f"unit:{n}:1" for n in range(1, 16))})


class Collection:
    """`passages` passages in records, the same ones each time."""

    def __init__(self, passages: int):
        self._size = passages
        self._chance = random.Random(5)
        self._lengths = [30, 60, 90, 120, 150, 180, 210]
        self._words, self._often, self._rarer = _lexicon()
        self.asked: list[str] = []

    def records(self):
        from search.contract import Passage, Record

        chance, made, key = self._chance, 0, 0
        while made < self._size:
            key += 1
            french = chance.random() < 0.2
            title = " ".join(self._draw(french, chance.randint(3, 9), self._rarer))
            kind = chance.choices(("correspondence", "circular", "page"), (6, 3, 1))[0]
            if kind != "page":
                title = f"{title} {chance.randint(1, 9999)}/{chance.randint(2010, 2026)}"
            bodies = [
                self._draw(french, chance.choice(self._lengths), self._often) for _ in range(chance.randint(1, 4))
            ]
            bodies = bodies[: self._size - made]
            made += len(bodies)
            self._remember(title.split(), bodies[0])
            yield Record(
                f"{kind}:{key}",
                1,
                kind,
                self._acl(kind),
                tuple(Passage(title, " ".join(body), page=n or None) for n, body in enumerate(bodies)),
                dated=date(2010, 1, 1) + timedelta(days=chance.randrange(6000)),
                authority=f"A{chance.randrange(30)}" if kind == "circular" else "",
                organisation=f"O{chance.randrange(12)}",
                status=chance.choice(("in_force", "amended", "abrogated")) if kind == "circular" else "",
                themes=tuple(chance.sample(("staff", "budget", "health", "tax", "land"), 2))
                if kind == "circular"
                else (),
            )

    def questions(self, count: int):
        """What people ask, from what stands there: mostly a few words, some numbers, phrases, slips and choices."""
        from search.contract import NEWEST, RELEVANCE, Question
        from search.query import understand

        chance = random.Random(8)
        for text in chance.choices(self.asked, k=count):
            narrowed = chance.random()
            yield Question(
                understand(text),
                TOKENS,
                pending=frozenset({"circular:5", "correspondence:9"}),
                chosen={"kind": frozenset({"circular"})} if narrowed < 0.2 else {},
                since=date(2018, 1, 1) if 0.2 < narrowed < 0.3 else None,
                sort=NEWEST if narrowed > 0.85 else RELEVANCE,
            )

    def _draw(self, french, count, weights):
        if french:
            return self._chance.choices(FRENCH, [1 / (n + 1) for n in range(len(FRENCH))], k=count)
        return self._chance.choices(self._words, cum_weights=weights, k=count)

    def _acl(self, kind):
        chance = self._chance
        if kind != "correspondence":
            return frozenset({chance.choice(("public", "public", "staff", f"org:{chance.randrange(12)}"))})
        units = {f"unit:{chance.randrange(UNITS)}:{chance.choice((1, 1, 2))}" for _ in range(chance.randint(1, 4))}
        return frozenset({*units, f"person:{chance.randrange(400)}"}) if chance.random() < 0.7 else frozenset({"staff"})

    def _remember(self, title, body):
        """What somebody who looks for this record might type."""
        chance = self._chance
        if chance.random() > 0.05:
            return
        long = [word for word in title if len(word) > 2] or title
        way = chance.random()
        if way < 0.5:
            asked = " ".join(long[: chance.randint(1, 3)])
        elif way < 0.7:
            asked = " ".join(chance.sample([word for word in body if len(word) > 3] or body, 2))
        elif way < 0.8:
            asked = title[-1]
        elif way < 0.9:
            asked = f'"{" ".join(next(pairwise(title)))}"'
        else:
            asked = long[0][:-2] + long[0][-1:]  # a letter is missing
        self.asked.append(asked)


def _lexicon():
    """Words, and what they weigh in texts and in titles, each weight added to those before it."""
    from itertools import accumulate

    from core.text import lexicon

    words = [word for word in lexicon.words() if lexicon.alone(word)]
    weights = [10 ** (lexicon.alone(word) / lexicon.DECADE) for word in words]
    return words, list(accumulate(weights)), list(accumulate(weight**0.7 for weight in weights))
