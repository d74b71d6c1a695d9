//! The arguments of the functions, and how each is checked.

use Argument::{Args, Bytes, Event, Flag, Nsp, Rooms, Targets};

/// An argument of a function.
pub(super) enum Argument {
    /// An event's name, which must not be one of these.
    Event(&'static [&'static str]),
    /// The event's arguments.
    Args,
    /// Rooms that must be given.
    Rooms(&'static str),
    /// The rooms that the call is for; without any, the whole namespace.
    Targets(&'static str),
    Nsp,
    /// A boolean, and its default.
    Flag(&'static str, &'static str),
    /// The bytes that the placeholders in `args` stand for.
    Bytes,
}

impl Argument {
    pub(super) fn declaration(&self) -> String {
        match self {
            Event(_) => "event pg_catalog.text".to_owned(),
            Args => "args pg_catalog.jsonb DEFAULT '[]'".to_owned(),
            Rooms(name) => format!("{name} pg_catalog.text[]"),
            Targets(name) => format!("{name} pg_catalog.text[] DEFAULT '{{}}'"),
            Nsp => "nsp pg_catalog.text DEFAULT '/'".to_owned(),
            Flag(name, default) => format!("{name} boolean DEFAULT {default}"),
            Bytes => "bytes pg_catalog.bytea[] DEFAULT NULL".to_owned(),
        }
    }

    /// The statements that check the argument.
    pub(super) fn check(&self) -> String {
        match self {
            Event(reserved) => {
                let names = reserved.join(",");
                let empty = refuse(
                    "COALESCE(event, '') = ''",
                    "'the event has no name'",
                    "the name is the first argument",
                );
                let own = refuse(
                    &format!("event = ANY ('{{{names}}}')"),
                    r#"'"' || event || '" is a reserved event name'"#,
                    &format!("the names of Socket.IO itself are {}", reserved.join(", ")),
                );
                empty + &own
            }
            Args => refuse(
                "jsonb_typeof(args) <> 'array'",
                "'args is no JSON array'",
                "write jsonb_build_array(...), with a value for each argument of the event",
            ),
            Rooms(name) => {
                let missing = refuse(
                    &format!("{name} IS NULL"),
                    &format!("'{name} is NULL'"),
                    "give an array of names",
                );
                missing + &Targets(name).check()
            }
            // NULL is no name of a room: a notification with it would reach no socket, and one without it
            // perhaps all.
            Targets(name) => refuse(
                &format!("array_ndims({name}) > 1 OR array_position({name}, NULL) IS NOT NULL"),
                &format!("'{name} holds NULL, or an array'"),
                "give a plain array of names",
            ),
            Nsp => "  nsp := CASE WHEN starts_with(nsp, '/') THEN nsp \
                    ELSE '/' || COALESCE(nsp, '') END;\n"
                .to_owned(),
            Flag(..) => String::new(),
            // An empty array is stored as NULL: a non-NULL value makes the relay build an attachment.
            Bytes => {
                let odd = refuse(
                    "array_ndims(bytes) > 1 OR array_position(bytes, NULL) IS NOT NULL",
                    "'bytes holds NULL, or an array'",
                    "give an array with the bytes of each placeholder",
                );
                odd + "  bytes := NULLIF(bytes, '{}');\n"
            }
        }
    }
}

/// Refuses a call. The message is a SQL expression.
fn refuse(condition: &str, message: &str, hint: &str) -> String {
    format!(
        "  IF {condition} THEN\n    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',\n      \
         MESSAGE = {message},\n      HINT = '{hint}';\n  END IF;\n"
    )
}
