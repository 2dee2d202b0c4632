"""What may make an option stand out, and so what a constraint is against. A pure island.

The reply schema of the refine stage (workers.pipeline.schemas.Kind) offers the same codes.
"""

from webapp.core.labelled import Labelled


class ConstraintKind(Labelled):
    """The label is for people; `meaning` says it in a sentence."""

    SIMILARITY = "similarity", "Similarity"
    LENGTH = "length", "Length"
    POLARITY = "polarity", "Polarity"
    PHRASE_PRIOR = "phrase_prior", "Phrase prior"
    STEM_ECHO = "stem_echo", "Stem echo"
    SPECIFICITY = "specificity", "Specificity"
    IMPLAUSIBLE_DISTRACTOR = "implausible_distractor", "Implausible distractor"
    OTHER = "other", "Other"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self.value]


_MEANINGS = {
    "similarity": "The option shares most with the others, or is the only one that does not.",
    "length": "The option is longer, shorter or more detailed than the others.",
    "polarity": "The option alone affirms, denies, hedges or is absolute.",
    "phrase_prior": "What the option names is true, or false, of such tissue as a rule.",
    "stem_echo": "The question repeats or suggests the option.",
    "specificity": "The option is vaguer or more exact, or claims less, than the others.",
    "implausible_distractor": "The others contradict themselves, the question or what is known.",
    "other": "Anything else that singles an option out.",
}
