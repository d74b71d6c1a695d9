//! Rooms, as the servers know them.

use serde_json::Value;

/// A room's name. A number stays a number: `socket.join(42)` and `socket.join("42")` are two rooms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Room {
    /// A room by name.
    Name(String),
    /// A room by number.
    Number(i64),
}

impl From<&str> for Room {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<String> for Room {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<i64> for Room {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

/// One room or several, without repeats: from a room, an array or a `Vec` of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rooms(Vec<Room>);

impl Rooms {
    pub(super) fn add(&mut self, more: Self) {
        for room in more.0 {
            if !self.0.contains(&room) {
                self.0.push(room);
            }
        }
    }

    /// As a JSON array.
    pub(super) fn json(&self) -> String {
        let rooms = self.0.iter().map(|room| match room {
            Room::Name(name) => Value::from(name.as_str()),
            Room::Number(number) => Value::from(*number),
        });
        Value::Array(rooms.collect()).to_string()
    }
}

impl<R: Into<Room>> From<R> for Rooms {
    fn from(room: R) -> Self {
        Self(vec![room.into()])
    }
}

impl<R: Into<Room>> From<Vec<R>> for Rooms {
    fn from(rooms: Vec<R>) -> Self {
        rooms.into_iter().collect()
    }
}

impl<R: Into<Room>, const N: usize> From<[R; N]> for Rooms {
    fn from(rooms: [R; N]) -> Self {
        rooms.into_iter().collect()
    }
}

impl<R: Into<Room>> FromIterator<R> for Rooms {
    fn from_iter<I: IntoIterator<Item = R>>(rooms: I) -> Self {
        let mut all = Self::default();
        for room in rooms {
            all.add(Self(vec![room.into()]));
        }
        all
    }
}
