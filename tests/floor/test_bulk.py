import gc

from tapestry.bulk import loading


def test_garbage_is_not_looked_for_during_the_block_and_is_afterwards():
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_off_again():
    gc.disable()
    try:
        with loading():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
