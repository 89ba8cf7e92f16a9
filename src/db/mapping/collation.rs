//! What collations find equal, as far as keys of both sides must agree on it.

use crate::db::catalog::Server;

/// Tells whether texts that are different under `local` are so under `central`: it is the same collation, or tells
/// every two texts apart, those that differ in trailing blanks only included unless `local` takes them for equal too.
pub(super) fn tells_apart_as_much(local: &str, central: &str) -> bool {
    local == central
        || (central.ends_with("_bin")
            && (ignores_trailing_blanks(local) || !ignores_trailing_blanks(central)))
}

fn ignores_trailing_blanks(collation: &str) -> bool {
    !collation.contains("_nopad_") && !collation.contains("_0900_")
}

/// Chooses the collation nearest to `collation` among those that both engines have.
pub(super) fn in_common(charset: &str, collation: &str) -> String {
    if collation.ends_with("_bin") || collation.ends_with("_cs") {
        format!("{charset}_bin")
    } else if collation.contains("_nopad_") && !collation.contains("_uca1400_") {
        collation.replace("_nopad_", "_")
    } else {
        format!("{charset}_unicode_520_ci")
    }
}

/// Gives the collation of a server that tells every two texts apart; `None` when it has none for this character set.
pub(super) fn exact(charset: &str, server: Server) -> Option<String> {
    match (server.is_mysql, charset) {
        (true, "utf8mb4") => Some("utf8mb4_0900_bin".to_owned()),
        (true, _) | (false, "gb18030") => None,
        (false, _) => Some(format!("{charset}_nopad_bin")),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("utf8mb4", "utf8mb4_0900_ai_ci", "utf8mb4_unicode_520_ci")]
    #[case("utf8mb4", "utf8mb4_0900_bin", "utf8mb4_bin")]
    #[case("utf8mb4", "utf8mb4_de_pb_0900_as_cs", "utf8mb4_bin")]
    #[case("utf8mb3", "utf8mb3_uca1400_nopad_as_ci", "utf8mb3_unicode_520_ci")]
    #[case("latin1", "latin1_swedish_nopad_ci", "latin1_swedish_ci")]
    #[case("utf8mb4", "utf8mb4_nopad_bin", "utf8mb4_bin")]
    #[case("utf8mb4", "gb18030_chinese_ci", "utf8mb4_unicode_520_ci")]
    fn the_nearest_common_collation_is_chosen(
        #[case] charset: &str,
        #[case] collation: &str,
        #[case] common: &str,
    ) {
        assert_eq!(in_common(charset, collation), common);
    }

    #[rstest]
    #[case("utf8mb4_general_ci", "utf8mb4_general_ci", true)]
    #[case("utf8mb4_general_ci", "utf8mb4_bin", true)]
    #[case("utf8mb4_bin", "utf8mb4_general_ci", false)]
    #[case("utf8mb4_0900_ai_ci", "utf8mb4_bin", false)]
    #[case("utf8mb4_0900_ai_ci", "utf8mb4_nopad_bin", true)]
    #[case("utf8mb4_nopad_bin", "utf8mb4_0900_bin", true)]
    fn a_unique_key_of_central_never_finds_equal_what_local_tells_apart(
        #[case] local: &str,
        #[case] central: &str,
        #[case] fine: bool,
    ) {
        assert_eq!(tells_apart_as_much(local, central), fine);
    }
}
