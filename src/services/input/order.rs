//! What `POST /orders` and `PUT /orders/{id}` say.

use serde_json::value::RawValue;

use super::fields::{Fields, id, incomplete, text};
use super::object::JsonObject;
use crate::models::amount::{Amount, AmountError};
use crate::models::field_error::FieldErrors;
use crate::models::order::{NewOrder, OrderChange, OrderStatus};

/// Reads an order to be created; its status is `pending` when left out.
///
/// # Errors
/// Each mistake, with its field.
pub fn new_order(object: &JsonObject) -> Result<NewOrder, FieldErrors> {
    let mut fields = Fields::of(object);
    let (user_id, amount) = (fields.required("user_id", id), fields.required("amount", amount));
    let status = fields.optional("status", status).unwrap_or(OrderStatus::Pending);
    fields.finish()?;
    user_id.zip(amount).map(|(user_id, amount)| NewOrder { user_id, amount, status }).ok_or_else(incomplete)
}

/// Reads what to change in an order.
///
/// # Errors
/// Each mistake, with its field; a body without any field is one.
pub fn order_change(object: &JsonObject) -> Result<OrderChange, FieldErrors> {
    let mut fields = Fields::of(object);
    let change = OrderChange {
        user_id: fields.optional("user_id", id),
        amount: fields.optional("amount", amount),
        status: fields.optional("status", status),
    };
    fields.at_least_one();
    fields.finish()?;
    Ok(change)
}

/// Reads an amount from a number as it was written, or from a text that holds one.
fn amount(value: &RawValue) -> Result<Amount, String> {
    let written = if value.get().starts_with('"') {
        text(value).map_err(|_| AmountError::NotANumber.to_string())?
    } else {
        value.get().to_owned()
    };
    Amount::parse(&written).map_err(|error| error.to_string())
}

fn status(value: &RawValue) -> Result<OrderStatus, String> {
    let word = text(value).ok();
    word.as_deref()
        .and_then(OrderStatus::from_word)
        .ok_or_else(|| format!("must be one of {}", OrderStatus::ALL.map(OrderStatus::as_sql).join(", ")))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn order(body: &str) -> Result<NewOrder, FieldErrors> {
        new_order(&JsonObject::parse(body.as_bytes()).unwrap())
    }

    #[test]
    fn numbers_and_texts_are_read_without_loss() {
        let body = r#"{"user_id": 18446744073709551615, "amount": 9999999999.99}"#;
        let read = order(body).unwrap();
        assert_eq!((read.user_id, read.amount.as_str()), (u64::MAX, "9999999999.99"));
        assert_eq!(read.status, OrderStatus::Pending);
        let read = order(r#"{"user_id": 1, "amount": "-12.5", "status": "paid"}"#).unwrap();
        assert_eq!((read.amount.as_str(), read.status), ("-12.50", OrderStatus::Paid));
    }

    #[rstest]
    #[case(r#"{"user_id": 0, "amount": 1}"#, "user_id: must be a whole number")]
    #[case(r#"{"user_id": 1.0, "amount": 1}"#, "user_id: must be a whole number")]
    #[case(r#"{"user_id": -1, "amount": 1}"#, "user_id: must be a whole number")]
    #[case(r#"{"user_id": "1", "amount": 1}"#, "user_id: must be a whole number")]
    #[case(r#"{"user_id": 18446744073709551616, "amount": 1}"#, "user_id: must be a whole number")]
    #[case(r#"{"user_id": 1, "amount": 1.234}"#, "amount: must have at most two decimals")]
    #[case(r#"{"user_id": 1, "amount": "1.234"}"#, "amount: must have at most two decimals")]
    #[case(r#"{"user_id": 1, "amount": 1e10}"#, "amount: must lie between")]
    #[case(r#"{"user_id": 1, "amount": true}"#, "amount: must be an amount")]
    #[case(r#"{"user_id": 1, "amount": null}"#, "amount: must be an amount")]
    #[case(r#"{"user_id": 1, "amount": "12,50"}"#, "amount: must be an amount")]
    #[case(r#"{"user_id": 1, "amount": 1, "status": "lost"}"#, "status: must be one of pending, paid")]
    #[case(r#"{"user_id": 1, "amount": 1, "status": null}"#, "status: must be one of")]
    #[case(r#"{"amount": 1}"#, "user_id: is missing")]
    fn a_mistake_is_named(#[case] body: &str, #[case] message: &str) {
        let text = order(body).unwrap_err().to_string();
        assert!(text.starts_with(message), "{text}");
    }

    #[test]
    fn a_change_of_nothing_is_refused() {
        let text = order_change(&JsonObject::default()).unwrap_err().to_string();
        assert!(text.contains("at least one field"), "{text}");
    }
}
