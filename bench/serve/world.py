"""A believable tenant for the benchmarks: videos, rules and users' signals, the same for the same seed."""

import json
import random
import time

TAGS = 200
TAGS_A_VIDEO = 3
WATCHED = 40
AFFINITIES = 8
CREATOR_AFFINITIES = 3
DAY_SEC = 86_400

SUBJECTS = ["Slow bread", "Night trains", "Alpine lakes", "Street chess", "Tiny houses", "Deep sea", "Old maps",
            "Goalkeepers", "City bees", "Vinyl repair", "Sourdough science", "Glass blowing"]
ANGLES = ["a first look", "what nobody tells you", "in ten minutes", "the long version", "live from the workshop",
          "questions and answers", "part two", "behind the scenes"]
LANGUAGES = ["en"] * 6 + ["en-US", "de", "fr", "es"]
RATINGS = ["G"] * 4 + ["PG"] * 3 + ["PG-13"] * 2 + ["R"]


def tag(index):
    return f"topic-{index:03d}"


def popular_tag(draw):
    """Few tags are common, most are rare."""
    return tag(min(int(TAGS * draw.random() ** 2), TAGS - 1))


def some_tags(draw, count):
    found = {}
    while len(found) < count:
        found[popular_tag(draw)] = True
    return list(found)


def video_id(index):
    return f"vid_{index:07d}"


def creator_id(draw, videos):
    return f"creator_{draw.randrange(max(videos // 20, 1)):05d}"


def video(draw, index, videos, now):
    """One video, as it is uploaded; `videos` is the size of the catalogue."""
    name = video_id(index)
    return {
        "id": name,
        "title": f"{draw.choice(SUBJECTS)}: {draw.choice(ANGLES)} ({index})",
        "tags": some_tags(draw, TAGS_A_VIDEO),
        "creator_id": creator_id(draw, videos),
        "published_at": int(now - draw.expovariate(1 / (20 * DAY_SEC))),
        "score": round(draw.uniform(5, 100), 1),
        "maturity_rating": draw.choice(RATINGS),
        "duration_seconds": draw.randrange(20, 3600),
        "thumbnail_url": f"https://img.example.com/thumbnails/{name}/640x360.jpg",
        "playback_url": f"https://video.example.com/hls/{name}/master.m3u8",
        "language": draw.choice(LANGUAGES),
        "metadata": {"series": f"s{draw.randrange(400)}", "episode": draw.randrange(1, 40)},
    }


def videos(count, seed=1):
    draw = random.Random(seed)
    now = time.time()
    return [video(draw, index, count, now) for index in range(count)]


def ndjson(rows):
    return "".join(json.dumps(x, separators=(",", ":")) + "\n" for x in rows).encode()


def rules():
    """Every rule that costs ranking something; the filters let about four videos in five pass."""
    return {
        "boost_weights": {"recency": 1, "popularity": 1, "user_affinity": 2, "creator_affinity": 0.5},
        "tag_multipliers": {tag(3): 1.5, tag(20): 0.5, tag(90): 2},
        "recency_window_hours": 168,
        "filters": {"exclude_tags": [tag(7)], "max_maturity": "PG-13", "languages": ["en", "de", "fr"]},
        "pins": {video_id(17): 2, video_id(400): 5},
        "boosts": {video_id(30): 1.8, video_id(31): 0.4, video_id(500): 2.5},
    }


def other_rules(seed):
    """Rules of another tenant: other weights, filters, pins and boosts; every odd seed has limits of diversity."""
    draw = random.Random(seed)
    found = {
        "boost_weights": {key: round(draw.uniform(0.2, 3), 2)
                          for key in ("recency", "popularity", "user_affinity", "creator_affinity")},
        "tag_multipliers": {x: round(draw.uniform(0.5, 2), 2) for x in some_tags(draw, 3)},
        "recency_window_hours": draw.randrange(24, 400),
        "filters": {"exclude_tags": [tag(draw.randrange(5, 40))], "max_maturity": draw.choice(["PG-13", "R"]),
                    "languages": draw.choice([["en"], ["en", "de"], ["en", "de", "fr"], ["en", "fr", "es"]])},
        "pins": {video_id(x): 1 + 3 * place for place, x in enumerate(draw.sample(range(1_000), 2))},
        "boosts": {video_id(x): round(draw.uniform(0.4, 2.5), 2) for x in draw.sample(range(1_000), 3)},
    }
    if seed % 2:
        found["diversity"] = {"max_per_creator": draw.randrange(1, 4), "max_per_tag": draw.randrange(3, 7), "window": 10}
    return found


def signals(count_of_videos, users, seed=2):
    """What is known of each user: (user hash, signals)."""
    draw = random.Random(seed)
    for index in range(users):
        watched = draw.sample(range(count_of_videos), WATCHED)
        yield f"user_{index:06d}", {
            "watched_ids": [video_id(x) for x in watched],
            "affinities": {x: round(draw.uniform(0.1, 1), 3) for x in some_tags(draw, AFFINITIES)},
            "creator_affinities": {creator_id(draw, count_of_videos): round(draw.uniform(0.1, 1), 3)
                                   for _ in range(CREATOR_AFFINITIES)},
        }
