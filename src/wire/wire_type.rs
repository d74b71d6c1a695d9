//! The types of message, of emitters and servers.

/// Defines [`WireType`], and `type_number!`, which is a type's number as a literal: so `concat!` takes it.
macro_rules! wire_types {
    ($($(#[$attribute:meta])* $name:ident = $number:literal, $adapters:literal;)*) => {
        /// A type of message between the servers of a cluster and its emitters, by its number:
        /// `MessageType` of `socket.io-adapter`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum WireType {
            $($(#[$attribute])* $name = $number,)*
        }

        impl WireType {
            /// All of them, by their numbers.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];

            /// Its name in `socket.io-adapter`.
            #[cfg(feature = "napi")]
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $adapters,)*
                }
            }
        }

        macro_rules! number_of {
            $(($name) => { $number };)*
        }
    };
}

wire_types! {
    /// A server starts, or an emitter looks for servers: each answers with a heartbeat.
    InitialHeartbeat = 1, "INITIAL_HEARTBEAT";
    /// A server lives.
    Heartbeat = 2, "HEARTBEAT";
    /// An event for clients.
    Broadcast = 3, "BROADCAST";
    /// Makes sockets join rooms.
    SocketsJoin = 4, "SOCKETS_JOIN";
    /// Makes sockets leave rooms.
    SocketsLeave = 5, "SOCKETS_LEAVE";
    /// Disconnects sockets.
    DisconnectSockets = 6, "DISCONNECT_SOCKETS";
    /// Asks the servers for their sockets.
    FetchSockets = 7, "FETCH_SOCKETS";
    /// The sockets of a server.
    FetchSocketsResponse = 8, "FETCH_SOCKETS_RESPONSE";
    /// An event for the servers themselves.
    ServerSideEmit = 9, "SERVER_SIDE_EMIT";
    /// What a server answers to such an event.
    ServerSideEmitResponse = 10, "SERVER_SIDE_EMIT_RESPONSE";
    /// How many clients a server has asked for an acknowledgement.
    BroadcastClientCount = 11, "BROADCAST_CLIENT_COUNT";
    /// What one of these clients has answered.
    BroadcastAck = 12, "BROADCAST_ACK";
    /// A server closes.
    AdapterClose = 13, "ADAPTER_CLOSE";
}

pub(super) use number_of as type_number;

impl WireType {
    /// The type with this number, if there is one.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.iter().copied().find(|each| u64::from(*each as u8) == number)
    }

    /// Whether it answers what an emitter can have asked.
    pub(super) fn is_answer(self) -> bool {
        matches!(
            self,
            Self::FetchSocketsResponse
                | Self::ServerSideEmitResponse
                | Self::BroadcastClientCount
                | Self::BroadcastAck
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_from_one_on() {
        let numbers: Vec<u8> = WireType::ALL.iter().map(|each| *each as u8).collect();
        assert_eq!(numbers, (1..=13).collect::<Vec<u8>>());
        for number in 0..300 {
            let found = WireType::from_number(number).map(|each| u64::from(each as u8));
            assert_eq!(found, (1..=13).contains(&number).then_some(number));
        }
    }
}
