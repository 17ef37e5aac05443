"""Documents of 300 Arabic words analysed for search in a second, on one core, against PyStemmer on the same text.

The words are drawn from the lexicon as often as they are written: frequent ones come again, rare ones come too.
"""

import os
import random
import time

RUNS_ON_SQLITE = True
WORDS, DOCUMENTS, LEAST = 300, 2_000, 400


def main():
    from bench import _report

    options = _report.arguments(__doc__.splitlines()[0])
    import Stemmer

    from core.text import analyse

    documents = texts(DOCUMENTS // 4 if options.quick else DOCUMENTS)
    analyse(documents[0])  # reads the lexicon
    seconds = spent(analyse, documents)
    stemmer = Stemmer.Stemmer("arabic")
    theirs = spent(lambda document: stemmer.stemWords(document.split()), documents)
    rate, baseline = len(documents) / seconds, len(documents) / theirs
    _report.table(
        [
            {"what": "four streams", "documents/s": rate, "seconds": seconds},
            {"what": "PyStemmer Arabic, stems only", "documents/s": baseline, "seconds": theirs},
        ]
    )
    _report.report(
        os.environ.get("BENCH_NAME", "analyse"),
        value=rate,
        unit="documents/s",
        baseline=baseline,
        ratio=rate / baseline,
        reached=rate >= LEAST,
        must_be_over=LEAST,
        documents=len(documents),
    )


def spent(work, documents):
    """Processor time, so that neighbours on the machine do not count."""
    started = time.process_time()
    for document in documents:
        work(document)
    return time.process_time() - started


def texts(count):
    from core.text import lexicon

    words = [word for word in lexicon.words() if lexicon.alone(word)]
    weights = [10 ** (lexicon.alone(word) / lexicon.DECADE) for word in words]
    drawn = random.Random(1).choices(words, weights, k=count * WORDS)
    return [" ".join(drawn[start : start + WORDS]) for start in range(0, len(drawn), WORDS)]


if __name__ == "__main__":
    main()
