//! Functions in PostgreSQL that write messages into the outbox: for triggers, for psql, and for languages
//! that have no emitter.

mod argument;

use std::convert::identity;

use argument::Argument::{self, Args, Bytes, Event, Flag, Nsp, Rooms, Targets};

use super::outbox::OutboxTable;
use super::table::{SchemaName, dollar_quoted};
use crate::builder::builder;
use crate::error::Error;
use crate::wire::{
    DEFAULT_EMITTER_KEY, Kind, Namespace, RESERVED_EVENTS, RESERVED_SERVER_EVENTS, SqlParts,
    envelope_sql,
};

/// Options of [`emit_functions_sql`].
///
/// ```
/// # use socketio_postgres_emitter::FunctionsOptions;
/// let mut options = FunctionsOptions::default();
/// options.channel_prefix = "app".to_owned();
/// ```
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
    outbox_table: OutboxTable, OutboxTable, identity, "socketio_postgres_emitter::OutboxTable::default()";
    /// See [`FunctionsOptions::channel_prefix`].
    channel_prefix: String, impl Into<String>, Into::into, r#""app""#;
    /// See [`FunctionsOptions::schema`].
    ///
    /// ```
    /// # use socketio_postgres_emitter::{FunctionsOptions, SchemaName};
    /// # fn main() -> Result<(), socketio_postgres_emitter::Error> {
    /// let builder = FunctionsOptions::builder().schema(SchemaName::parse("app")?);
    /// # Ok(())
    /// # }
    /// ```
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
    /// The SQL expression of the message's body.
    body: &'static str,
}

const FUNCTIONS: [Function; 5] = [
    Function {
        name: "socket_io_emit",
        arguments: &[
            Event(RESERVED_EVENTS),
            Args,
            Targets("rooms"),
            Targets("except_rooms"),
            Nsp,
            Flag("volatile", "false"),
            Flag("compress", "NULL"),
            Bytes,
        ],
        kind: Kind::Broadcast,
        body: PACKET,
    },
    Function {
        name: "socket_io_sockets_join",
        arguments: &[Rooms("join_rooms"), Targets("rooms"), Targets("except_rooms"), Nsp],
        kind: Kind::SocketsJoin,
        body: "array_to_json(join_rooms)::text",
    },
    Function {
        name: "socket_io_sockets_leave",
        arguments: &[Rooms("leave_rooms"), Targets("rooms"), Targets("except_rooms"), Nsp],
        kind: Kind::SocketsLeave,
        body: "array_to_json(leave_rooms)::text",
    },
    Function {
        name: "socket_io_disconnect_sockets",
        arguments: &[Flag("close", "false"), Targets("rooms"), Targets("except_rooms"), Nsp],
        kind: Kind::DisconnectSockets,
        body: "COALESCE(close, false)::text",
    },
    Function {
        name: "socket_io_server_side_emit",
        arguments: &[Event(RESERVED_SERVER_EVENTS), Args, Nsp, Bytes],
        kind: Kind::ServerSideEmit,
        body: PACKET,
    },
];

const NSP_JSON: &str = "to_json(nsp)::text";

const PACKET: &str = "(jsonb_build_array(event) || COALESCE(args, '[]'))::text";

const ROOMS: &str = "array_to_json(COALESCE(rooms, '{}'))::text";

const EXCEPT: &str = "array_to_json(COALESCE(except_rooms, '{}'))::text";

/// An object is built only where there are flags, which are rare: that takes longer than all the rest.
const FLAGS: &str =
    "CASE WHEN volatile OR compress IS NOT NULL THEN jsonb_strip_nulls(jsonb_build_object(
      'volatile', NULLIF(volatile, false), 'compress', compress))::text ELSE '{}' END";

impl Function {
    /// The function as a row: its name, its arguments, and its body, in which `%s` is the outbox.
    fn row(&self, before_namespace: &str) -> String {
        let Self { name, arguments, kind, body } = self;
        let declarations: Vec<String> = arguments.iter().map(Argument::declaration).collect();
        let checks: String = arguments.iter().map(Argument::check).collect();
        let channel = dollar_quoted(before_namespace).replace('%', "%%");
        let payload = envelope_sql(
            *kind,
            &SqlParts { nsp: NSP_JSON, rooms: ROOMS, except: EXCEPT, flags: FLAGS, body },
        );
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

#[cfg(test)]
mod tests;
