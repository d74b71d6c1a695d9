//! Functions in PostgreSQL that write messages into the outbox: for triggers, for psql, and for languages
//! that have no emitter.

use std::convert::identity;

use super::outbox::OutboxTable;
use super::table::{SchemaName, dollar_quoted};
use crate::builder::builder;
use crate::error::Error;
use crate::wire::{
    DEFAULT_EMITTER_KEY, Kind, Namespace, RESERVED_EVENTS, RESERVED_SERVER_EVENTS, envelope_sql,
};

/// Options of [`emit_functions_sql`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FunctionsOptions {
    /// The outbox: `socket_io_outbox`. A name without a schema is looked up when the functions are
    /// created, not when they are called.
    pub outbox_table: OutboxTable,
    /// The prefix of the notification channels: `socket.io`. The servers' option of that name.
    pub channel_prefix: String,
    /// Where the functions are created: `None` is the session's current schema.
    pub schema: Option<SchemaName>,
}

builder! {
    /// Options of the functions that are set, and others that are not: these are the defaults.
    ///
    /// ```
    /// use socketio_postgres_emitter::{FunctionsOptions, SchemaName, emit_functions_sql};
    ///
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let options = FunctionsOptions::builder().schema(SchemaName::parse("app")?).build();
    /// println!("{}", emit_functions_sql(&options)?);
    /// # Ok(())
    /// # }
    /// ```
    FunctionsOptionsBuilder for FunctionsOptions;
    /// See [`FunctionsOptions::outbox_table`].
    outbox_table: OutboxTable, OutboxTable, identity;
    /// See [`FunctionsOptions::channel_prefix`].
    channel_prefix: String, impl Into<String>, Into::into;
    /// See [`FunctionsOptions::schema`].
    schema: SchemaName, SchemaName, identity;
}

impl Default for FunctionsOptions {
    fn default() -> Self {
        Self {
            outbox_table: OutboxTable::default(),
            channel_prefix: DEFAULT_EMITTER_KEY.to_owned(),
            schema: None,
        }
    }
}

/// The SQL that creates `socket_io_emit`, `socket_io_sockets_join`, `socket_io_sockets_leave`,
/// `socket_io_disconnect_sockets` and `socket_io_server_side_emit`: one statement without parameters,
/// which needs the outbox. A function that is there and differs is replaced; of sessions that run this at
/// once none fails.
///
/// ```
/// # use socketio_postgres_emitter::{FunctionsOptions, OutboxTable, emit_functions_sql};
/// # async fn run(client: tokio_postgres::Client) -> Result<(), Box<dyn std::error::Error>> {
/// client.batch_execute(&OutboxTable::default().create_sql()).await?;
/// client.batch_execute(&emit_functions_sql(&FunctionsOptions::default())?).await?;
/// client.execute("SELECT socket_io_emit('paid', '[17]', rooms => '{order:17}')", &[]).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `ERR_INVALID_ARG_VALUE` for a channel prefix that PostgreSQL cannot carry.
pub fn emit_functions_sql(options: &FunctionsOptions) -> Result<String, Error> {
    let main = Namespace::new(&options.channel_prefix, "/")?;
    let before_namespace = main.channel_name().strip_suffix('/').unwrap_or_default();
    let outbox = dollar_quoted(options.outbox_table.quoted());
    let place = match &options.schema {
        Some(schema) => dollar_quoted(schema.quoted()),
        None => "pg_catalog.quote_ident(pg_catalog.current_schema())".to_owned(),
    };
    let functions: Vec<String> =
        FUNCTIONS.iter().map(|function| function.row(before_namespace)).collect();
    let functions = functions.join(",\n");
    // The caller's `search_path` finds the outbox and the schema, and nothing else. Each function is
    // compared first, so that a role that may use them need not own them. The lock is for sessions that
    // replace one at the same time, of which all but the first would fail.
    let block = format!(
        r"
DECLARE
  place CONSTANT pg_catalog.text := {place};
  outbox pg_catalog.text;
  body pg_catalog.text;
  made pg_catalog.record;
BEGIN
  SELECT pg_catalog.format('%s.%I', relnamespace::pg_catalog.regnamespace, relname) INTO outbox
    FROM pg_catalog.pg_class WHERE oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass({outbox});
  IF outbox IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'undefined_table',
      MESSAGE = pg_catalog.format('relation %s does not exist', {outbox});
  END IF;
  PERFORM pg_catalog.pg_advisory_xact_lock({LOCK_SPACE}, {LOCK});
  FOR made IN SELECT * FROM (VALUES
{functions}
  ) AS function (name, arguments, body) LOOP
    body := pg_catalog.format(made.body, outbox);
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_proc
      WHERE pronamespace OPERATOR(pg_catalog.=) pg_catalog.to_regnamespace(place)
      AND proname OPERATOR(pg_catalog.=) made.name AND prosrc OPERATOR(pg_catalog.=) body)
    THEN
      EXECUTE pg_catalog.format('CREATE OR REPLACE FUNCTION %s%I (%s) RETURNS integer '
        'LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS %L',
        place OPERATOR(pg_catalog.||) '.', made.name, made.arguments, body);
    END IF;
  END LOOP;
END
"
    );
    Ok(format!("DO {};", dollar_quoted(&block)))
}

