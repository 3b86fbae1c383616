from store.cart import Cart


def test_items_are_kept_in_order():
    cart = Cart()
    cart.add("tea")
    cart.add("cup")
    assert cart.items == ["tea", "cup"]


def test_amount():
    cart = Cart()
    cart.add("tea")
    assert cart.amount == 350
