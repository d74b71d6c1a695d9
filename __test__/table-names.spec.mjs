// Names of tables.

import test from "ava";
import { attachmentTableSql, Emitter } from "../index.js";
import { NOWHERE } from "./support/emitters.mjs";
import { refused } from "./support/refused.mjs";

const TYPE = "ERR_INVALID_ARG_TYPE";

const VALUE = "ERR_INVALID_ARG_VALUE";

test("table names: plain or quoted, with or without a schema", (t) => {
  const good = [
    "t",
    "_t1",
    "schema1.table_2",
    '"My Table"',
    '"a.b"',
    '"with""quote"',
    's."T"',
    '"S".t',
    '"S"."T"',
  ];
  for (const tableName of good) {
    t.notThrows(() => new Emitter(NOWHERE, "/", { tableName }), tableName);
    t.regex(attachmentTableSql(tableName), /create table/i);
  }
  t.is(new Emitter(NOWHERE, "/", { tableName: "other" }).tableName, "other");

  const bad = [
    "",
    " ",
    "a b",
    "a;drop table b",
    "a--",
    "a-b",
    "1a",
    "a.b.c",
    ".a",
    "a.",
    '"a',
    'a"',
    'a"b',
    '""',
    '"".a',
    '"a"b',
    '"a""',
    "a\0",
    '"a\0"',
    " a",
    "a ",
    "a\n",
  ];
  for (const tableName of bad) {
    const what = `table ${JSON.stringify(tableName)}`;
    refused(t, VALUE, () => new Emitter(NOWHERE, "/", { tableName }), what);
    refused(t, VALUE, () => attachmentTableSql(tableName), `SQL for ${what}`);
  }
  refused(t, TYPE, () => attachmentTableSql(5), "SQL for 5");
  t.true(attachmentTableSql().includes("socket_io_attachments"));
  t.is(attachmentTableSql(), attachmentTableSql("socket_io_attachments"));
});
