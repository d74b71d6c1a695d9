//! Bytes and long texts that were set aside of a message.

use napi::bindgen_prelude::{Uint8Array, Utf16String};
use napi_derive::napi;

use crate::wire::{Aside, Utf16};

/// What the marks in a message's text stand for (`lib/packet.js`).
#[napi(object, object_to_js = false)]
pub struct JsAside {
    pub bytes: Vec<Uint8Array>,
    pub texts: Vec<Utf16String>,
}

impl From<JsAside> for Aside {
    /// Copies the bytes; the texts are copies of napi's already.
    fn from(aside: JsAside) -> Self {
        Self {
            bytes: aside.bytes.iter().map(|bytes| bytes.to_vec()).collect(),
            texts: aside.texts.into_iter().map(|text| Box::new(text) as Utf16).collect(),
        }
    }
}
