//! Rooms, as the servers know them.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::number;

/// A room's name. A number stays a number: `socket.join(42)` and `socket.join("42")` are two rooms.
/// JavaScript's numbers are exact up to 2⁵³: rooms of greater ones may be one and the same.
///
/// ```
/// use socketio_postgres_emitter::Room;
///
/// assert_eq!(Room::from("lobby"), Room::Name("lobby".to_owned()));
/// assert_eq!(Room::from(42_u64), Room::from(42_i8));
/// assert_ne!(Room::from("42"), Room::from(42));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Room {
    /// A room by name.
    Name(String),
    /// A room by number.
    Number(#[serde(serialize_with = "number::serialize")] Number),
}

macro_rules! from_text {
    ($($text:ty),*) => {$(
        impl From<$text> for Room {
            fn from(name: $text) -> Self {
                Self::Name(name.to_string())
            }
        }
    )*};
}

from_text!(
    &str,
    &&str,
    &String,
    &&String,
    char,
    &char,
    Box<str>,
    &Box<str>,
    Arc<str>,
    &Arc<str>,
    Cow<'_, str>,
    &Cow<'_, str>
);

impl From<String> for Room {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

macro_rules! from_number {
    ($($number:ty),*) => {$(
        impl From<$number> for Room {
            fn from(number: $number) -> Self {
                Self::Number(number.into())
            }
        }

        impl From<&$number> for Room {
            fn from(number: &$number) -> Self {
                Self::from(*number)
            }
        }
    )*};
}

from_number!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl From<&Room> for Room {
    fn from(room: &Room) -> Self {
        room.clone()
    }
}

/// One room or several, in their order and without repeats: from a room; from an array, a slice, a `Vec` or a
/// set of rooms, or a reference to one; from anything else by `iterator.collect::<Rooms>()`.
///
/// ```
/// use socketio_postgres_emitter::Rooms;
///
/// let users = vec!["alice".to_owned(), "bob".to_owned()];
/// assert_eq!(Rooms::from(&users), Rooms::from(["alice", "bob", "alice"]));
/// assert_eq!(Rooms::from(&users[..1]), Rooms::from("alice"));
/// let numbers: Rooms = (1..=3).collect();
/// assert_eq!(numbers, Rooms::from([1, 2, 3]));
/// ```
#[derive(Clone, Debug, Default)]
// Repeats are left out when the rooms are read: a search at each addition would take ever longer.
pub struct Rooms(Vec<Room>);

impl Rooms {
    /// The rooms, each once.
    ///
    /// ```
    /// # use socketio_postgres_emitter::{Room, Rooms};
    /// let rooms = Rooms::from(["a", "b", "a"]);
    /// assert!(rooms.iter().eq(&[Room::from("a"), Room::from("b")]));
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &Room> {
        distinct(self.0.iter(), self.0.len())
    }

    /// How many rooms there are, each counted once.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Rooms;
    /// assert_eq!(Rooms::from(["a", "b", "a"]).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is no room.
    ///
    /// ```
    /// # use socketio_postgres_emitter::Rooms;
    /// assert!(Rooms::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, more: Self) {
        if self.0.is_empty() {
            *self = more;
        } else {
            self.0.extend(more.0);
        }
    }

    /// The rooms of all parts as a JSON array, each once.
    pub(crate) fn json_of(parts: &[&Self]) -> String {
        let mut json = String::from("[");
        let count = parts.iter().map(|rooms| rooms.0.len()).sum();
        for room in distinct(parts.iter().flat_map(|rooms| &rooms.0), count) {
            if json.len() > 1 {
                json.push(',');
            }
            match room {
                Room::Name(name) => {
                    json.push_str(&serde_json::Value::from(name.as_str()).to_string())
                }
                Room::Number(number) => json.push_str(&number.to_string()),
            }
        }
        json.push(']');
        json
    }

    /// The rooms as a JSON array.
    pub(crate) fn json(&self) -> String {
        Self::json_of(&[self])
    }
}

/// The rooms, `count` or fewer, each once.
fn distinct<'a>(
    rooms: impl Iterator<Item = &'a Room>,
    count: usize,
) -> impl Iterator<Item = &'a Room> {
    let mut seen = HashSet::with_capacity(if count > 1 { count } else { 0 });
    rooms.filter(move |room| count == 1 || seen.insert(*room))
}

impl PartialEq for Rooms {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Rooms {}

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

impl<R: Clone + Into<Room>> From<&[R]> for Rooms {
    fn from(rooms: &[R]) -> Self {
        rooms.iter().cloned().collect()
    }
}

impl<R: Clone + Into<Room>> From<&Vec<R>> for Rooms {
    fn from(rooms: &Vec<R>) -> Self {
        Self::from(rooms.as_slice())
    }
}

impl<R: Clone + Into<Room>, const N: usize> From<&[R; N]> for Rooms {
    fn from(rooms: &[R; N]) -> Self {
        Self::from(rooms.as_slice())
    }
}

impl<R: Into<Room>> From<Box<[R]>> for Rooms {
    fn from(rooms: Box<[R]>) -> Self {
        rooms.into_iter().collect()
    }
}

impl<R: Clone + Into<Room>> From<&Box<[R]>> for Rooms {
    fn from(rooms: &Box<[R]>) -> Self {
        Self::from(&**rooms)
    }
}

impl<R: Into<Room>, S> From<HashSet<R, S>> for Rooms {
    fn from(rooms: HashSet<R, S>) -> Self {
        rooms.into_iter().collect()
    }
}

impl<R: Clone + Into<Room>, S> From<&HashSet<R, S>> for Rooms {
    fn from(rooms: &HashSet<R, S>) -> Self {
        rooms.iter().cloned().collect()
    }
}

impl<R: Into<Room>> From<BTreeSet<R>> for Rooms {
    fn from(rooms: BTreeSet<R>) -> Self {
        rooms.into_iter().collect()
    }
}

impl<R: Clone + Into<Room>> From<&BTreeSet<R>> for Rooms {
    fn from(rooms: &BTreeSet<R>) -> Self {
        rooms.iter().cloned().collect()
    }
}

impl IntoIterator for Rooms {
    type Item = Room;
    type IntoIter = std::vec::IntoIter<Room>;

    fn into_iter(self) -> Self::IntoIter {
        let distinct: Vec<Room> = self.iter().cloned().collect();
        distinct.into_iter()
    }
}

impl<'a> IntoIterator for &'a Rooms {
    type Item = &'a Room;
    type IntoIter = std::vec::IntoIter<&'a Room>;

    fn into_iter(self) -> Self::IntoIter {
        let distinct: Vec<&Room> = self.iter().collect();
        distinct.into_iter()
    }
}

impl From<&Rooms> for Rooms {
    fn from(rooms: &Rooms) -> Self {
        rooms.clone()
    }
}

impl<R: Into<Room>> FromIterator<R> for Rooms {
    fn from_iter<I: IntoIterator<Item = R>>(rooms: I) -> Self {
        Self(rooms.into_iter().map(Into::into).collect())
    }
}

impl<R: Into<Room>> Extend<R> for Rooms {
    fn extend<I: IntoIterator<Item = R>>(&mut self, rooms: I) {
        self.0.extend(rooms.into_iter().map(Into::into));
    }
}

#[cfg(test)]
mod tests;
