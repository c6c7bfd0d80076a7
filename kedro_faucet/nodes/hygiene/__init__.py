"""Column hygiene: names that need no quotes, types that are declared, and persons that cannot be told."""

from kedro_faucet.nodes.hygiene.cast import Cast
from kedro_faucet.nodes.hygiene.clean import Clean
from kedro_faucet.nodes.hygiene.fake import Fake
from kedro_faucet.nodes.hygiene.mask import Mask
from kedro_faucet.nodes.hygiene.names import CleanNames
from kedro_faucet.nodes.hygiene.pseudonym import Pseudonym
from kedro_faucet.nodes.hygiene.secret import Secret

__all__ = ["Cast", "Clean", "CleanNames", "Fake", "Mask", "Pseudonym", "Secret"]
