//! Which engine and version a server is, as far as that decides what it knows.

/// A server's engine and version.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Server {
    /// MySQL, or else MariaDB.
    pub is_mysql: bool,
    /// The version's three numbers.
    pub version: [u16; 3],
}

impl Server {
    /// Reads what `select version()` answers, for example `11.8.3-MariaDB-log` or `9.7.0`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        // Old MariaDB servers put this before their own version, for the sake of old clients.
        let own = text.strip_prefix("5.5.5-").unwrap_or(text);
        let mut version = [0; 3];
        let numbers = own.split(|character: char| !character.is_ascii_digit());
        for (place, number) in version.iter_mut().zip(numbers) {
            *place = number.parse().unwrap_or_default();
        }
        Self { is_mysql: !text.to_lowercase().contains("mariadb"), version }
    }

    /// Tells whether it has the type VECTOR.
    #[must_use]
    pub fn knows_vectors(self) -> bool {
        self.version >= if self.is_mysql { [9, 0, 0] } else { [11, 7, 1] }
    }

    /// Tells whether it knows a collation of the other engine or of another version.
    #[must_use]
    pub fn knows_collation(self, name: &str) -> bool {
        let is_mariadb_from = |version: [u16; 3]| !self.is_mysql && self.version >= version;
        if name.contains("_uca1400_") {
            is_mariadb_from([10, 10, 1])
        } else if name.contains("_nopad_") {
            !self.is_mysql
        } else if name.contains("_0900_") {
            // MariaDB has the common ones under these names, as aliases of collations of its own.
            self.is_mysql || is_mariadb_from([11, 4, 5])
        } else {
            !name.starts_with("gb18030_") || self.is_mysql
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10.11.14-MariaDB-0+deb12u2", false, [10, 11, 14])]
    #[case("5.5.5-10.6.1-MariaDB-log", false, [10, 6, 1])]
    #[case("9.7.4-2", true, [9, 7, 4])]
    #[case("8.0.36", true, [8, 0, 36])]
    fn engine_and_version_are_read(#[case] text: &str, #[case] is_mysql: bool, #[case] version: [u16; 3]) {
        assert_eq!(Server::parse(text), Server { is_mysql, version });
    }

    #[rstest]
    #[case("9.7.4", &["utf8mb4_0900_ai_ci", "utf8mb4_bin", "gb18030_bin"], &["utf8mb4_nopad_bin", "utf8mb4_uca1400_ai_ci"])]
    #[case("10.11.14-MariaDB", &["utf8mb4_uca1400_ai_ci", "utf8mb4_nopad_bin"], &["utf8mb4_0900_ai_ci", "gb18030_bin"])]
    #[case("11.8.9-MariaDB", &["utf8mb4_0900_ai_ci", "utf8mb4_uca1400_ai_ci"], &["gb18030_chinese_ci"])]
    #[case("10.6.1-MariaDB", &["utf8mb4_unicode_520_ci"], &["utf8mb4_uca1400_ai_ci"])]
    fn a_collation_is_known_to_some(#[case] server: &str, #[case] known: &[&str], #[case] unknown: &[&str]) {
        let server = Server::parse(server);
        for name in known {
            assert!(server.knows_collation(name), "{name}");
        }
        for name in unknown {
            assert!(!server.knows_collation(name), "{name}");
        }
    }
}
