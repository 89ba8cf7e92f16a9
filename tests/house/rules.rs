//! Who may import whom, and which libraries live where.

use super::imports::{House, Module};

/// The picture: each room with the rooms it leads to. A room may also import whatever lies further down.
const ARROWS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["app", "demo"]),
    ("app", &["routes", "cron"]),
    ("demo", &["db", "config"]),
    ("routes", &["controllers"]),
    ("controllers", &["services"]),
    ("cron", &["services"]),
    ("services", &["db"]),
    ("db", &["config"]),
    ("config", &["models", "utils"]),
    ("models", &[]),
    ("utils", &[]),
];

/// Libraries, and the only rooms that may know them.
const LIBRARIES: &[(&[&str], &[&str])] = &[
    (&["mysql_async", "mysql_common"], &["db"]),
    (&["axum", "tower", "tower_http"], &["controllers", "routes", "app"]),
    (&["hyper", "hyper_util"], &["app"]),
    (&["clap", "clap_complete", "clap_mangen", "anstyle"], &["cli"]),
    (&["anstream"], &["app", "cli"]),
];

/// The clocks, by the last two words of the path that reads them, and the file that may.
const CLOCKS: &[[&str; 2]] =
    &[["Instant", "now"], ["Timestamp", "now"], ["Zoned", "now"], ["SystemTime", "now"]];
const CLOCK_FILE: &str = "utils/clock.rs";
const ENVIRONMENT_FILE: &str = "config/environment.rs";

/// Finds imports that follow no arrow of the picture.
pub fn wrong_imports(house: &House) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, module) in &house.modules {
        let Some(from) = name.first() else { continue };
        for path in module.paths.iter().chain(module.doors.iter().map(|(_, path)| path)) {
            let target = house.target(path).or_else(|| house.module_of(path));
            let Some(to) = target.as_deref().and_then(<[String]>::first) else { continue };
            if from != to && !leads_to(from, to) {
                wrong.push(format!(
                    "src/{} imports {}, but the picture has no way from {from} down to {to}",
                    module.file,
                    path.join("::")
                ));
            }
        }
    }
    wrong.dedup();
    wrong
}

/// Finds rooms that the picture does not show.
pub fn unknown_rooms(house: &House) -> Vec<String> {
    let unknown = |room: &&String| !ARROWS.iter().any(|(known, _)| known == room);
    let mut rooms: Vec<&String> = house.modules.keys().filter_map(|name| name.first()).collect();
    rooms.dedup();
    rooms.into_iter().filter(unknown).map(|room| format!("the room {room} is not in the picture")).collect()
}

/// Finds libraries outside the rooms that may know them.
pub fn misplaced_libraries(house: &House) -> Vec<String> {
    let mut misplaced = Vec::new();
    for (name, module) in &house.modules {
        let room = name.first().map_or("lib", String::as_str);
        for path in paths(module) {
            let rule = LIBRARIES.iter().find(|(libraries, _)| libraries.contains(&path[0].as_str()));
            if let Some((_, rooms)) = rule.filter(|(_, rooms)| !rooms.contains(&room)) {
                misplaced.push(format!(
                    "src/{} uses {}, which only {} may know",
                    module.file,
                    path.join("::"),
                    rooms.join(", ")
                ));
            }
        }
    }
    misplaced.dedup();
    misplaced
}

/// Finds readings of the clock or the environment outside their files.
pub fn misplaced_readings(house: &House) -> Vec<String> {
    let mut misplaced = Vec::new();
    for module in house.modules.values() {
        for path in paths(module) {
            let is_clock = CLOCKS.iter().any(|clock| path.ends_with(&clock.map(str::to_owned)));
            let is_environment = path.starts_with(&["std", "env"].map(str::to_owned));
            let place = match (is_clock, is_environment) {
                (true, _) => CLOCK_FILE,
                (_, true) => ENVIRONMENT_FILE,
                (false, false) => continue,
            };
            if module.file != place {
                misplaced.push(format!(
                    "src/{} uses {}, which only src/{place} may",
                    module.file,
                    path.join("::")
                ));
            }
        }
    }
    misplaced.dedup();
    misplaced
}

/// Gives all paths of a module; a door to a foreign crate is written with this module's own name before it.
fn paths(module: &Module) -> impl Iterator<Item = &[String]> {
    let depth = module.file.split('/').count();
    let doors = module.doors.iter().filter_map(move |(_, path)| path.get(depth..));
    module.paths.iter().map(Vec::as_slice).chain(doors).filter(|path| !path.is_empty())
}

