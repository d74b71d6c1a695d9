//! The sources of the settings, one above the other: what the upper one leaves out, the next fills.

use std::path::PathBuf;
use std::time::Duration;

use super::parameters::{Parameters, invalid};
use super::{Password, Settings, connection_string};
use crate::error::Error;

/// The connection string, the fields, the environment.
pub(super) struct Layers<'a> {
    pub(super) settings: &'a Settings,
    string: Parameters,
    fields: Parameters,
    environment: Parameters,
}

impl<'a> Layers<'a> {
    pub(super) fn new(settings: &'a Settings) -> Result<Self, Error> {
        let string = match &settings.connection_string {
            Some(text) => connection_string::parse(text)?,
            None => Parameters::default(),
        };
        let mut fields = Parameters::default();
        for (name, value) in [
            ("host", &settings.host),
            ("user", &settings.user),
            ("dbname", &settings.database),
            ("application_name", &settings.application_name),
            ("options", &settings.options),
        ] {
            fields.fill(name, value.as_deref().unwrap_or_default());
        }
        if let Some(port) = settings.port {
            fields.fill("port", port.to_string());
        }
        Ok(Self { settings, string, fields, environment: settings.environment.parameters() })
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        [&self.string, &self.fields, &self.environment].iter().find_map(|layer| layer.get(name))
    }

    /// What the connection string says.
    pub(super) fn string(&self, name: &str) -> Option<&str> {
        self.string.get(name)
    }

    pub(super) fn environment(&self, name: &str) -> Option<&str> {
        self.environment.get(name)
    }

    pub(super) fn password(&self) -> Option<Password> {
        let text = |text: &str| Some(Password::from(text));
        self.string("password")
            .and_then(text)
            .or_else(|| self.settings.password.clone())
            .or_else(|| self.environment("password").and_then(text))
    }

    pub(super) fn password_file(&self) -> Option<PathBuf> {
        match self.get("passfile") {
            Some(path) => Some(PathBuf::from(path)),
            None => self.settings.environment.default_password_file(),
        }
    }

    pub(super) fn connect_timeout(&self) -> Result<Option<Duration>, Error> {
        let name = "connect_timeout";
        let seconds = |text| seconds(name, text).transpose();
        self.string(name)
            .and_then(seconds)
            .or_else(|| self.settings.connect_timeout.filter(|time| !time.is_zero()).map(Ok))
            .or_else(|| self.environment(name).and_then(seconds))
            .transpose()
    }

    pub(super) fn keepalives(&self) -> Result<Option<bool>, Error> {
        match self.string("keepalives") {
            Some(text) => Ok(Some(integer("keepalives", text)? != 0)),
            None => Ok(self.settings.keepalives),
        }
    }

    pub(super) fn keepalives_idle(&self) -> Result<Option<Duration>, Error> {
        match self.string("keepalives_idle") {
            Some(text) => seconds("keepalives_idle", text),
            None => Ok(self.settings.keepalives_idle.filter(|time| !time.is_zero())),
        }
    }

    pub(super) fn seconds(&self, name: &str) -> Result<Option<Duration>, Error> {
        self.get(name).map_or(Ok(None), |text| seconds(name, text))
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<u32>, Error> {
        let number = self.get(name).map(|text| integer(name, text)).transpose()?;
        Ok(number.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0))
    }
}

fn integer(name: &str, text: &str) -> Result<i32, Error> {
    text.trim().parse().map_err(|_| invalid(name, "an integer"))
}

/// Zero and less mean none, as in libpq.
fn seconds(name: &str, text: &str) -> Result<Option<Duration>, Error> {
    let number = u64::try_from(integer(name, text)?).unwrap_or_default();
    Ok((number > 0).then(|| Duration::from_secs(number)))
}
