//! A door to private steps, for `fuzz/`: no part of the API.

pub use super::settings::fuzzing::{Given, password_in, read_connection_string, service, shown};
pub use super::tls::fuzzing::{Certificates, end_point};
