//! The name that was meant by one that is unknown.

use strsim::osa_distance;

/// A shorter name is too near to too many others.
const SHORTEST_BEGINNING: usize = 4;

/// The known name that is nearest to `name`, if one is near: a few letters apart, in another case, with
/// other separators, or the longer form of it.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nothing so long is a misspelt name, and the distance takes time that grows with the square.
    if name.len() > 64 {
        return None;
    }
    let name = plain(name);
    let length = name.chars().count();
    let limit = if length < 4 { 1 } else { 2.max(length / 4) };
    known
        .into_iter()
        .filter_map(|known| {
            let candidate = plain(known);
            let is_beginning = length >= SHORTEST_BEGINNING && candidate.starts_with(&name);
            let distance = osa_distance(&name, &candidate);
            // A whole name of other letters is no misspelling.
            let is_near = distance <= limit && distance < length;
            // One wrong letter is nearer than the beginning of a name, and that is nearer than several.
            let rank = if distance <= 1 { 0 } else { 2 - u8::from(is_beginning) };
            (is_near || is_beginning).then_some(((rank, distance), known))
        })
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, known)| known)
}

/// Without case and separators.
fn plain(name: &str) -> String {
    name.chars().filter(|next| !matches!(next, '_' | '-')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant() {
        let known = [
            "channelPrefix",
            "errorHandler",
            "publishTimeoutMillis",
            "port",
            "sslmode",
            "connect_timeout",
            "connectionTimeoutMillis",
        ];
        for (name, meant) in [
            ("chanelPrefix", Some("channelPrefix")),
            ("channel_prefix", Some("channelPrefix")),
            ("errorhandler", Some("errorHandler")),
            ("publishTimeout", Some("publishTimeoutMillis")),
            ("connectionTimeout", Some("connectionTimeoutMillis")),
            ("connect_timeuot", Some("connect_timeout")),
            ("prot", Some("port")),
            ("sslMode", Some("sslmode")),
            ("ssl", None),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known), meant, "{name}");
        }
        assert_eq!(nearest(&"x".repeat(1 << 20), known), None);
    }
}
