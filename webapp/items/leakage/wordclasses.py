"""Classes of words that authors spread unevenly over key and distractors."""

import re
from functools import lru_cache

import numpy as np

_PATTERNS = {
    "negation": (
        r"no|not|nor|none|never|neither|cannot|without|absen\w*|lack\w*|devoid|lost|loss|negative"
        r"|fail\w*|free|rather|instead|except|contradict\w*"
        r"|un(?:supported|confirmed|corroborated|resolved|remarkable)"
    ),
    "hedge": (
        r"may|might|could|can|possibl\w*|probabl\w*|suggest\w*|appear\w*|seem\w*|likely|partial\w*"
        r"|some|somewhat|mainly|mostly|relatively|consistent|impression|equivocal|uncertain|limited"
        r"|generally|overall"
    ),
    "absolute": (
        r"all|every|always|exactly|entire\w*|exclusive\w*|confined|restricted|definit\w*|any|alone"
        r"|throughout|solely|purely|complete\w*|only|never|directly|clearly|explicitly|specifically"
        r"|uniform\w*|fully|diffusely"
    ),
    "quantity": (
        r"focal\w*|scattered|occasional|sparse|few|rare|numerous|multiple|abundant|extensive|large"
        r"|dense\w*|diffuse\w*|marked\w*|prominent|increased|decreased|reduced|mild\w*|moderate\w*"
        r"|severe\w*|small|enlarged"
    ),
    "malignant": (
        r"invasi\w*|carcinoma\w*|malignan\w*|atypi\w*|pleomorph\w*|mitos[ei]s|mitotic|necro\w*"
        r"|hyperchrom\w*|infiltrat\w*|destructive|sarcoma\w*|lymphoma\w*|metasta\w*"
    ),
    "benign": (
        r"benign|normal|regular|intact|preserved|hyperplas\w*|reactive|situ|adenoma\w*|polyp\w*"
        r"|smooth|organi[sz]ed|orderly|well|noninvasive"
    ),
    "scale": (
        r"low|mid|middle|medium|high|lower|higher|close[rs]\w*|broad\w*|wide\w*|views?"
        r"|magnifications?"
    ),
    "contrast": r"but|although|though|while|whereas|however|despite|because|since|so",
    "agreement": (
        r"confirm\w*|corroborat\w*|match\w*|support\w*|present|seen|visible|shown?|showing|shows"
    ),
}
WORD_CLASSES = tuple(_PATTERNS)
NEGATION = WORD_CLASSES.index("negation")
_COMPILED = tuple(re.compile(pattern) for pattern in _PATTERNS.values())


@lru_cache(maxsize=50_000)
def classes_of(word: str) -> np.ndarray:
    """One 0 or 1 for each class; the word as `webapp.items.words.words` gives it."""
    return np.array([bool(one.fullmatch(word)) for one in _COMPILED], dtype=float)