/// The two halves of the advisory lock's key; the first is "soio" in ASCII.
const LOCK_SPACE: u32 = 0x736f_696f;
const LOCK: u32 = 1;

/// One of the functions.
struct Function {
    name: &'static str,
    arguments: &'static [Argument],
    kind: Kind,
    /// SQL expressions of the message's parts.
    opts: &'static str,
    body: &'static str,
}

use Argument::{Args, Bytes, Event, Flag, Nsp, Rooms, Targets};

const FUNCTIONS: [Function; 5] = [
    Function {
        name: "socket_io_emit",
        arguments: &[
            Event(&RESERVED_EVENTS),
            Args,
            Targets("rooms"),
            Targets("except_rooms"),
            Nsp,
            Flag("volatile", "false"),
            Flag("compress", "NULL"),
            Bytes,
        ],
        kind: Kind::Broadcast,
        opts: BROADCAST_OPTS,
        body: PACKET,
    },
    Function {
        name: "socket_io_sockets_join",
        arguments: &[Rooms("join_rooms"), Targets("rooms"), Targets("except_rooms"), Nsp],
        kind: Kind::SocketsJoin,
        opts: OPTS,
        body: "array_to_json(join_rooms)::text",
    },
    Function {
        name: "socket_io_sockets_leave",
        arguments: &[Rooms("leave_rooms"), Targets("rooms"), Targets("except_rooms"), Nsp],
        kind: Kind::SocketsLeave,
        opts: OPTS,
        body: "array_to_json(leave_rooms)::text",
    },
    Function {
        name: "socket_io_disconnect_sockets",
        arguments: &[Flag("close", "false"), Targets("rooms"), Targets("except_rooms"), Nsp],
        kind: Kind::DisconnectSockets,
        opts: OPTS,
        body: "COALESCE(close, false)::text",
    },
    Function {
        name: "socket_io_server_side_emit",
        arguments: &[Event(&RESERVED_SERVER_EVENTS), Args, Nsp, Bytes],
        kind: Kind::ServerSideEmit,
        opts: "",
        body: PACKET,
    },
];

const NSP_JSON: &str = "to_json(nsp)::text";

const PACKET: &str = "(jsonb_build_array(event) || COALESCE(args, '[]'))::text";

const OPTS: &str = r#"'{"rooms":' || array_to_json(COALESCE(rooms, '{}'))::text
    || ',"except":' || array_to_json(COALESCE(except_rooms, '{}'))::text || '}'"#;

/// To build an object takes longer than all the rest, and flags are rare.
const BROADCAST_OPTS: &str = r#"'{"rooms":' || array_to_json(COALESCE(rooms, '{}'))::text
    || ',"except":' || array_to_json(COALESCE(except_rooms, '{}'))::text || ',"flags":'
    || CASE WHEN volatile OR compress IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
      'volatile', NULLIF(volatile, false), 'compress', compress))::text ELSE '{}' END || '}'"#;

