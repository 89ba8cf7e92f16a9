//! What `POST /users` and `PUT /users/{id}` say.

use serde_json::value::RawValue;

use super::fields::{Fields, incomplete, text};
use super::object::JsonObject;
use crate::models::field_error::FieldErrors;
use crate::models::user::{EMAIL_MAX_CHARS, NAME_MAX_CHARS, NewUser, UserChange};

/// Reads a user to be created.
///
/// # Errors
/// Each mistake, with its field.
pub fn new_user(object: &JsonObject) -> Result<NewUser, FieldErrors> {
    let mut fields = Fields::of(object);
    let (name, email) = (fields.required("name", name), fields.required("email", email));
    fields.finish()?;
    name.zip(email).map(|(name, email)| NewUser { name, email }).ok_or_else(incomplete)
}

/// Reads what to change in a user.
///
/// # Errors
/// Each mistake, with its field; a body without any field is one.
pub fn user_change(object: &JsonObject) -> Result<UserChange, FieldErrors> {
    let mut fields = Fields::of(object);
    let change = UserChange { name: fields.optional("name", name), email: fields.optional("email", email) };
    fields.at_least_one();
    fields.finish()?;
    Ok(change)
}

/// Reads a name; blanks around it are kept as they came.
fn name(value: &RawValue) -> Result<String, String> {
    let name = text(value)?;
    if name.trim().is_empty() {
        return Err("must not be blank".to_owned());
    }
    if name.chars().count() > NAME_MAX_CHARS {
        return Err(format!("must have at most {NAME_MAX_CHARS} characters"));
    }
    Ok(name)
}

/// Reads an e-mail address that could exist; whether it does, only a mail can tell.
fn email(value: &RawValue) -> Result<String, String> {
    let email = text(value)?;
    if email.chars().count() > EMAIL_MAX_CHARS {
        return Err(format!("must have at most {EMAIL_MAX_CHARS} characters"));
    }
    if !is_plausible(&email) {
        return Err("must be an e-mail address, such as ada@shop.example".to_owned());
    }
    Ok(email)
}

fn is_plausible(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else { return false };
    let allowed = |character: char| {
        !character.is_whitespace() && !character.is_control() && !"@<>()[]\\,;:\"".contains(character)
    };
    let dotted = |part: &str| !part.is_empty() && part.split('.').all(|label| !label.is_empty());
    dotted(local)
        && dotted(domain)
        && email.chars().filter(|character| *character == '@').count() == 1
        && local.chars().chain(domain.chars()).all(allowed)
        && domain.split('.').all(|label| !label.starts_with('-') && !label.ends_with('-'))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn errors(body: &str) -> String {
        new_user(&JsonObject::parse(body.as_bytes()).unwrap()).unwrap_err().to_string()
    }

    #[test]
    fn all_mistakes_are_named_at_once() {
        assert_eq!(
            errors(r#"{"name": 7, "mail": "x", "email": "no"}"#),
            "name: must be a text; email: must be an e-mail address, such as ada@shop.example; \
             mail: is not a known field; known are name, email"
        );
        assert_eq!(errors("{}"), "name: is missing; email: is missing");
        assert_eq!(
            errors(r#"{"name": "a", "name": "b", "email": "a@b.example"}"#),
            "name: is given more than once"
        );
    }

    #[rstest]
    #[case(r#""x""#, true)]
    #[case(r#""  Ada ""#, true)]
    #[case(r#""""#, false)]
    #[case(r#"" \t　""#, false)]
    #[case("null", false)]
    #[case("7", false)]
    #[case("[\"a\"]", false)]
    #[case(r#""\ud800""#, false)]
    fn a_name_is_a_text_that_is_not_blank(#[case] json: &str, #[case] taken: bool) {
        let raw = RawValue::from_string(json.to_owned()).unwrap();
        assert_eq!(name(&raw).is_ok(), taken);
    }

    #[rstest]
    #[case(255, true)]
    #[case(256, false)]
    fn a_name_ends_at_255_characters_not_bytes(#[case] length: usize, #[case] taken: bool) {
        let raw = RawValue::from_string(format!("\"{}\"", "😀".repeat(length))).unwrap();
        assert_eq!(name(&raw).is_ok(), taken);
    }

    #[rstest]
    #[case("ada@shop.example", true)]
    #[case("o'neil+x@a-b.example", true)]
    #[case("žofie@škola.example", true)]
    #[case("root@localhost", true)]
    #[case("", false)]
    #[case("ada", false)]
    #[case("@shop.example", false)]
    #[case("ada@", false)]
    #[case("a@b@c.example", false)]
    #[case("a b@c.example", false)]
    #[case(" a@c.example", false)]
    #[case("a@c..example", false)]
    #[case("a@.example", false)]
    #[case("a@c.example.", false)]
    #[case("a@-c.example", false)]
    #[case("a\n@c.example", false)]
    #[case("<a@c.example>", false)]
    fn an_email_address_is_plausible(#[case] email: &str, #[case] plausible: bool) {
        assert_eq!(is_plausible(email), plausible, "{email}");
    }

    #[rstest]
    #[case(254, true)]
    #[case(255, false)]
    fn an_email_address_ends_at_254_characters(#[case] length: usize, #[case] taken: bool) {
        let address = format!("{}@shop.example", "a".repeat(length - "@shop.example".len()));
        let raw = RawValue::from_string(format!("\"{address}\"")).unwrap();
        assert_eq!(email(&raw).is_ok(), taken);
    }
}
