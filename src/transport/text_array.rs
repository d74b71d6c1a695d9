//! Texts as the binary form of a `text[]` parameter: written once, sent as they stand.
//!
//! By hand, since `ToSql` of a `Vec<String>` would have each payload made as a `String` first, and copied.

use std::error::Error;
use std::ops::Range;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// The bytes of an element's length, which come before it.
const LEN_BYTES: usize = 4;

/// A `text[]` of one dimension.
#[derive(Debug, Default)]
pub(super) struct TextArray {
    /// Each element: its length in four bytes, then its text.
    /// <https://www.postgresql.org/docs/current/protocol-message-formats.html> says of Bind that
    /// parameters are in the type's binary form; `array_recv` and `textrecv` read this one.
    elements: Vec<u8>,
    /// Where each element ends.
    ends: Vec<usize>,
}

impl TextArray {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of all elements.
    pub(super) fn bytes(&self) -> usize {
        self.elements.len() - self.len() * LEN_BYTES
    }

    /// Appends an element of valid UTF-8; `write` appends its bytes.
    pub(super) fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.elements.len();
        self.elements.extend([0; LEN_BYTES]);
        write(&mut self.elements);
        self.close(start);
    }

    /// Appends bytes to the last element.
    pub(super) fn extend_last(&mut self, bytes: impl IntoIterator<Item = u8>) {
        if let Some(last) = self.len().checked_sub(1) {
            let start = self.range(last).start - LEN_BYTES;
            self.ends.pop();
            self.elements.extend(bytes);
            self.close(start);
        }
    }

    pub(super) fn get(&self, index: usize) -> &[u8] {
        &self.elements[self.range(index)]
    }

    pub(super) fn last(&self) -> &[u8] {
        self.len().checked_sub(1).map_or(&[], |last| self.get(last))
    }

    /// Cuts off the elements from `index` on, and returns them.
    pub(super) fn split_off(&mut self, index: usize) -> Self {
        let at = self.range(index).start - LEN_BYTES;
        let ends = self.ends.split_off(index);
        Self {
            elements: self.elements.split_off(at),
            ends: ends.into_iter().map(|end| end - at).collect(),
        }
    }

    fn range(&self, index: usize) -> Range<usize> {
        let before = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        before + LEN_BYTES..self.ends[index]
    }

    fn close(&mut self, start: usize) {
        let end = self.elements.len();
        // The length is far below `i32::MAX`: the payload's size is checked before.
        let len = (end - start - LEN_BYTES) as i32;
        self.elements[start..start + LEN_BYTES].copy_from_slice(&len.to_be_bytes());
        self.ends.push(end);
    }
}

impl ToSql for TextArray {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let count = i32::try_from(self.len())?;
        // Dimensions, whether there are nulls, the elements' type, then of the one dimension its
        // length and lower bound.
        for number in [1, 0, Type::TEXT.oid() as i32, count, 1] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        out.extend_from_slice(&self.elements);
        Ok(IsNull::No)
    }

    fn accepts(of: &Type) -> bool {
        *of == Type::TEXT_ARRAY
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(texts: &[&str]) -> TextArray {
        let mut array = TextArray::default();
        for text in texts {
            array.push_with(|out| out.extend(text.as_bytes()));
        }
        array
    }

    fn texts(array: &TextArray) -> Vec<&str> {
        (0..array.len()).map(|index| std::str::from_utf8(array.get(index)).unwrap()).collect()
    }

    #[test]
    fn is_what_the_driver_writes_of_a_vec() {
        for list in [vec![], vec!["a"], vec!["", "é", "three"]] {
            let (mut ours, mut theirs) = (BytesMut::new(), BytesMut::new());
            array(&list).to_sql(&Type::TEXT_ARRAY, &mut ours).unwrap();
            list.to_sql(&Type::TEXT_ARRAY, &mut theirs).unwrap();
            if !list.is_empty() {
                assert_eq!(ours, theirs);
            }
        }
    }

    #[test]
    fn elements_grow_and_part() {
        let mut whole = array(&["a", "bb", "", "dddd"]);
        whole.extend_last(*b"!?");
        assert_eq!(whole.last(), b"dddd!?");
        let mut end = whole.split_off(2);
        assert_eq!((texts(&whole), texts(&end)), (vec!["a", "bb"], vec!["", "dddd!?"]));
        end.extend_last(*b"x");
        end.push_with(|out| out.push(b'y'));
        assert_eq!(texts(&end), ["", "dddd!?x", "y"]);
        assert_eq!(end.bytes(), 8);
    }
}
