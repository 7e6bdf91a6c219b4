"""What the validations of a run have come to: when it got no better, and when that is enough."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mtkit.config import TrainConfig


@dataclass
class Standing:
    """The best score of a run so far, and the validations since."""

    bleu: float = -1.0
    loss: float = math.inf  # with the best BLEU
    bad: int = 0  # validations since, none of which was better
    halvings: int = 0  # of the learning rate, with the schedule "plateau"

    def add(self, bleu: float, loss: float, config: TrainConfig) -> bool:
        """Count a validation; whether it is better than all before: a higher BLEU or, with the
        same BLEU, a lower loss."""
        improved = (bleu, -loss) > (self.bleu, -self.loss)
        if improved:
            self.bleu, self.loss = bleu, loss
        self.bad = 0 if improved else self.bad + 1
        plateau = config.schedule == "plateau" and not improved
        if plateau and self.bad % config.plateau_patience == 0:
            self.halvings += 1
        return improved