fn leads_to(from: &str, to: &str) -> bool {
    let arrows = ARROWS.iter().find(|(room, _)| *room == from).map_or(&[][..], |(_, arrows)| arrows);
    arrows.iter().any(|next| *next == to || leads_to(next, to))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// A small house in order, with `source` planted as `file`.
    fn house_with(file: &str, source: &str) -> House {
        let mut house = House::default();
        house
            .add("lib.rs", "pub mod controllers; pub mod cron; pub mod db; pub mod services; pub mod utils;");
        house.add("controllers/mod.rs", "pub mod users; pub use users::Answer;");
        house.add("controllers/users.rs", "use axum::Json; use crate::services::users::list;");
        house.add("cron/mod.rs", "pub mod sync_cron;");
        house.add("cron/sync_cron.rs", "use crate::services::users::list;");
        house.add("services/mod.rs", "pub mod users;");
        house.add("services/users.rs", "use crate::db::session::Session; use crate::utils::clock::now;");
        house.add("db/mod.rs", "pub mod session;");
        house.add("db/session.rs", "use mysql_async::Conn;");
        house.add("utils/mod.rs", "pub mod clock;");
        house.add("utils/clock.rs", "use std::time::Instant; pub fn now() { Instant::now() }");
        house.add("config/environment.rs", "fn f() { std::env::vars_os() }");
        house.add(file, source);
        house
    }

    fn all_findings(house: &House) -> Vec<String> {
        [wrong_imports(house), misplaced_libraries(house), misplaced_readings(house), unknown_rooms(house)]
            .concat()
    }

    #[test]
    fn a_house_in_order_has_no_findings() {
        assert_eq!(all_findings(&house_with("utils/backoff.rs", "fn f() {}")), Vec::<String>::new());
    }

    #[rstest]
    #[case::upward(
        "services/x.rs",
        "use crate::controllers::users::Answer;",
        "no way from services down to controllers"
    )]
    #[case::upward_through_a_door(
        "services/x.rs",
        "use crate::controllers::Answer;",
        "from services down to controllers"
    )]
    #[case::upward_by_a_module_name("db/x.rs", "use crate::services;", "no way from db down to services")]
    #[case::upward_by_a_door_opened(
        "services/mod.rs",
        "pub use crate::controllers::Answer;",
        "from services"
    )]
    #[case::upward_in_code(
        "db/x.rs",
        "fn f() { super::super::services::users::list() }",
        "from db down to services"
    )]
    #[case::sideways(
        "cron/x.rs",
        "use crate::controllers::users::Answer;",
        "no way from cron down to controllers"
    )]
    #[case::sideways_back(
        "controllers/x.rs",
        "use crate::cron::sync_cron::f;",
        "no way from controllers down to cron"
    )]
    #[case::driver("services/x.rs", "use mysql_async::Conn;", "services/x.rs uses mysql_async::Conn")]
    #[case::driver_in_code("services/x.rs", "fn f() { mysql_async::Pool::new() }", "only db may know")]
    #[case::driver_through_a_door("services/mod.rs", "pub use mysql_async::Conn;", "only db may know")]
    #[case::http("services/x.rs", "fn f() -> axum::Json<u8> {}", "only controllers, routes, app may know")]
    #[case::command_line("db/x.rs", "#[derive(clap::Parser)] struct S;", "only cli may know")]
    #[case::clock(
        "db/x.rs",
        "use jiff::Timestamp; fn f() { Timestamp::now() }",
        "only src/utils/clock.rs may"
    )]
    #[case::clock_in_a_macro("db/x.rs", "fn f() { dbg!(std::time::SystemTime::now()) }", "utils/clock.rs")]
    #[case::environment(
        "db/x.rs",
        "use std::env; fn f() { env::var() }",
        "only src/config/environment.rs may"
    )]
    #[case::attic("attic/mod.rs", "fn f() {}", "the room attic is not in the picture")]
    fn a_planted_fault_is_named(#[case] file: &str, #[case] source: &str, #[case] expected: &str) {
        let findings = all_findings(&house_with(file, source));
        assert!(findings.iter().any(|finding| finding.contains(expected)), "{findings:?}");
    }
}