impl Function {
    /// The function as a row: its name, its arguments, and its body, in which `%s` is the outbox.
    fn row(&self, before_namespace: &str) -> String {
        let Self { name, arguments, kind, opts, body } = self;
        let declarations: Vec<String> = arguments.iter().map(Argument::declaration).collect();
        let checks: String = arguments.iter().map(Argument::check).collect();
        let channel = dollar_quoted(before_namespace).replace('%', "%%");
        let payload = envelope_sql(*kind, NSP_JSON, opts, body);
        let (column, buffers) = match arguments.iter().any(|argument| matches!(argument, Bytes)) {
            true => (", buffers", ", bytes"),
            false => ("", ""),
        };
        // A channel's name is cut as LISTEN cuts it, in the encoding of the database. Both are made
        // before the INSERT, which would prepare long expressions anew at each call.
        let text = format!(
            "\nDECLARE\n  channel text;\n  payload text;\nBEGIN\n{checks}  \
             channel := ({channel} || nsp)::name;\n  payload := {payload};\n  \
             INSERT INTO %s (channel, payload{column}) VALUES (channel, payload{buffers});\n  \
             RETURN 1;\nEND\n"
        );
        format!("('{name}', $a${}$a$, {})", declarations.join(", "), dollar_quoted(&text))
    }
}

/// An argument of a function.
enum Argument {
    /// An event's name, which must not be one of these.
    Event(&'static [&'static str]),
    /// The event's arguments.
    Args,
    /// Rooms that must be given.
    Rooms(&'static str),
    /// Rooms of those whom it is for; everyone, when there are none.
    Targets(&'static str),
    Nsp,
    /// A boolean, and its default.
    Flag(&'static str, &'static str),
    /// What the placeholders in `args` stand for.
    Bytes,
}

impl Argument {
    fn declaration(&self) -> String {
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

    /// The statements that check it.
    fn check(&self) -> String {
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
            // NULL names no room: passed on, it would reach no socket; left out, perhaps all.
            Targets(name) => refuse(
                &format!("array_ndims({name}) > 1 OR array_position({name}, NULL) IS NOT NULL"),
                &format!("'{name} holds NULL, or an array'"),
                "give a plain array of names",
            ),
            Nsp => "  nsp := CASE WHEN starts_with(nsp, '/') THEN nsp \
                    ELSE '/' || COALESCE(nsp, '') END;\n"
                .to_owned(),
            Flag(..) => String::new(),
            // None at all is NULL: what has bytes, the relay has to take in hand.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(options: &FunctionsOptions) -> String {
        emit_functions_sql(options).unwrap()
    }

    #[test]
    fn names_are_quoted_and_a_prefix_is_a_constant() {
        let odd = FunctionsOptions {
            outbox_table: OutboxTable::parse(r#"App."my ""table""""#).unwrap(),
            channel_prefix: "it's $q0$ 50%\\".to_owned(),
            schema: Some(SchemaName::parse(r#""My App""#).unwrap()),
        };
        let sql = sql(&odd);
        assert!(sql.contains(r#"to_regclass($q0$"app"."my ""table"""$q0$)"#), "{sql}");
        assert!(sql.contains(r#":= $q0$"My App"$q0$;"#), "{sql}");
        // `format` makes one `%` of two.
        assert_eq!(sql.matches(r"($q1$it's $q0$ 50%%\#$q1$ || nsp)").count(), 5, "{sql}");
    }

    #[test]
    fn a_prefix_that_postgres_cannot_carry_is_refused() {
        let options = FunctionsOptions { channel_prefix: "a\0".to_owned(), ..Default::default() };
        assert_eq!(emit_functions_sql(&options).unwrap_err().code(), "ERR_INVALID_ARG_VALUE");
    }

    #[test]
    fn libraries_that_count_parameters_find_none() {
        let sql = sql(&FunctionsOptions::default());
        assert!(!sql.contains('?'), "{sql}");
        let mut after_dollars = sql.split('$').skip(1);
        assert!(after_dollars.all(|text| !text.starts_with(|next: char| next.is_ascii_digit())));
    }
}
