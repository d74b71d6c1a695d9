//! Tells the linker how an addon finds Node's symbols; nothing without the `napi` feature.

fn main() {
    #[cfg(feature = "napi")]
    napi_build::setup();
}
