"""What a customer is about to buy."""
from store.price import total


class Cart:
    """Items, in the order in which they came."""

    def __init__(self):
        self.items = []

    def add(self, item):
        self.items.append(item)

    @property
    def amount(self):
        return total(self.items)


def load(path):
    cart = Cart()
    with open(path) as lines:
        for line in lines:
            cart.add(line.strip())
    return cart
