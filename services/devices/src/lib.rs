//! Basic phones and work mobiles: register, custody, supply.
