//! What a message's text leaves out.

use napi::bindgen_prelude::{Uint8Array, Utf16String};
use napi_derive::napi;

use crate::wire::{SetAside, Utf16};

/// What was set aside of a message (`lib/packet.js`).
#[napi(object, object_to_js = false)]
pub struct JsSetAside {
    pub bytes: Vec<Uint8Array>,
    pub texts: Vec<Utf16String>,
}

impl From<JsSetAside> for SetAside {
    /// Copies it.
    fn from(aside: JsSetAside) -> Self {
        Self {
            bytes: aside.bytes.iter().map(|bytes| bytes.to_vec()).collect(),
            texts: aside.texts.into_iter().map(|text| Box::new(text) as Utf16).collect(),
        }
    }
}
