// A schema in which everything that the functions of emitFunctionsSql() use is a trap.

const FUNCTIONS = [
  ...["array_ndims", "array_position", "array_to_json", "current_schema", "jsonb_strip_nulls"],
  ...["jsonb_typeof", "name", "pg_advisory_xact_lock", "quote_ident", "starts_with", "text"],
  ...["to_json", "to_regclass", "to_regnamespace"],
];

const RAISE = "LANGUAGE plpgsql AS $trap$ BEGIN RAISE EXCEPTION 'trapped'; END $trap$";

const OPERATORS = [
  ["=", "text", "text", "boolean"],
  ["=", "name", "text", "boolean"],
  ["=", "name", "name", "boolean"],
  ["=", "oid", "oid", "boolean"],
  ["=", "boolean", "boolean", "boolean"],
  ["=", "bytea[]", "bytea[]", "boolean"],
  ["<>", "text", "text", "boolean"],
  [">", "integer", "integer", "boolean"],
  ["||", "text", "text", "text"],
  ["||", "jsonb", "jsonb", "jsonb"],
].map(
  ([name, left, right, result], index) => `
  CREATE FUNCTION hostile.operator_${index}(${left}, ${right}) RETURNS ${result} ${RAISE};
  CREATE OPERATOR hostile.${name} (FUNCTION = hostile.operator_${index}, LEFTARG = ${left}, RIGHTARG = ${right});`,
);

/** What takes any types cannot be written in PL/pgSQL: the types that are used. */
const OF_ANY = [
  "jsonb_build_array(text) RETURNS jsonb",
  "jsonb_build_object(text, boolean, text, boolean) RETURNS jsonb",
  "format(text, text) RETURNS text",
  "format(text, regnamespace, name) RETURNS text",
  "format(text, text, text, text, text) RETURNS text",
].map((signature) => `CREATE FUNCTION hostile.${signature} ${RAISE};`);

export const HOSTILE_SCHEMA = `
  CREATE SCHEMA hostile;
  CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (false);
  CREATE DOMAIN hostile.record AS pg_catalog.text CHECK (false);
  CREATE DOMAIN hostile.jsonb AS pg_catalog.text CHECK (false);
  CREATE DOMAIN hostile.bytea AS pg_catalog.text CHECK (false);
  DO $do$
    DECLARE found record;
    BEGIN
      FOR found IN SELECT proname, pg_get_function_identity_arguments(oid) AS arguments,
          pg_get_function_result(oid) AS result FROM pg_proc
        WHERE pronamespace = 'pg_catalog'::regnamespace
          AND proname = ANY ('{${FUNCTIONS}}') AND prokind = 'f' LOOP
        EXECUTE format('CREATE FUNCTION hostile.%I(%s) RETURNS %s %s', found.proname,
          found.arguments, found.result, $raise$${RAISE}$raise$);
      END LOOP;
    END $do$;
  ${OF_ANY.join("\n")}
  ${OPERATORS.join("\n")}`;
