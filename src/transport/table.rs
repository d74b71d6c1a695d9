//! The attachment table's name, and its definition.

use crate::error::Error;

/// The table that `@socket.io/postgres-adapter` uses when none is named.
///
/// ```
/// # use socketio_postgres_emitter::{DEFAULT_TABLE_NAME, TableName};
/// assert_eq!(TableName::default().name(), DEFAULT_TABLE_NAME);
/// ```
pub const DEFAULT_TABLE_NAME: &str = "socket_io_attachments";

/// The longest identifier PostgreSQL keeps, in bytes; it cuts longer ones.
const MAX_IDENTIFIER_BYTES: usize = 63;

/// A table's name, `table` or `schema.table`, each part plain or double-quoted. What reaches SQL is
/// always quoted.
///
/// ```
/// # use socketio_postgres_emitter::{Options, TableName};
/// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
/// let options = Options::builder().table_name(TableName::parse("app.attachments")?).build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableName {
    name: String,
    quoted: String,
}

impl TableName {
    /// Reads a name as PostgreSQL would: a plain part is folded to lower case, a quoted one is
    /// taken as it is, with `""` for a quote.
    ///
    /// ```
    /// # use socketio_postgres_emitter::TableName;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(TableName::parse(r#"App."My Table""#)?.quoted(), r#""app"."My Table""#);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for anything else.
    pub fn parse(name: &str) -> Result<Self, Error> {
        let parts = parts(name).ok_or_else(|| {
            Error::invalid_value(
                "a table's name must be `table` or `schema.table`, each part a plain or double-quoted identifier of at most 63 bytes",
            )
        })?;
        let quoted: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
        Ok(Self { name: name.to_owned(), quoted: quoted.join(".") })
    }

    /// The name as it was given.
    ///
    /// ```
    /// # use socketio_postgres_emitter::TableName;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(TableName::parse("App.T")?.name(), "App.T");
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as it stands in SQL.
    ///
    /// ```
    /// # use socketio_postgres_emitter::TableName;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(TableName::parse("App.T")?.quoted(), r#""app"."t""#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn quoted(&self) -> &str {
        &self.quoted
    }

    /// The SQL that creates the table, if it is not there, as `@socket.io/postgres-adapter`
    /// documents it. <https://github.com/socketio/socket.io-postgres-adapter#usage>
    ///
    /// ```
    /// # use socketio_postgres_emitter::TableName;
    /// assert!(TableName::default().create_sql().starts_with("CREATE TABLE IF NOT EXISTS"));
    /// ```
    pub fn create_sql(&self) -> String {
        let name = &self.quoted;
        format!(
            "CREATE TABLE IF NOT EXISTS {name} (\n  id bigserial UNIQUE,\n  \
             created_at timestamptz DEFAULT NOW(),\n  payload bytea\n);"
        )
    }

    /// One statement that creates the table if it is not there: see [`ensure_sql`].
    #[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
    pub(crate) fn ensure_sql(&self) -> String {
        ensure_sql(&self.quoted, &self.create_sql())
    }

    /// A name that is a plain identifier already.
    pub(super) fn plain(name: &str) -> Self {
        Self { name: name.to_owned(), quoted: format!("\"{name}\"") }
    }
}

/// A schema's name, plain or double-quoted. What reaches SQL is always quoted.
///
/// ```
/// # use socketio_postgres_emitter::{FunctionsOptions, SchemaName};
/// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
/// let options = FunctionsOptions::builder().schema(SchemaName::parse("app")?).build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SchemaName {
    name: String,
    quoted: String,
}

impl SchemaName {
    /// Reads a name as [`TableName::parse`] reads each part of one.
    ///
    /// ```
    /// # use socketio_postgres_emitter::SchemaName;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(SchemaName::parse("App")?.quoted(), r#""app""#);
    /// assert!(SchemaName::parse("a.b").is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ERR_INVALID_ARG_VALUE` for what is no name of a schema.
    pub fn parse(name: &str) -> Result<Self, Error> {
        match parts(name).as_deref() {
            Some([schema]) => Ok(Self { name: name.to_owned(), quoted: quoted(schema) }),
            _ => Err(Error::invalid_value(
                "schema must be a plain or double-quoted identifier of at most 63 bytes",
            )),
        }
    }

    /// The name as it was given.
    ///
    /// ```
    /// # use socketio_postgres_emitter::SchemaName;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(SchemaName::parse("App")?.name(), "App");
    /// # Ok(())
    /// # }
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as it stands in SQL.
    ///
    /// ```
    /// # use socketio_postgres_emitter::SchemaName;
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// assert_eq!(SchemaName::parse("App")?.quoted(), r#""app""#);
    /// # Ok(())
    /// # }
    /// ```
    pub fn quoted(&self) -> &str {
        &self.quoted
    }
}

