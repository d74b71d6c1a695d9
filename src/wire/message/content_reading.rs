//! Reads the contents of the messages.

use serde::de::{Deserialize, Deserializer, Error as _};

use super::content::EVENT;
use super::members::{Members, required};
use super::{
    BroadcastFlags, BroadcastMessage, Data, DisconnectSocketsMessage, FetchSocketsMessage, Packet,
    PacketOptions, ServerSideEmitMessage, SocketsJoinLeaveMessage,
};

/// A content that can be read, or the reason why it cannot.
pub(super) trait FromMembers: Sized {
    fn read(members: Members) -> Result<Self, String>;
}

/// Reads a member that is an object.
fn object<T: FromMembers>(members: &mut Members, name: &str) -> Result<Option<T>, String> {
    members.take(name).map(|value| T::read(Members::of(value, name)?)).transpose()
}

impl FromMembers for BroadcastFlags {
    fn read(mut flags: Members) -> Result<Self, String> {
        Ok(Self {
            volatile: flags.flag("volatile")?.unwrap_or_default(),
            compress: flags.flag("compress")?,
            others: flags.others(),
        })
    }
}

impl FromMembers for PacketOptions {
    fn read(mut opts: Members) -> Result<Self, String> {
        Ok(Self {
            rooms: opts.rooms("rooms")?.unwrap_or_default(),
            except: opts.rooms("except")?.unwrap_or_default(),
            flags: object(&mut opts, "flags")?,
        })
    }
}

impl FromMembers for Packet {
    fn read(mut packet: Members) -> Result<Self, String> {
        let packet_type = packet
            .given("type", "a number of one byte", |value| u8::try_from(value.as_count()?).ok())?;
        Ok(Self {
            packet_type: packet_type.unwrap_or(EVENT),
            data: required(packet.values("data")?, "packet.data")?,
            nsp: packet.text("nsp")?,
            others: packet.others(),
        })
    }
}

impl FromMembers for BroadcastMessage {
    fn read(mut data: Members) -> Result<Self, String> {
        Ok(Self {
            packet: required(object(&mut data, "packet")?, "packet")?,
            opts: required(object(&mut data, "opts")?, "opts")?,
            request_id: data.text("requestId")?,
        })
    }
}

impl FromMembers for SocketsJoinLeaveMessage {
    fn read(mut data: Members) -> Result<Self, String> {
        Ok(Self {
            opts: required(object(&mut data, "opts")?, "opts")?,
            rooms: required(data.rooms("rooms")?, "rooms")?,
        })
    }
}

impl FromMembers for DisconnectSocketsMessage {
    fn read(mut data: Members) -> Result<Self, String> {
        Ok(Self {
            opts: required(object(&mut data, "opts")?, "opts")?,
            close: data.flag("close")?.unwrap_or_default(),
        })
    }
}

impl FromMembers for FetchSocketsMessage {
    fn read(mut data: Members) -> Result<Self, String> {
        Ok(Self {
            opts: required(object(&mut data, "opts")?, "opts")?,
            request_id: required(data.text("requestId")?, "requestId")?,
        })
    }
}

impl FromMembers for ServerSideEmitMessage {
    fn read(mut data: Members) -> Result<Self, String> {
        Ok(Self {
            packet: required(data.values("packet")?, "packet")?,
            request_id: data.text("requestId")?,
        })
    }
}

macro_rules! deserialize {
    ($($content:ty),* $(,)?) => {$(
        impl<'de> Deserialize<'de> for $content {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let data = Data::deserialize(deserializer)?;
                Members::of(data, "it").and_then(Self::read).map_err(D::Error::custom)
            }
        }
    )*};
}

deserialize!(
    BroadcastFlags,
    PacketOptions,
    Packet,
    BroadcastMessage,
    SocketsJoinLeaveMessage,
    DisconnectSocketsMessage,
    FetchSocketsMessage,
    ServerSideEmitMessage,
);
