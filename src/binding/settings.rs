//! The settings of a connection, on their way from JavaScript.

use std::collections::HashMap;
use std::time::Duration;

use napi::bindgen_prelude::{FnArgs, Function};
use napi_derive::napi;

use super::callback::caller;
use super::failure::{Failure, to_napi};
use super::identity::{self, ShownCertificates};
use super::password::{self, PasswordQuestion};
use super::roots::{self, RootsQuestion};
use crate::connect::{
    Environment, Plan, Settings, SslMode, Tls, honoured, unsupported, without_effect,
};
use crate::nearest::{nearest, only_with_words};

/// Where the server is: what `lib/connection.js` makes of the many things that `pg` takes.
#[napi(object, object_to_js = false)]
pub struct JsSettings<'env> {
    pub connection_string: Option<String>,
    pub host: Option<String>,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub password: Option<String>,
    pub database: Option<String>,
    pub application_name: Option<String>,
    pub options: Option<String>,
    pub connect_timeout_millis: Option<u32>,
    pub keep_alive: Option<bool>,
    pub keep_alive_idle_millis: Option<u32>,
    pub tls: Option<JsTls<'env>>,
    /// More parameters, by the names of `connection_parameters`.
    pub parameters: Option<HashMap<String, String>>,
    /// Whether these are the settings of a pool or client of `pg` that is in use.
    pub is_lent: Option<bool>,
    /// The `PG*` variables, and those that name files.
    pub environment: HashMap<String, String>,
    /// A function that is called for each connection that goes on without TLS, with the error of TLS.
    pub on_unencrypted: Function<'env, FnArgs<(Failure,)>, ()>,
    /// A function that is asked for the CAs that Node.js trusts, where the platform trusts none of a
    /// server's.
    pub list_roots: Function<'env, FnArgs<(RootsQuestion,)>, ()>,
}

/// TLS; certificates and keys are PEM.
#[napi(object, object_to_js = false)]
pub struct JsTls<'env> {
    /// `disable`, `no-verify` or `verify-full`.
    pub mode: String,
    /// Whether the caller said nothing of how far to verify.
    pub is_mode_implied: Option<bool>,
    pub ca: Option<String>,
    pub cert: Option<String>,
    pub key: Option<String>,
    pub passphrase: Option<String>,
    pub server_name: Option<String>,
    pub min_version: Option<String>,
    pub max_version: Option<String>,
    pub direct: Option<bool>,
    /// A function that is called as `checkIdentity(question, host, certificates, authorities)` at every
    /// connection.
    pub check_identity: Option<Function<'env, FnArgs<ShownCertificates>, ()>>,
}

/// The names that an object may hold beside the fields of `pg`.
#[napi(object, object_from_js = false)]
pub struct ConnectionParameters {
    /// The names that are honoured, or refused where their value asks for something.
    pub taken: Vec<&'static str>,
    /// The names that are passed over.
    pub passed_over: Vec<&'static str>,
}

/// The names that an object may hold beside the fields of `pg`.
#[napi]
pub fn connection_parameters() -> ConnectionParameters {
    ConnectionParameters {
        taken: honoured().chain(unsupported().map(|(name, _)| name)).collect(),
        passed_over: without_effect().collect(),
    }
}

/// The name among `known` that was probably meant by `name`, which is none of them.
#[napi]
pub fn nearest_name(name: String, known: Vec<String>) -> Option<String> {
    let known = || known.iter().map(String::as_str);
    nearest(&name, known()).or_else(|| only_with_words(&name, known())).map(str::to_owned)
}

pub(super) fn millis(number: u32) -> Duration {
    Duration::from_millis(number.into())
}

impl JsSettings<'_> {
    /// The plan to connect; `ask` is called for the password at every connection.
    ///
    /// Throws `ERR_INVALID_ARG_VALUE` for settings that cannot be used.
    pub(super) fn into_plan(
        self,
        ask: Option<Function<'_, FnArgs<(PasswordQuestion,)>, ()>>,
    ) -> napi::Result<Plan, String> {
        let password = match ask {
            Some(ask) => Some(password::provided_by(ask)?),
            None => self.password.map(Into::into),
        };
        let settings = Settings {
            connection_string: self.connection_string,
            host: self.host,
            port: self.port,
            user: self.user,
            password,
            database: self.database,
            application_name: self.application_name,
            options: self.options,
            connect_timeout: self.connect_timeout_millis.map(millis),
            keepalives: self.keep_alive,
            keepalives_idle: self.keep_alive_idle_millis.map(millis),
            tls: self.tls.map(JsTls::into_tls).transpose()?,
            parameters: self.parameters.unwrap_or_default().into_iter().collect(),
            is_lent: self.is_lent.unwrap_or(false),
            environment: Environment::of(self.environment),
        };
        let tell = caller(self.on_unencrypted)?;
        let plan = settings.plan().map_err(to_napi)?;
        let plan = plan.telling_unencrypted(move |cause| tell((Failure::from(cause),)));
        match plan.trusts_platform() {
            true => Ok(plan.trusting_more(roots::listed_by(self.list_roots)?)),
            false => Ok(plan),
        }
    }
}

impl JsTls<'_> {
    fn into_tls(self) -> napi::Result<Tls, String> {
        Ok(Tls {
            mode: SslMode::parse(&self.mode).map_err(to_napi)?,
            is_mode_implied: self.is_mode_implied.unwrap_or(false),
            ca: self.ca.map(Into::into),
            cert: self.cert.map(Into::into),
            key: self.key.map(Into::into),
            passphrase: self.passphrase,
            server_name: self.server_name,
            identity_check: self.check_identity.map(identity::checked_by).transpose()?,
            min_version: self.min_version,
            max_version: self.max_version,
            direct: self.direct.unwrap_or(false),
        })
    }
}
