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
