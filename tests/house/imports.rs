//! What each module imports, read from its source.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, ItemUse, Macro, Meta, Path, UseTree, Visibility};

/// A path, segment by segment; a path within the project begins with `crate`.
pub type Segments = Vec<String>;

/// All modules, by their segments without `crate`; the root is empty, `main.rs` is `main`.
#[derive(Debug, Default)]
pub struct House {
    /// The modules.
    pub modules: BTreeMap<Segments, Module>,
}

/// One file.
#[derive(Debug, Default)]
pub struct Module {
    /// Its path below `src`.
    pub file: String,
    /// Every path of its code, absolute where it leads into the project.
    pub paths: Vec<Segments>,
    /// What a `mod.rs` passes on: the name, and where it comes from.
    pub doors: Vec<(String, Segments)>,
}

impl House {
    /// Reads one file.
    pub fn add(&mut self, file: &str, source: &str) {
        let syntax = syn::parse_file(source).unwrap_or_else(|error| panic!("src/{file}: {error}"));
        let mut name: Segments = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        let is_folder = matches!(name.last().map(String::as_str), Some("mod" | "lib"));
        if is_folder {
            name.pop();
        }
        let mut reader = Reader {
            place: name.clone(),
            is_folder,
            aliases: BTreeMap::new(),
            module: Module { file: file.to_owned(), ..Module::default() },
        };
        reader.visit_file(&syntax);
        let module = reader.finish();
        self.modules.insert(name, module);
    }

    /// Finds the module in which the thing named by an absolute path is defined; `None` for a foreign path,
    /// and for one that merely names a module.
    pub fn target(&self, path: &[String]) -> Option<Segments> {
        self.behind_doors(path, 8)
    }

    /// Finds the longest part of an absolute path that is a module.
    pub fn module_of(&self, path: &[String]) -> Option<Segments> {
        let inner = path.strip_prefix(&["crate".to_owned()])?;
        (0..=inner.len())
            .rev()
            .map(|length| &inner[..length])
            .find_map(|part| self.modules.contains_key(part).then(|| part.to_vec()))
    }

    fn behind_doors(&self, path: &[String], doors_left: u32) -> Option<Segments> {
        let module = self.module_of(path)?;
        let name = path.get(module.len() + 1)?;
        let door = self.modules[&module].doors.iter().find(|(door, _)| door == name);
        match door {
            Some((_, from)) if doors_left > 0 => {
                let rest = path[module.len() + 2..].iter().cloned();
                let behind: Segments = from.iter().cloned().chain(rest).collect();
                // A door to a whole module shows what is taken from it only when something is.
                self.behind_doors(&behind, doors_left - 1).or_else(|| self.module_of(&behind))
            }
            _ => Some(module),
        }
    }
}

struct Reader {
    place: Segments,
    is_folder: bool,
    aliases: BTreeMap<String, Segments>,
    module: Module,
}

impl Reader {
    /// Replaces names that a `use` brought in by where they come from.
    fn finish(mut self) -> Module {
        for path in &mut self.module.paths {
            if let Some(origin) = self.aliases.get(&path[0]).filter(|origin| origin[0] != path[0]) {
                path.splice(0..1, origin.iter().cloned());
            }
        }
        self.module
    }

    /// Makes a path absolute if it says where it begins.
    fn absolute(&self, path: Segments) -> Segments {
        let mut base = self.place.clone();
        let mut rest = path.as_slice();
        match rest[0].as_str() {
            "super" | "self" => {}
            // The program uses the library by its name.
            "backhaul" => return [&["crate".to_owned()], &rest[1..]].concat(),
            _ => return path,
        }
        while let Some(step @ ("super" | "self")) = rest.first().map(String::as_str) {
            if step == "super" {
                base.pop();
            }
            rest = &rest[1..];
        }
        [&["crate".to_owned()], base.as_slice(), rest].concat()
    }

    fn note(&mut self, path: Segments) {
        if !path.is_empty() {
            let absolute = self.absolute(path);
            self.module.paths.push(absolute);
        }
    }

