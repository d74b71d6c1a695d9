//! Rooms that are chosen one after the other, shared by the choices that begin with the same.

use std::fmt;
use std::sync::Arc;

use crate::wire::Rooms;

/// A list that grows at its end. What two have in common they share: so a choice is cloned at no cost,
/// however many rooms it has.
#[derive(Clone, Default)]
pub(super) struct Choice(Option<Arc<Link>>);

struct Link {
    rooms: Rooms,
    before: Choice,
}

impl Choice {
    /// Adds rooms.
    pub(super) fn add(&mut self, more: Rooms) {
        match self.0.as_mut().and_then(Arc::get_mut) {
            // No other choice has this link.
            Some(link) => link.rooms.add(more),
            None => {
                let before = std::mem::take(self);
                *self = Self(Some(Arc::new(Link { rooms: more, before })));
            }
        }
    }

    /// The rooms as a JSON array, each once.
    pub(super) fn json(&self) -> String {
        let mut parts: Vec<&Rooms> = self.links().collect();
        parts.reverse();
        Rooms::json_of(&parts)
    }

    /// The rooms, those that were added last first.
    fn links(&self) -> impl Iterator<Item = &Rooms> {
        let mut next = self.0.as_deref();
        std::iter::from_fn(move || {
            let Link { rooms, before } = next?;
            next = before.0.as_deref();
            Some(rooms)
        })
    }
}

impl From<Rooms> for Choice {
    fn from(rooms: Rooms) -> Self {
        Self(Some(Arc::new(Link { rooms, before: Self::default() })))
    }
}

impl Drop for Choice {
    fn drop(&mut self) {
        // One by one: each link would drop the one before on the stack of its own drop.
        let mut last = self.0.take();
        while let Some(mut link) = last.and_then(Arc::into_inner) {
            last = link.before.0.take();
        }
    }
}

impl fmt::Debug for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.json())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_share_what_they_begin_with_and_nothing_else() {
        let mut first = Choice::default();
        assert_eq!(first.json(), "[]");
        first.add(Rooms::from("a"));
        let mut second = first.clone();
        let shared = first.0.as_ref().map(Arc::as_ptr);
        second.add(Rooms::from(["b", "a"]));
        second.add(Rooms::from(1));
        first.add(Rooms::from("c"));
        for choice in [&first, &second] {
            let before = choice.0.as_ref().and_then(|link| link.before.0.as_ref());
            assert_eq!(before.map(Arc::as_ptr), shared);
        }
        assert_eq!(first.json(), r#"["a","c"]"#);
        assert_eq!(second.json(), r#"["a","b",1]"#);
        assert_eq!(Choice::from(Rooms::from("a")).json(), r#"["a"]"#);
    }

    #[test]
    fn a_long_one_is_dropped_without_a_deep_stack() {
        let mut choice = Choice::default();
        for number in 0..200_000 {
            let earlier = choice.clone();
            choice.add(Rooms::from(number));
            drop(earlier);
        }
        drop(choice);
    }
}
