//! Takes parameters out of the part of the address behind the question mark.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use url::form_urlencoded;

use super::problem::Problem;
use crate::models::entry::{RecordName, SyncStatus};
use crate::models::field_error::FieldErrors;
use crate::models::page::{Limit, NewestPage, Page};
use crate::models::status::EntryPage;

/// The parameters as they came.
#[derive(Debug, Clone)]
pub struct Query(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Query {
    /// Takes the parameters of an address apart.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// Demands that there are no parameters.
    ///
    /// # Errors
    /// Names each.
    pub fn nothing(&self) -> Result<(), Problem> {
        refuse_if_any(self.unknown(&[]))
    }

    /// Reads `limit` and `after` of a list by ascending id.
    ///
    /// # Errors
    /// Names each parameter that is wrong or unknown.
    pub fn page(&self) -> Result<Page, Problem> {
        let mut errors = self.unknown(&["limit", "after"]);
        let limit = self.limit(&mut errors);
        let after = self.number("after", &mut errors).unwrap_or_default();
        refuse_if_any(errors)?;
        Ok(Page { limit, after })
    }

    /// Reads `limit` and `after` of a list that begins with the newest.
    ///
    /// # Errors
    /// Names each parameter that is wrong or unknown.
    pub fn newest_page(&self) -> Result<NewestPage, Problem> {
        let mut errors = self.unknown(&["limit", "after"]);
        let limit = self.limit(&mut errors);
        let after = self.number("after", &mut errors);
        refuse_if_any(errors)?;
        Ok(NewestPage { limit, after })
    }

    /// Reads `status`, `limit` and `after` of the lists of entries.
    ///
    /// # Errors
    /// Names each parameter that is wrong or unknown; `after` needs `status`, since each list goes on elsewhere.
    pub fn entry_page(&self) -> Result<EntryPage, Problem> {
        let mut errors = self.unknown(&["status", "limit", "after"]);
        let only = self.value("status", &mut errors).and_then(|word| {
            word.parse::<SyncStatus>()
                .map_err(|_| errors.add("status", "must be pending, synced or failed"))
                .ok()
        });
        let limit = self.limit(&mut errors);
        let after = self.number("after", &mut errors);
        if after.is_some() && self.value("status", &mut FieldErrors::default()).is_none() {
            errors.add("after", "needs status=, to say which list goes on");
        }
        refuse_if_any(errors)?;
        Ok(EntryPage { only, after, limit })
    }

    /// Reads `table` and `record`, which both must be given; a key may be empty.
    ///
    /// # Errors
    /// Names each parameter that is missing, wrong or unknown.
    pub fn record(&self) -> Result<RecordName, Problem> {
        let mut errors = self.unknown(&["table", "record"]);
        let mut text = |name| {
            let value = self.value(name, &mut errors);
            if value.is_none() {
                errors.add(name, "is missing");
            }
            value.unwrap_or_default()
        };
        let record = RecordName { table: text("table").into(), record_id: text("record").into() };
        refuse_if_any(errors)?;
        Ok(record)
    }

    fn limit(&self, errors: &mut FieldErrors) -> Limit {
        let Some(text) = self.value("limit", errors) else { return Limit::default() };
        digits(text).and_then(Limit::new).unwrap_or_else(|| {
            errors.add("limit", format!("must be a whole number from 1 to {}", Limit::MOST));
            Limit::default()
        })
    }

    fn number(&self, name: &str, errors: &mut FieldErrors) -> Option<u64> {
        let number = digits(self.value(name, errors)?);
        if number.is_none() {
            errors.add(name, "must be a whole number from 0 to 18446744073709551615");
        }
        number
    }

    fn value(&self, name: &str, errors: &mut FieldErrors) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let value = values.next();
        if values.next().is_some() {
            errors.add(name, "is given more than once");
        }
        value
    }

    /// A misspelt parameter that is silently ignored would answer another question than the one asked.
    fn unknown(&self, known: &[&str]) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let others = match known {
            [] => "there are none here".to_owned(),
            known => format!("known are {}", known.join(", ")),
        };
        for (name, _) in self.0.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            errors.add(name, format!("is not a known parameter; {others}"));
        }
        errors
    }
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn refuse_if_any(errors: FieldErrors) -> Result<(), Problem> {
    if errors.is_empty() { Ok(()) } else { Err(errors.into()) }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn parameters_left_out_have_defaults() {
        assert_eq!(Query::parse("").page().unwrap(), Page { limit: Limit::new(20).unwrap(), after: 0 });
        let page = Query::parse("limit=500&after=7&status=Failed").entry_page().unwrap();
        assert_eq!(page.only, Some(SyncStatus::Failed));
        assert_eq!((page.limit.get(), page.after), (500, Some(7)));
    }

    #[rstest]
    #[case("limit=0", "limit")]
    #[case("limit=501", "limit")]
    #[case("limit=", "limit")]
    #[case("limit=%2B5", "limit")]
    #[case("limit=5&limit=5", "limit")]
    #[case("after=-1&status=failed", "after")]
    #[case("after=x&status=failed", "after")]
    #[case("after=18446744073709551616&status=failed", "after")]
    #[case("after=5", "after")]
    #[case("status=lost", "status")]
    #[case("limt=5", "limt")]
    fn a_wrong_parameter_is_named(#[case] query: &str, #[case] field: &str) {
        let problem = serde_json::to_value(Query::parse(query).entry_page().unwrap_err()).unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{problem}");
    }
}
