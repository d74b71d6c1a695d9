//! The sources of the settings, one above the other: each fills what those above leave out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::environment::variable_of;
use super::invalid::invalid;
use super::parameters::{Parameters, Reading, unsupported};
use super::{Password, Settings, connection_string, names, refused, service_file};
use crate::error::Error;

/// The connection string, the fields, the service, the environment.
pub(super) struct Sources<'a> {
    pub(super) settings: &'a Settings,
    string: Parameters,
    fields: Parameters,
    service: Parameters,
    environment: Parameters,
}

impl<'a> Sources<'a> {
    pub(super) fn new(settings: &'a Settings, reading: Reading) -> Result<Self, Error> {
        if reading == Reading::Strict && settings.is_unset() {
            return Err(refused::empty());
        }
        let mut string = match &settings.connection_string {
            Some(text) => connection_string::parse(text, reading)?,
            None => Parameters::default(),
        };
        string.complete(of_libpq(settings)?);
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
        let environment = settings.environment.parameters();
        let mut sources =
            Self { settings, string, fields, service: Parameters::default(), environment };
        // `pg`, whose pool it is, knows no services, and nothing that is unsupported.
        if reading == Reading::Strict {
            sources.service = sources.service()?;
            sources.check_supported()?;
        }
        Ok(sources)
    }

    /// The parameters of the service, if one was named.
    fn service(&self) -> Result<Parameters, Error> {
        match self.get("service") {
            Some(service) => {
                let file = self.get("servicefile").map(Path::new);
                service_file::find(service, file, &self.settings.environment)
            }
            None => Ok(Parameters::default()),
        }
    }

    fn check_supported(&self) -> Result<(), Error> {
        for (name, harmless) in names::unsupported() {
            match self.get(name) {
                Some(value) if !harmless.contains(&value) => {
                    let is_of_environment = self.environment.get(name) == Some(value);
                    let variable = variable_of(name).filter(|_| is_of_environment);
                    return Err(unsupported(variable.unwrap_or(name)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let sources = [&self.string, &self.fields, &self.service, &self.environment];
        sources.iter().find_map(|source| source.get(name))
    }

    /// A parameter of the connection string.
    pub(super) fn string(&self, name: &str) -> Option<&str> {
        self.string.get(name)
    }

    /// A parameter of the service, or else of the environment: those below the caller's own words.
    pub(super) fn environment(&self, name: &str) -> Option<&str> {
        self.service.get(name).or_else(|| self.environment.get(name))
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
        self.time("connect_timeout", self.settings.connect_timeout)
    }

    /// A time in seconds, of which `field` is the caller's own; zero counts as not given.
    fn time(&self, name: &str, field: Option<Duration>) -> Result<Option<Duration>, Error> {
        let seconds = |text| seconds(name, text).transpose();
        self.string(name)
            .and_then(seconds)
            .or_else(|| field.filter(|time| !time.is_zero()).map(Ok))
            .or_else(|| self.environment(name).and_then(seconds))
            .transpose()
    }

    pub(super) fn keepalives(&self) -> Result<Option<bool>, Error> {
        let name = "keepalives";
        let flag = |text| integer(name, text).map(|number| number != 0);
        self.string(name)
            .map(flag)
            .or_else(|| self.settings.keepalives.map(Ok))
            .or_else(|| self.environment(name).map(flag))
            .transpose()
    }

    pub(super) fn keepalives_idle(&self) -> Result<Option<Duration>, Error> {
        self.time("keepalives_idle", self.settings.keepalives_idle)
    }

    pub(super) fn seconds(&self, name: &str) -> Result<Option<Duration>, Error> {
        self.get(name).map_or(Ok(None), |text| seconds(name, text))
    }

    pub(super) fn integer(&self, name: &str) -> Result<Option<u32>, Error> {
        let number = self.get(name).map(|text| integer(name, text)).transpose()?;
        Ok(number.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0))
    }
}

/// The fields of the settings by libpq's names, as if the string had them.
fn of_libpq(settings: &Settings) -> Result<Parameters, Error> {
    let mut parameters = Parameters::default();
    for (name, value) in &settings.parameters {
        parameters
            .set(Reading::Strict, name, value.clone())
            .map_err(|meant| refused::unknown(&meant, Ok(name)))?;
    }
    parameters.settle()?;
    Ok(parameters)
}

fn integer(name: &str, text: &str) -> Result<i32, Error> {
    text.trim().parse().map_err(|_| invalid(name, "an integer"))
}

/// A time in seconds. Zero and less mean none, as in libpq.
fn seconds(name: &str, text: &str) -> Result<Option<Duration>, Error> {
    let number = u64::try_from(integer(name, text)?).unwrap_or_default();
    Ok((number > 0).then(|| Duration::from_secs(number)))
}
