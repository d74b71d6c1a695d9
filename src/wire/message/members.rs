//! The members of an object that was read, taken by name.

use std::collections::BTreeMap;

use super::Data;
use crate::wire::Room;

/// What is left of an object. A member that is null counts as absent: servers in Go write both.
pub(crate) struct Members(Vec<(String, Data)>);

impl Members {
    pub(crate) fn of(data: Data, what: &str) -> Result<Self, String> {
        match data {
            Data::Object(members) => Ok(Self(members)),
            _ => Err(format!("{what} is an object")),
        }
    }

    /// Of several members with one name the last counts, as in `JSON.parse`.
    pub(crate) fn take(&mut self, name: &str) -> Option<Data> {
        let mut taken = None;
        for (_, value) in self.0.extract_if(.., |(known, _)| known == name) {
            taken = Some(value);
        }
        taken.filter(|value| !value.is_null())
    }

    /// A member that may be absent, as `read` makes it of the value, or refuses it.
    pub(super) fn given<T>(
        &mut self,
        name: &str,
        form: &str,
        read: impl FnOnce(Data) -> Option<T>,
    ) -> Result<Option<T>, String> {
        let Some(value) = self.take(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| format!("{name} is {form}"))
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        self.given(name, "a string", text)
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, String> {
        self.given(name, "true or false", |value| value.as_bool())
    }

    pub(crate) fn values(&mut self, name: &str) -> Result<Option<Vec<Data>>, String> {
        self.given(name, "an array", array)
    }

    pub(super) fn rooms(&mut self, name: &str) -> Result<Option<Vec<Room>>, String> {
        let rooms = |value| array(value)?.into_iter().map(room).collect();
        self.given(name, "an array of strings and numbers", rooms)
    }

    /// The members that were not taken.
    pub(super) fn others(self) -> BTreeMap<String, Data> {
        self.0.into_iter().collect()
    }
}

/// A member that has to be there.
pub(super) fn required<T>(value: Option<T>, name: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("{name} is missing"))
}

fn array(value: Data) -> Option<Vec<Data>> {
    match value {
        Data::Array(values) => Some(values),
        _ => None,
    }
}

fn text(value: Data) -> Option<String> {
    match value {
        Data::Text(text) => Some(text),
        _ => None,
    }
}

/// A room's name.
pub(crate) fn room(value: Data) -> Option<Room> {
    match value {
        Data::Text(name) => Some(Room::Name(name)),
        Data::Number(number) => Some(Room::Number(number)),
        _ => None,
    }
}
