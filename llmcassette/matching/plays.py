"""Which interactions of a cassette were played, and in what order."""

from __future__ import annotations

__all__ = ["Plays"]


class Plays:
    """The plays of the interactions of one cassette, by position in the file.

    Attributes:
        used: one byte for each interaction, 1 if it is not to be played again.
        order: the positions in the order of play, repeats included.
        next: the first position that is not used; the number of interactions if all are.
    """

    __slots__ = ("next", "order", "used")

    def __init__(self, count: int) -> None:
        self.used = bytearray(count)
        self.order: list[int] = []
        self.next = 0

    def add(self, position: int) -> None:
        """Play the interaction at a position."""
        used = self.used
        if not used[position]:
            used[position] = 1
            while self.next < len(used) and used[self.next]:
                self.next += 1
        self.order.append(position)

    def play_again(self, used: bytes) -> None:
        """Go back to an earlier ``used``; ``order`` stays."""
        self.used[:] = used
        self.next = (used + b"\0").index(0)
