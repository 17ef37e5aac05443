from django.dispatch import receiver

from core.evidence.receipts import forget_words
from core.evidence.signals import entry_erased


@receiver(entry_erased)
def erase_receipt(sender, entry, **kwargs):
    """Whoever's words are erased from the register is erased from the receipt too."""
    forget_words(entry)