    fn note_use(&mut self, tree: &UseTree, prefix: &[String], opens_door: bool) {
        let with = |name: String| prefix.iter().cloned().chain([name]).collect::<Segments>();
        let (path, alias) = match tree {
            UseTree::Path(path) => {
                return self.note_use(&path.tree, &with(path.ident.to_string()), opens_door);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|item| self.note_use(item, prefix, opens_door));
            }
            UseTree::Name(name) if name.ident == "self" => {
                (prefix.to_vec(), prefix.last().cloned().unwrap_or_default())
            }
            UseTree::Name(name) => (with(name.ident.to_string()), name.ident.to_string()),
            UseTree::Rename(rename) => (with(rename.ident.to_string()), rename.rename.to_string()),
            UseTree::Glob(_) => (with("*".to_owned()), String::new()),
        };
        let mut path = self.absolute(path);
        if opens_door && path[0] != "crate" {
            // `pub use child::Thing` in a `mod.rs`; a foreign crate's name finds no module and does no harm.
            path = [&["crate".to_owned()], self.place.as_slice(), path.as_slice()].concat();
        }
        if opens_door {
            self.module.doors.push((alias.clone(), path.clone()));
        } else {
            self.module.paths.push(path.clone());
        }
        self.aliases.insert(alias, path);
    }

    /// Reads the paths among tokens that are no syntax yet, as in a macro's arguments.
    fn note_tokens(&mut self, tokens: TokenStream) {
        let mut path: Segments = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.note(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => self.note_tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.note(std::mem::take(&mut path));
                    colons = 0;
                }
            }
        }
        self.note(path);
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        if !attributes_of(item).iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, inline: &'ast ItemMod) {
        if inline.content.is_some() {
            self.place.push(inline.ident.to_string());
            visit::visit_item_mod(self, inline);
            self.place.pop();
        } else {
            let child = [&["crate".to_owned()], self.place.as_slice(), &[inline.ident.to_string()]].concat();
            self.aliases.insert(inline.ident.to_string(), child);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let opens_door = self.is_folder && !matches!(item.vis, Visibility::Inherited);
        self.note_use(&item.tree, &[], opens_door);
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.note(path.segments.iter().map(|segment| segment.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.visit_path(&call.path);
        self.note_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        self.visit_path(attribute.path());
        if let Meta::List(list) = &attribute.meta {
            self.note_tokens(list.tokens.clone());
        }
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<Path>().is_ok_and(|condition| condition.is_ident("test"))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// Tells into which module each path of `db/session.rs` leads.
    fn targets(source: &str) -> Vec<String> {
        let mut house = House::default();
        house.add("lib.rs", "pub mod db; pub mod utils;");
        house.add("db/mod.rs", "pub mod error; pub mod session; pub use error::DbError; pub struct Own;");
        house.add("db/error.rs", "pub struct DbError;");
        house.add("utils/mod.rs", "pub mod clock; pub use clock as time;");
        house.add("utils/clock.rs", "pub fn now() {}");
        house.add("db/session.rs", source);
        let paths = &house.modules[&["db".to_owned(), "session".to_owned()][..]].paths;
        let mut targets: Vec<String> =
            paths.iter().filter_map(|path| house.target(path)).map(|module| module.join("::")).collect();
        targets.dedup();
        targets
    }

    #[rstest]
    #[case::plain("use crate::db::error::DbError;", "db::error")]
    #[case::through_a_door("use crate::db::DbError;", "db::error")]
    #[case::upwards("use super::error::DbError;", "db::error")]
    #[case::what_a_folder_defines_itself("use super::Own;", "db")]
    #[case::in_a_group("use crate::{db::{error::{DbError as E}}};", "db::error")]
    #[case::in_code("fn f() { crate::utils::clock::now() }", "utils::clock")]
    #[case::by_a_module_name("use crate::utils::clock; fn f() { clock::now() }", "utils::clock")]
    #[case::by_a_folder_name("use crate::utils; fn f() { utils::clock::now() }", "utils::clock")]
    #[case::through_a_door_to_a_module("fn f() { crate::utils::time::now() }", "utils::clock")]
    #[case::in_a_macro("fn f() { println!(\"{}\", crate::utils::clock::now()) }", "utils::clock")]
    #[case::in_an_attribute("#[with(body = crate::utils::clock::Now)] struct S;", "utils::clock")]
    #[case::in_an_inner_module("mod inner { use super::super::error::DbError; }", "db::error")]
    #[case::as_a_type_argument("fn f(v: Vec<crate::db::error::DbError>) {}", "db::error")]
    fn an_import_is_found(#[case] source: &str, #[case] target: &str) {
        assert_eq!(targets(source), [target]);
    }

    #[rstest]
    #[case::tests("#[cfg(test)] mod tests { use crate::utils::clock::now; }")]
    #[case::visibility("pub(in crate::db) fn f() {}")]
    #[case::a_module_name_alone("use crate::utils;")]
    #[case::foreign("use std::fmt::Debug; fn f() { serde_json::to_string() }")]
    #[case::documentation("/// See [`crate::utils::clock::now`].\nfn f() {}")]
    fn no_import_is_found(#[case] source: &str) {
        assert_eq!(targets(source), Vec::<String>::new());
    }
}
