//! Channels: many senders, many receivers, first come first served.
