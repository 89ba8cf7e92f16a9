//! The one list of column types and edge values: what is tested, and what `docs/TYPES.md` says.

use crate::support::Place;

/// A column type, and what is done with it.
pub struct ColumnType {
    /// Its declaration.
    pub declaration: &'static str,
    /// Where it exists.
    pub engines: Engines,
    /// How DB_B declares it where it is of the other engine; `None` when that is the same.
    pub elsewhere: Option<&'static str>,
    /// Values as SQL expressions, which DB_A gets.
    pub values: &'static [&'static str],
}

/// Which engines have a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engines {
    /// MariaDB and MySQL.
    Both,
    /// MariaDB only.
    MariaDb,
    /// MySQL only.
    MySql,
    /// Both, but not MariaDB 10.11.
    Newer,
}

/// A pair of engines, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From MariaDB to MySQL.
    ToMySql,
    /// From MySQL to MariaDB.
    ToMariaDb,
    /// MariaDB or MySQL on both sides.
    Same,
}

impl Direction {
    /// Gives the pair of this run.
    pub fn present() -> Self {
        match (Place::Local.is_mysql(), Place::Central.is_mysql()) {
            (false, true) => Self::ToMySql,
            (true, false) => Self::ToMariaDb,
            (true, true) | (false, false) => Self::Same,
        }
    }
}

impl Engines {
    /// Tells whether the engine at this place has the type.
    pub fn exist_at(self, place: Place) -> bool {
        match self {
            Self::Both => true,
            Self::MariaDb => !place.is_mysql(),
            Self::MySql => place.is_mysql(),
            Self::Newer => place.engine_name() != "mariadb",
        }
    }
}

impl ColumnType {
    /// Gives the declaration in DB_B for the pair of this run.
    pub fn in_central(&self) -> &'static str {
        self.elsewhere_in(Direction::present()).unwrap_or(self.declaration)
    }

    /// Gives the declaration in DB_B for a pair of engines, where it must be another one.
    pub fn elsewhere_in(&self, direction: Direction) -> Option<&'static str> {
        self.elsewhere.filter(|_| direction != Direction::Same)
    }

    const fn elsewhere(mut self, declaration: &'static str) -> Self {
        self.elsewhere = Some(declaration);
        self
    }
}

