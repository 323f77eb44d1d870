"""`make learn`: learn the weights of `rules/credentials/weights.tsv` from our cases and snippets, and write them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.progress import track
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from mailguard.detect.learned import BIAS
from tests.learn.places import Place, Teacher

RULES = Path(__file__).parents[2] / "rules"
LETTERS = 3
"""A key that fewer letters have says nothing of the next one."""
LEAST = 0.1
"""Weights nearer to nothing are left out."""


def main() -> None:
    """Learn and write."""
    lessons = list(track(Teacher(RULES).lessons(), "reading letters", transient=True))
    for file in lessons[0]:
        of_file = [lesson[file] for lesson in lessons if lesson[file]]
        weights = learn(of_file)
        lines = [f"{key}\t{weight:.2f}" for key, weight in sorted(weights.items()) if abs(weight) >= LEAST]
        Path(file).write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"{Path(file).name}: {len(lines)} weights from {sum(map(len, of_file))} places in {len(of_file)} letters")


def learn(lessons: Sequence[Sequence[Place]]) -> dict[str, float]:
    """Weights by key, and the bias that every place has (logistic regression, L2)."""
    letters = Counter(key for lesson in lessons for key in {key for place in lesson for key in place.keys})
    known = {key for key, count in letters.items() if count >= LETTERS}
    places = [place for lesson in lessons for place in lesson]
    counted = CountVectorizer(analyzer=tuple, lowercase=False, vocabulary=sorted(known), dtype=float)
    matrix = counted.fit_transform([key for key in place.keys if key in known] for place in places)
    model = LogisticRegression(C=1, solver="liblinear", max_iter=1000)
    model.fit(matrix, [place.is_secret for place in places])
    return {BIAS: float(model.intercept_[0]), **dict(zip(sorted(known), map(float, model.coef_[0]), strict=True))}


if __name__ == "__main__":
    main()
