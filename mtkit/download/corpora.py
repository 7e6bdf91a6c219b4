"""Which public corpora there are: licence, source, languages, files and their checksums."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from itertools import combinations

from mtkit.download.table import PublicCorpus, Remote
from mtkit.errors import MtkitError

SETS = {  # of Multi30k: our name, and theirs
    "train": "train",
    "valid": "val",
    "test": "test_2016_flickr",
    "test2017": "test_2017_flickr",
    "test2017coco": "test_2017_mscoco",
    "test2018": "test_2018_flickr",
}
MULTI30K = {
    "train.en": "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f",
    "train.de": "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6",
    "train.fr": "622e75069e9f4c577425c4f277116ce66e63a2401c0a2312d90073cb12379a3c",
    "train.cs": "a65adb8b32e3bc664f21ecba7a6e7f6950fd1f405e135f7c312faabdb6255077",
    "val.en": "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28",
    "val.de": "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a",
    "val.fr": "ca3106f1a72390591d25f6c45cb4cd39dec4cd3f123e099748a3ce5256c160e9",
    "val.cs": "b63226e05c4bd5dd6a42897d74b86a1b9d2c31498252c572b1ea7f7996927fcc",
    "test_2016_flickr.en": "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9",
    "test_2016_flickr.de": "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8",
    "test_2016_flickr.fr": "6d326e188d259fb1d04ac19eae3af956559b3a0b93d7635e56c90987c40c8b90",
    "test_2016_flickr.cs": "200a4a74cc9560f051924abb9803be008d1908d77f747e9141aeb86dfd2797f1",
    "test_2017_flickr.en": "76a444ee25172e72695cddb13ae4a3bda59430617be88e0bb46b60504f054074",
    "test_2017_flickr.de": "a2c89666db00c495cd8513b9d708d5a3acc205d7de312ef2bf5fb7ebc1540aee",
    "test_2017_flickr.fr": "3ba671ceb2299f3304ffafefea7a833d08632fbaf0ba18546f8a2ec2391af496",
    "test_2017_mscoco.en": "aab300bfb4427697987e02cd0aacd44bfe8aa50456231b6474c08038bbed2b58",
    "test_2017_mscoco.de": "799e4854c25d601cb6cb6be29eabe5667734c61ace2f495e03e429031a0bc338",
    "test_2017_mscoco.fr": "754f3072ba9f124569ba5258b32730fc1d214bbf8e0c6dfb2b74401676220db0",
    "test_2018_flickr.en": "ef4f4844037d4c5dea75c9a8ed5fd78905967a26f67c255e230cc9780032654d",
    "test_2018_flickr.de": "ddd0130c7d97482dc5197a02141dae8dd79f20f03586c480d675c09a32daf608",
    "test_2018_flickr.fr": "fb2b83fcceb937a4f7e3e93c1c51c22aba92f1e342391e6b5ba392b16a920501",
    "test_2018_flickr.cs": "7d0a9db904f94c554a8c58049a9f3a5357c27f46cc3d710d70cb0b4a2585b8c2",
}
IWSLT17 = {
    "ar-en": (27747532, "f1b77caa115cf5cbd00e519b425e33615080c8735fd9dd59a0c811bacd10ab70"),
    "de-en": (16751373, "ebcd53c53c8df742437e3a0fb964772e78764c3f6d4e38df0b6a2f71abc3a8b4"),
    "en-ar": (29332212, "7c9446ebf519fb9ca85d7fb7a6681918772eafc6a33bfdf9852f87442aabd3f7"),
    "en-de": (16751364, "623caec69988b224dbe741f16ad90411b93430117a8021c4bb2bcab7ad1eb21e"),
    "en-fr": (27691674, "1f5bd8cd242de15fb58a04af265adb8e604a7e1b805a42cb0de7dfd15447c5c6"),
    "en-ja": (26983540, "27322c1170d057a92f27edd475cfd2c46f38bd1acdd52bbcffbe725e78b3d472"),
    "en-ko": (19363699, "0ac6caa1fbfbb0c79f1e9ef2f8e5493b83003d6ad85ef504a5584e3b8b006f00"),
    "en-zh": (27596371, "d178f2ede07d7d600e244649e2092fb5fcbdda9729a3bb016502512028e2615b"),
    "fr-en": (26872507, "a40ca3b9a0064bd1fd582df4ced260dd3e7ff9f6f7bf863f139f74b7a5cabd78"),
    "ja-en": (26190272, "19b394f0256e7398bc69fb27c0fde15cd2a6c372a910ad99707ae32d54371640"),
    "ko-en": (19363701, "c0cba8c055a9bd55902aff5d61783ddad281df86f2ebb673d97b126b734a0987"),
    "zh-en": (26848340, "8cecd4e8e196e5cd1e0af48b30e26c36acd33002d1e0f6e448570f68da290258"),
}
NEWS = {
    "cs-en": (28119465, "b0ef38b810bc67811eb908080243e0211062c26a7a71cc05996c96ea6c55e0ff"),
    "de-en": (39390551, "8aaa98a77d38bd39dcbdbcb775f3b6c633700e4c10fd915cf3dc6b9bfd0f2dca"),
    "de-fr": (33904548, "31a7735fe2ae6d6841847fdebb5aed03d5da1c15500695154d3c35d40c29cb09"),
    "en-kk": (1269004, "bc0fdd1dd040c53409ace60c019a8a58450a36f128bc1e4263fcb5d4fc1bf0cb"),
    "en-ru": (41411245, "09aef10a0bb51104622ff6852cdf4f693b5906de970156b4e8db1e64ec55340c"),
    "en-zh": (36696769, "fc9cc3f28ad62872d8eece1dffb1148f972baf6621bc87ba049a3ae0aab4025b"),
}
TATOEBA = (
    "ar-en zh-en cs-en de-en en-eo en-es en-fi en-fr en-he en-hu en-it en-ja en-nl en-pl en-pt "
    "en-ru en-sv en-tr en-uk"
)
OPUS_CODES = {"zh": "cmn"}  # how Tatoeba, and so OPUS, calls Mandarin
HELD_OUT = (
    "valid and test are drawn here, always the same pairs: 2% of all for each, at most 1,000; "
    "no sentence of either side stands in two sets"
)


def multi30k(one: str, other: str) -> Iterable[Remote]:
    """All sets that both languages have."""
    base = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw"
    for theirs in SETS.values():
        sides = f"{theirs}.{one}", f"{theirs}.{other}"
        if all(side in MULTI30K for side in sides):
            yield from (Remote(f"{base}/{side}.gz", MULTI30K[side]) for side in sides)


def iwslt17(pair: str) -> Remote:
    base = "https://huggingface.co/datasets/IWSLT/iwslt2017/resolve"
    commit = "ebd7c60d9800c2a1be010a227e5f0a2363730f7a"
    folder = f"data/2017-01-trnted/texts/{pair.replace('-', '/')}"
    size, sha256 = IWSLT17[pair]
    return Remote(f"{base}/{commit}/{folder}/{pair}.tgz", sha256, size)


def news(pair: str) -> Remote:
    base = "https://data.statmt.org/news-commentary/v14/training"
    size, sha256 = NEWS[pair]
    return Remote(f"{base}/news-commentary-v14.{pair}.tsv.gz", sha256, size)


def tatoeba(pair: str) -> Remote:
    codes = "-".join(OPUS_CODES.get(language, language) for language in pair.split("-"))
    base = "https://object.pouta.csc.fi/OPUS-Tatoeba/v2023-04-12/moses"
    return Remote(f"{base}/{codes}.txt.zip")


CORPORA = (
    PublicCorpus(
        name="multi30k",
        title="Multi30k, descriptions of pictures",
        version="task1",
        licence="research and education, non-commercial (as Flickr30k)",
        source="https://github.com/multi30k/dataset",
        checksums="a list kept by the authors of mtkit",
        sentences="29,000 / 1,014 / 1,000 (train / valid / test)",
        size="about 1.4 MB",
        sets="train, valid (val) and test (2016 flickr) are its own, and as far as both languages "
        "have them test2017, test2017coco and test2018",
        layout="lines",
        files={
            f"{one}-{other}": tuple(multi30k(one, other))
            for one, other in combinations(("en", "de", "fr", "cs"), 2)
        },
    ),
    PublicCorpus(
        name="iwslt17",
        title="IWSLT 2017, TED talks",
        version="2017-01",
        licence="CC BY-NC-ND 4.0 (TED)",
        source="https://huggingface.co/datasets/IWSLT/iwslt2017 (WIT3, https://wit3.fbk.eu)",
        checksums="dataset_infos.json of the Hugging Face datasets library",
        sentences="206,112 to 232,825 / 871 to 890 / 8,079 to 8,597",
        size="17 to 29 MB",
        sets="train is its own, valid is dev2010, test is tst2010 to tst2015 one after the other",
        layout="talks",
        files={pair: (iwslt17(pair),) for pair in IWSLT17},
    ),
    PublicCorpus(
        name="news-commentary",
        title="News Commentary of WMT 2019, by Project Syndicate",
        version="v14",
        licence="free for research; cite the overview paper of WMT 2019 (Barrault et al.)",
        source="https://www.statmt.org/wmt19/translation-task.html",
        checksums="url_checksums/wmt19_translate.txt of TensorFlow Datasets",
        sentences="not published",
        size="1 to 41 MB",
        sets=HELD_OUT,
        layout="columns",
        files={pair: (news(pair),) for pair in NEWS},
    ),
    PublicCorpus(
        name="tatoeba",
        title="Tatoeba, everyday sentences, as packed by OPUS",
        version="v2023-04-12",
        licence="CC BY 2.0 FR",
        source="https://opus.nlpl.eu (https://tatoeba.org)",
        checksums="",
        sentences="not published",
        size="not published",
        sets=HELD_OUT,
        layout="sides",
        files={pair: (tatoeba(pair),) for pair in TATOEBA.split()},
    ),
)


def corpus_named(name: str) -> PublicCorpus:
    """The corpus of that name.  Errors: MtkitError, with the nearest name, for any other."""
    for corpus in CORPORA:
        if corpus.name == name.lower():
            return corpus
    names = [corpus.name for corpus in CORPORA]
    near = difflib.get_close_matches(name.lower(), names, 1, 0.5)
    raise MtkitError(
        f"there is no corpus `{name}`",
        f"did you mean `{near[0]}`?  `mtkit download --list` shows all"
        if near
        else f"there are {', '.join(names)}, and opus:NAME or mtdata:ID (`mtkit download --list`)",
    )
