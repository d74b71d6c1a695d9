//! libpq's connection service files. <https://www.postgresql.org/docs/current/libpq-pgservice.html>

use std::io;
use std::path::Path;

use super::parameters::{Parameters, Unknown};
use super::{Environment, file, invalid::invalid};
use crate::error::Error;

/// The parameters of a service. As in libpq, the user's file comes before the system's, and the file
/// that was asked for must be there.
pub(super) fn find(
    service: &str,
    file: Option<&Path>,
    environment: &Environment,
) -> Result<Parameters, Error> {
    let user = match file {
        Some(path) => Some(read(path).map_err(|error| {
            let path = path.display();
            Error::invalid_value(format!("the service file {path} cannot be read: {error}"))
        })?),
        None => environment.default_service_file().and_then(|path| read(&path).ok()),
    };
    let system = environment.system_service_files().into_iter().filter_map(|path| read(&path).ok());
    for (file, text) in user.into_iter().chain(system) {
        if let Some(parameters) = parse(&text, service).map_err(|problem| problem.error(&file))? {
            return Ok(parameters);
        }
    }
    Err(match is_name(service) {
        true => Error::invalid_value(format!("the service \"{service}\" is in no service file")),
        false => invalid("service", "the name of a section of a service file"),
    })
}

fn read(path: &Path) -> io::Result<(String, String)> {
    let text = file::read(path)?;
    Ok((path.display().to_string(), String::from_utf8_lossy(&text).into_owned()))
}

/// Whether an error may show this name.
fn is_name(service: &str) -> bool {
    service.len() <= 64
        && service.chars().all(|next| next.is_ascii_alphanumeric() || "_-. ".contains(next))
}

/// The reason why a line is refused, by its number: nothing of the line is shown, since it may hold a
/// password.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    line: usize,
    what: String,
}

impl Problem {
    pub(super) fn error(self, file: &str) -> Error {
        Error::invalid_value(format!("line {} of the service file {file} {}", self.line, self.what))
    }
}

/// The parameters of a service; `None` if the text does not hold it.
pub(super) fn parse(text: &str, service: &str) -> Result<Option<Parameters>, Problem> {
    let mut parameters = None;
    for (index, line) in text.trim_start_matches('\u{feff}').split('\n').enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(section) = line.strip_prefix('[') {
            // The first section of this name counts.
            if parameters.is_some() {
                break;
            }
            let is_wanted = section.strip_prefix(service).is_some_and(|rest| rest.starts_with(']'));
            parameters = is_wanted.then(Parameters::default);
        } else if let Some(parameters) = &mut parameters {
            take(parameters, line).map_err(|what| Problem { line: index + 1, what })?;
        }
    }
    Ok(parameters)
}

fn take(parameters: &mut Parameters, line: &str) -> Result<(), String> {
    if line.starts_with("ldap") {
        return Err("asks LDAP, which is not supported".into());
    }
    let (name, value) = line.split_once('=').ok_or("is no name=value")?;
    if matches!(name, "service" | "servicefile") {
        return Err("names another service, which libpq does not allow".into());
    }
    parameters.set_of_service(name, value).map_err(|Unknown(meant)| match meant {
        Some(meant) => format!("has an unknown parameter: did you mean \"{meant}\"?"),
        None => "has an unknown parameter".into(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FILE: &str = "\u{feff}# comment\r\nhost=outside\n[other]\nhost=o\nnonsense\n\n [app] \r\n  # too\n\
        host=h\nhost=second\nport = 1\nuser=\npassword= s=3:#'\\ \n\n[app]\ndbname=no\n";

    #[test]
    fn the_first_section_of_the_name() -> Result<(), Problem> {
        let text = FILE.replace("port = 1", "port=1");
        let parameters = parse(&text, "app")?.unwrap_or_default();
        for (name, value) in [
            ("host", Some("h")),
            ("port", Some("1")),
            ("user", None),
            ("password", Some(" s=3:#'\\")),
            ("dbname", None),
        ] {
            assert_eq!(parameters.get(name), value, "{name}");
        }
        assert!(parse(&text, "ap")?.is_none());
        assert!(parse("[app", "app")?.is_none());
        assert!(parse("", "")?.is_none());
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_told_by_its_line() {
        let line = |text: &str| parse(text, "app").err().map(|problem| problem.line);
        // As in libpq, a space before the = belongs to the name.
        assert_eq!(line(FILE), Some(11));
        for wrong in [
            "service=other",
            "ldap://host/dc=x?secret",
            "secret",
            "secret=x",
            "pasword=secret",
            "max=5",
            "database=secret",
        ] {
            let problem = parse(&format!("[app]\n{wrong}"), "app").err();
            let problem = problem.unwrap_or_else(|| panic!("{wrong}"));
            assert_eq!(problem.line, 2, "{wrong}");
            assert!(!problem.what.contains("secret"), "{problem:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(
            text in "(\\[app\\]|[a-z]{0,9}=|ldap|[Q-Z]{6}|[#= \n\r'é]){0,40}",
            service in any::<String>(),
        ) {
            drop(parse(&text, &service));
            if let Err(problem) = parse(&text, "app") {
                // Upper case: nothing that an error says by itself.
                let shown = problem.error("file").to_string();
                prop_assert!(!shown.contains(|next: char| ('Q'..='Z').contains(&next)), "{}", shown);
            }
        }
    }
}
