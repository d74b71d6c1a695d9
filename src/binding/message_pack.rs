//! What JavaScript asks of MessagePack that others wrote, before it decodes it.

use napi_derive::napi;

use crate::wire::Raw;

/// Whether this is a whole value of MessagePack that JavaScript's decoder can be given: it makes room for as
/// many values as are announced, and takes stack for each depth.
#[napi]
pub fn is_decodable(bytes: &[u8]) -> bool {
    Raw::message_pack(bytes).is_some()
}