const fn both(declaration: &'static str, values: &'static [&'static str]) -> ColumnType {
    ColumnType { declaration, engines: Engines::Both, elsewhere: None, values }
}

const fn only(engines: Engines, declaration: &'static str, values: &'static [&'static str]) -> ColumnType {
    ColumnType { declaration, engines, elsewhere: None, values }
}

const TEXTS: &[&str] = &["''", "' '", "'a  '", "'O''Ne\\\\il\\\"`'", "'NULL'", "'line\\nfeed\\r\\t\\0\\Z'"];
const BYTES: &[&str] = &["x''", "x'00'", "x'00ff5c2700'", "x'20'", "x'f09f98'"];
const ALL_BYTES_OF_A_CHARACTER_SET: &[&str] = &["''", "'Abc  '", "{all high bytes}"];

/// Every type that is carried, with its edge values; NULL is tried with each of them.
pub const CARRIED: &[ColumnType] = &[
    both("tinyint", &["-128", "0", "127"]),
    both("tinyint unsigned", &["0", "255"]),
    both("smallint", &["-32768", "32767"]),
    both("smallint unsigned", &["65535"]),
    both("mediumint", &["-8388608", "8388607"]),
    both("mediumint unsigned", &["16777215"]),
    both("int", &["-2147483648", "2147483647"]),
    both("int unsigned", &["4294967295"]),
    both("int(8) unsigned zerofill", &["42"]),
    both("bigint", &["-9223372036854775808", "9007199254740993", "9223372036854775807"]),
    both("bigint unsigned", &["18446744073709551615"]),
    both("boolean", &["true", "false"]),
    both("decimal(12,2)", &["-9999999999.99", "0.00", "0.01"]),
    both(
        "decimal(65,30)",
        &[
            "-99999999999999999999999999999999999.999999999999999999999999999999",
            "0.000000000000000000000000000001",
            "-0.000000000000000000000000000001",
        ],
    ),
    both("decimal(65,0)", &["99999999999999999999999999999999999999999999999999999999999999999"]),
    both("decimal(10,3) unsigned zerofill", &["1.5"]),
    both(
        "float",
        &["'3.4028234663852886e38'", "'-1.1754943508222875e-38'", "'1.4e-45'", "0.1", "16777217", "-0e0"],
    ),
    both("float(7,2)", &["1234.57", "-99999.99"]),
    both(
        "double",
        &[
            "'1.7976931348623157e308'",
            "'-2.2250738585072014e-308'",
            "'5e-324'",
            "0.1",
            "1/3e0",
            "-0e0",
            "9007199254740993",
        ],
    ),
    both("double(20,5)", &["123456789012.12345"]),
    both("bit(1)", &["b'0'", "b'1'"]),
    both("bit(13)", &["b'1000000000001'"]),
    both("bit(64)", &["0", "18446744073709551615", "9223372036854775808", "b'100111'"]),
    both("char(10)", &["''", "'a'", "'žluť😀'", "'\\\\''\\\"'"]),
    both("varchar(100)", TEXTS),
    both("varchar(100) character set utf8mb3", &["'žluť €'"]),
    both("varchar(100) collate utf8mb4_bin", &["'😀 a\\u0301'", "x'f48fbfbf'"]),
    both("varchar(200) character set latin1", ALL_BYTES_OF_A_CHARACTER_SET),
    both("varchar(200) character set cp1250", ALL_BYTES_OF_A_CHARACTER_SET),
    both("varchar(200) character set koi8r", ALL_BYTES_OF_A_CHARACTER_SET),
    both("char(200) character set cp1251", ALL_BYTES_OF_A_CHARACTER_SET),
    both("text character set latin7", ALL_BYTES_OF_A_CHARACTER_SET),
    both("varchar(20) character set ascii", &["'plain'", "'\\0\\\\'"]),
    both("varchar(20) character set ucs2", &["'ž€'", "_ucs2 x'd83d'"]),
    both("varchar(20) character set utf16", &["'ž😀 '", "_utf16 x'dbffdfff'"]),
    both("varchar(20) character set utf16le", &["'ž😀 '"]),
    both("text character set utf32", &["'ž😀 '"]),
    both("varchar(20) character set sjis", &["_sjis x'815f5c8abf'", "_sjis x'81ad'", "'ｱ'"]),
    both("varchar(20) character set cp932", &["_cp932 x'ed40fa5c'", "_cp932 x'8754fa4a'"]),
    both("varchar(20) character set gbk", &["_gbk x'a1e3bf5c'", "'汉字'"]),
    both("varchar(20) character set big5", &["_big5 x'a15cb25c'"]),
    both("varchar(20) character set ujis", &["_ujis x'8fa2b78ea6'"]),
    both("tinytext", TEXTS),
    both("text", TEXTS),
    both("mediumtext", &["repeat('😀', 20000)"]),
    both("longtext", &["repeat('x', 1000000)"]),
    both("binary(5)", &["x''", "x'0001020304'", "x'2020'"]),
    both("varbinary(100)", BYTES),
    both("tinyblob", BYTES),
    both("blob", BYTES),
    both("mediumblob", &["repeat(x'00ff', 50000)"]),
    both("longblob", &["repeat(x'5c27', 500000)"]),
    both(
        "date",
        &["'0000-00-00'", "'0000-01-01'", "'1000-01-01'", "'9999-12-31'", "'2026-00-00'", "'2026-02-31'"],
    ),
    both("time", &["'-838:59:59'", "'838:59:59'", "'00:00:00'"]),
    both("time(6)", &["'-838:59:58.999999'", "'838:59:59.000000'", "'-00:00:00.000001'", "'100:00:00.5'"]),
    both("datetime", &["'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'", "'2026-02-31 00:00:00'"]),
    both("datetime(3)", &["'2026-01-31 23:59:59.999'"]),
    both("datetime(6)", &["'1000-01-01 00:00:00.000001'", "'9999-12-31 23:59:59.999999'"]),
    both("timestamp null", &["'0000-00-00 00:00:00'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'"]),
    both("timestamp(6) null", &["'1970-01-01 00:00:01.000001'", "'2038-01-19 03:14:07.999999'"]),
    both(
        "timestamp(2) null default current_timestamp(2) on update current_timestamp(2)",
        &["'2026-01-01 00:00:00.25'"],
    ),
    both("year", &["0", "'0000'", "1901", "2155"]),
    both("enum('', 'a', 'it''s', 'ž')", &["''", "'a'", "'it''s'", "'ž'"]),
    both("enum('a', 'b') character set latin2", &["'a'", "2"]),
    both("set('a', 'b', 'it''s')", &["''", "'a'", "'a,it''s'", "7"]),
    both("{set of 64}", &["18446744073709551615", "9223372036854775808", "1"]),
    both(
        "json",
        &[
            "'{\"a\": [1, null, \"ž😀\\\\u0001\"]}'",
            "'null'",
            "'1.50'",
            "' {\"bb\" : 1, \"a\":2,\"a\":3 } '",
            "'[-0, -0.0, 1e2, 1E-7, 0.10, 1.0]'",
            "'[9007199254740993, 18446744073709551615, 18446744073709551616, 0.1234567890123456789]'",
            "'\"\\\\u0041\\\\/\\\\ud83d\\\\ude00\"'",
        ],
    )
    .elsewhere("longtext"),
    both(
        "geometry",
        &[
            "st_geomfromtext('POINT(1.5 -2)')",
            "st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')",
        ],
    ),
    both("point", &["st_geomfromtext('POINT(10 20)', 4326)", "st_geomfromtext('POINT(0 0)')"]),
    both("linestring", &["st_geomfromtext('LINESTRING(0 0,1.25 1,2 2)', 3857)"]),
    both("polygon", &["st_geomfromtext('POLYGON((0 0,0 4,4 4,4 0,0 0),(1 1,1 2,2 2,1 1))')"]),
    both("multipoint", &["st_geomfromtext('MULTIPOINT(0 0,1 1)')"]),
    both("multilinestring", &["st_geomfromtext('MULTILINESTRING((0 0,1 1),(2 2,3 3))')"]),
    both("multipolygon", &["st_geomfromtext('MULTIPOLYGON(((0 0,0 1,1 1,0 0)))')"]),
    both("geometrycollection", &["st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 1))')"]),
    only(Engines::MariaDb, "inet4", &["'0.0.0.0'", "'255.255.255.255'"]).elsewhere("varchar(15)"),
    only(Engines::MariaDb, "inet6", &["'::'", "'::ffff:1.2.3.4'", "'2001:db8::ff00:42:8329'"])
        .elsewhere("varchar(39)"),
    only(
        Engines::MariaDb,
        "uuid",
        &["'123E4567-e89b-12d3-a456-426655440000'", "'00000000-0000-0000-0000-000000000000'"],
    )
    .elsewhere("char(36)"),
    only(Engines::Newer, "vector(3)", &["x'0000803f0000004000004040'", "x'000080bfffff7f7f01000080'"])
        .elsewhere("varbinary(12)"),
    only(Engines::MariaDb, "varchar(20) collate utf8mb4_nopad_bin", &["'a'", "'a '", "''"])
        .elsewhere("varchar(20)"),
    only(Engines::MySql, "varchar(20) collate utf8mb4_0900_ai_ci", &["'a'", "'a '", "'ß'"])
        .elsewhere("varchar(20)"),
    only(Engines::MySql, "varchar(20) character set gb18030", &["'汉字 😀'", "'a '"]),
    only(Engines::MySql, "geometry srid 4326", &["st_geomfromtext('POINT(10 20)', 4326)"])
        .elsewhere("geometry"),
];

/// What is refused beforehand between any two engines: the declaration in DB_A, the one in DB_B, and why.
pub const REFUSED: &[Refusal] = &[
    ("int", "int unsigned", "DB_B has no negative numbers"),
    ("int unsigned", "int", "DB_B ends at half the numbers"),
    ("bigint", "int", "DB_B has fewer numbers"),
    ("decimal(12,3)", "decimal(12,2)", "DB_B would round"),
    ("decimal(12,2)", "decimal(12,3)", "DB_B has fewer digits before the point"),
    ("double", "float", "DB_B would round"),
    ("double", "double(10,2)", "DB_B would round"),
    ("bit(9)", "bit(8)", "DB_B has fewer bits"),
    ("varchar(20)", "varchar(19)", "DB_B is shorter"),
    ("varchar(20)", "char(20)", "DB_B would drop trailing blanks"),
    ("varchar(20000)", "text", "DB_B has fewer bytes"),
    ("varchar(20)", "varchar(20) character set latin1", "DB_B has fewer characters"),
    ("varchar(20) character set sjis", "varchar(20)", "some characters exist twice, and would become one"),
    ("varbinary(8)", "binary(8)", "DB_B would add zeros"),
    ("blob", "tinyblob", "DB_B is shorter"),
    ("datetime(6)", "datetime(3)", "DB_B would round"),
    ("datetime", "timestamp", "DB_B begins in 1970"),
    ("time(1)", "time", "DB_B would round"),
    ("enum('a','b')", "enum('b','a')", "members travel by their position"),
    ("enum('a','b')", "enum('a')", "DB_B has fewer members"),
    ("enum('a','B')", "enum('a','b')", "another member stands in its place"),
    ("set('a','b')", "set('a','c')", "members travel by their position"),
    ("geometry", "point", "DB_B has points only"),
    ("varchar(20)", "int", "another type"),
];

/// The declaration in DB_A, the one in DB_B, and why that is refused.
pub type Refusal = (&'static str, &'static str, &'static str);

/// What is refused besides, from MariaDB to MySQL.
pub const REFUSED_TO_MYSQL: &[Refusal] = &[
    ("json", "json", "MySQL would write it anew: with other blanks, keys in another order, other digits"),
    ("inet6", "varbinary(16)", "DB_B takes it as text"),
    ("uuid", "varchar(35)", "DB_B is shorter"),
    ("varchar(20) collate utf8mb4_nopad_bin", "varchar(19)", "DB_B is shorter"),
];

/// What is refused besides, from MySQL to MariaDB.
pub const REFUSED_TO_MARIADB: &[Refusal] = &[
    ("json", "longtext character set latin1", "DB_B has fewer characters"),
    ("varchar(20) character set gb18030", "varchar(20)", "MariaDB has no such character set"),
    ("varchar(20) collate utf8mb4_0900_ai_ci", "varchar(19)", "DB_B is shorter"),
    ("vector(3)", "varbinary(11)", "DB_B is shorter"),
];

/// Gives all that the pair of engines of this run refuses.
pub fn refused() -> Vec<Refusal> {
    let besides = match Direction::present() {
        Direction::ToMySql => REFUSED_TO_MYSQL,
        Direction::ToMariaDb => REFUSED_TO_MARIADB,
        Direction::Same => &[],
    };
    REFUSED.iter().chain(besides).copied().collect()
}

/// What is carried although DB_B declares it otherwise, each with a value.
pub const WIDER: &[(&str, &str, &str)] = &[
    ("int", "bigint", "-2147483648"),
    ("int unsigned", "bigint", "4294967295"),
    ("decimal(10,2)", "decimal(12,4)", "99999999.99"),
    ("float", "double", "0.1"),
    ("bit(8)", "bit(9)", "255"),
    ("char(10)", "varchar(10)", "'ž a'"),
    ("varchar(255)", "text", "repeat('😀', 255)"),
    ("varchar(20) character set latin1", "varchar(20)", "'é€'"),
    ("varchar(20) character set utf8mb3", "varchar(40)", "'ž€'"),
    ("binary(4)", "varbinary(4)", "x'0100'"),
    ("varbinary(255)", "blob", "x'00ff'"),
    ("datetime", "datetime(6)", "'2026-01-31 23:59:59'"),
    ("enum('a','b')", "enum('a','b','c')", "'b'"),
    ("set('a','b')", "set('a','b','c')", "'a,b'"),
    ("point", "geometry", "st_geomfromtext('POINT(1 2)', 4326)"),
];
