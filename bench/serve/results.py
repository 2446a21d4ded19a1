"""The results that are kept: one JSON file a subject, the same text for the same figures, so that they can be committed
and compared."""

import datetime
import json
import os

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "results")
DIGITS = 6


def rounded(value):
    """The value with DIGITS digits of every fraction in it: no measurement here knows more."""
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(each) for each in value]
    return value


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def path_of(subject):
    return os.path.join(FOLDER, subject + ".json")


def keep(subject, about, found):
    """Writes what a subject found, with what is said `about` the run: commit, machine, versions, load before it."""
    os.makedirs(FOLDER, exist_ok=True)
    with open(path_of(subject), "w", encoding="utf-8") as out:
        json.dump({"subject": subject, "date": now(), **about, "found": rounded(found)}, out, indent=1, sort_keys=True,
                  ensure_ascii=False)
        out.write("\n")


def kept(subject):
    """What was found last; None when nothing was."""
    try:
        with open(path_of(subject), encoding="utf-8") as file:
            return json.load(file)["found"]
    except FileNotFoundError:
        return None