/// One statement that runs `create_sql` if the table is not there, for a connection of the caller's,
/// of whose answers nothing is known: an existing table is left as it is, and of two sessions that
/// create it at once neither fails.
#[cfg_attr(not(feature = "napi"), allow(dead_code, reason = "the addon's alone"))]
pub(super) fn ensure_sql(quoted: &str, create_sql: &str) -> String {
    let block = format!(
        "BEGIN\nIF pg_catalog.to_regclass({}) IS NULL THEN\n{create_sql}\nEND IF;\n\
         EXCEPTION WHEN duplicate_table OR duplicate_object OR unique_violation THEN NULL;\n\
         END",
        dollar_quoted(quoted),
    );
    format!("DO {}", dollar_quoted(&block))
}

/// A string constant, under any of the session's settings for backslashes.
pub(crate) fn dollar_quoted(text: &str) -> String {
    let tag = |number: usize| format!("$q{number}$");
    // A text cannot hold all of these tags, which together are longer: one is free.
    let free = (0..=text.len()).map(tag).find(|tag| !text.contains(tag.as_str()));
    let tag = free.unwrap_or_default();
    format!("{tag}{text}{tag}")
}

impl Default for TableName {
    fn default() -> Self {
        Self::plain(DEFAULT_TABLE_NAME)
    }
}

/// An identifier as it stands in SQL.
pub(super) fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}

/// The one or two parts of a name, unquoted and folded.
fn parts(name: &str) -> Option<Vec<String>> {
    let (first, rest) = part(name)?;
    let parts = match rest.strip_prefix('.') {
        None if rest.is_empty() => vec![first],
        None => return None,
        Some(rest) => match part(rest)? {
            (second, "") => vec![first, second],
            _ => return None,
        },
    };
    parts.iter().all(|part| part.len() <= MAX_IDENTIFIER_BYTES).then_some(parts)
}

/// The part at the beginning of `text`, and the rest.
fn part(text: &str) -> Option<(String, &str)> {
    if let Some(mut rest) = text.strip_prefix('"') {
        let mut part = String::new();
        loop {
            let quote = rest.find('"')?;
            part.push_str(&rest[..quote]);
            rest = &rest[quote + 1..];
            match rest.strip_prefix('"') {
                Some(after) => {
                    part.push('"');
                    rest = after;
                }
                None => return (!part.is_empty() && !part.contains('\0')).then_some((part, rest)),
            }
        }
    }
    let end = text.find('.').unwrap_or(text.len());
    let (plain, rest) = text.split_at(end);
    let mut characters = plain.chars();
    let starts = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let goes_on = characters.all(|next| next.is_ascii_alphanumeric() || next == '_' || next == '$');
    (starts && goes_on).then(|| (plain.to_ascii_lowercase(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_it_takes() -> Result<(), Error> {
        for (name, quoted) in [
            ("socket_io_attachments", r#""socket_io_attachments""#),
            ("Events", r#""events""#),
            ("app.events", r#""app"."events""#),
            (r#""App"."my ""events""; --""#, r#""App"."my ""events""; --""#),
            (r#"app."Events""#, r#""app"."Events""#),
        ] {
            assert_eq!(TableName::parse(name)?.quoted(), quoted);
        }
        assert_eq!(TableName::default(), TableName::parse(DEFAULT_TABLE_NAME)?);
        Ok(())
    }

    #[test]
    fn a_schema_is_one_part() -> Result<(), Error> {
        for (name, quoted) in [("App", r#""app""#), (r#""My ""App.""""#, r#""My ""App.""""#)] {
            let schema = SchemaName::parse(name)?;
            assert_eq!((schema.name(), schema.quoted()), (name, quoted));
        }
        for name in ["", "a.b", "a b", "a;", "\"", "a\0"] {
            let error = SchemaName::parse(name).unwrap_err();
            assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE", "{name}");
        }
        Ok(())
    }

    #[test]
    fn a_quoted_block_holds_whatever_the_name_holds() -> Result<(), Error> {
        let sql = TableName::parse(r#""$q0$ '\""#)?.ensure_sql();
        assert!(sql.starts_with("DO $q2$BEGIN") && sql.ends_with("END$q2$"), "{sql}");
        assert!(sql.contains(r#"to_regclass($q1$"$q0$ '\"$q1$)"#), "{sql}");
        Ok(())
    }

    #[test]
    fn refuses_everything_else() {
        let long = "a".repeat(64);
        for name in [
            "", " ", "a b", "a;", "a.b.c", ".a", "a.", "1a", "\"", "\"\"", "\"a", "\"a\"b", "a-b",
            "é", "\"a\0\"", "a'b", &long,
        ] {
            let error = TableName::parse(name).unwrap_err();
            assert_eq!(error.code(), "ERR_INVALID_ARG_VALUE", "{name}");
        }
    }
}
