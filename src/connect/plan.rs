//! The plan of a connection, from its settings.

use super::settings::{Plan, Reading, Settings};
use super::tls;
use crate::error::Error;

impl Settings {
    /// The plan of a connection.
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for a connection string that cannot be read, a parameter that is unknown
    /// or that an emitter cannot honour, a service that is in no file, a value out of range, and a
    /// certificate or key that is none.
    pub(crate) fn plan(&self) -> Result<Plan, Error> {
        let plan = |reading| {
            let plan = Plan::read(self, reading)?;
            tls::check(&plan.tls)?;
            Ok(plan)
        };
        match self.is_lent {
            false => plan(Reading::Strict),
            true => plan(Reading::Lent).or_else(|_| plan(Reading::LentAsRead)),
        }
    }
}
