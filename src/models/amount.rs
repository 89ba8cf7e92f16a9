//! Amounts of money: text from end to end, never a float.

use std::fmt;

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Most digits before the decimal point, as `DECIMAL(12,2)` holds them.
const WHOLE_DIGITS: usize = 10;

/// Digits after it.
const DECIMALS: usize = 2;

/// An amount that `DECIMAL(12,2)` holds exactly, with two decimals; refunds are negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount(String);

/// Says why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not written like a JSON number.
    #[error("must be an amount, such as 12.50 or \"12.50\"")]
    NotANumber,
    /// It would have to be rounded.
    #[error("must have at most two decimals")]
    TooManyDecimals,
    /// `DECIMAL(12,2)` cannot hold it.
    #[error("must lie between -9999999999.99 and 9999999999.99")]
    OutOfRange,
}

impl Amount {
    /// Understands a number as JSON writes it, `1.25e1` included.
    ///
    /// # Errors
    /// When it is none, or not exact within `DECIMAL(12,2)`. Written decimals count even if they are zeros.
    pub fn parse(text: &str) -> Result<Self, AmountError> {
        let Notation { negative, whole, fraction, exponent } =
            Notation::parse(text).ok_or(AmountError::NotANumber)?;
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        // How many of the digits stand after the point once the exponent has moved it.
        let decimals = i64::try_from(fraction.len()).unwrap_or(i64::MAX).saturating_sub(exponent);
        if decimals > i64::try_from(DECIMALS).unwrap_or(i64::MAX) {
            return Err(AmountError::TooManyDecimals);
        }
        if significant.is_empty() {
            return Ok(Self("0.00".to_owned()));
        }
        let scale_up = usize::try_from(2 - decimals).map_err(|_| AmountError::OutOfRange)?;
        if significant.len().saturating_add(scale_up) > WHOLE_DIGITS + DECIMALS {
            return Err(AmountError::OutOfRange);
        }
        let cents = format!("{significant}{}", "0".repeat(scale_up));
        let padded = format!("{cents:0>3}");
        let (whole, cents) = padded.split_at(padded.len() - DECIMALS);
        let sign = if negative { "-" } else { "" };
        Ok(Self(format!("{sign}{whole}.{cents}")))
    }

    /// Gives it with two decimals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
            .description(Some(
                "A number or a text with at most two decimals, from -9999999999.99 to 9999999999.99. \
                 It is read digit by digit, never through a float.",
            ))
            .examples(["12.50"])
            .into()
    }
}

impl ToSchema for Amount {}

/// A number taken apart as JSON's grammar has it.
struct Notation<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i64,
}

impl<'a> Notation<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (text, 0),
        };
        let (negative, unsigned) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa),
        };
        let (whole, fraction) = match unsigned.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (unsigned, ""),
        };
        let well_formed = is_digits(whole) && (whole.len() == 1 || !whole.starts_with('0'));
        well_formed.then_some(Self { negative, whole, fraction, exponent })
    }
}

/// Understands an exponent; one beyond all reason is as good as a million.
fn parse_exponent(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    is_digits(digits).then(|| sign * digits.parse::<i64>().map_or(1_000_000, |number| number.min(1_000_000)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("12.5", "12.50")]
    #[case("0", "0.00")]
    #[case("-0", "0.00")]
    #[case("0.01", "0.01")]
    #[case("-7.9", "-7.90")]
    #[case("9999999999.99", "9999999999.99")]
    #[case("-9999999999.99", "-9999999999.99")]
    #[case("1e3", "1000.00")]
    #[case("1E+9", "1000000000.00")]
    #[case("1.25e1", "12.50")]
    #[case("1e-2", "0.01")]
    #[case("0e99999999999999999999", "0.00")]
    #[case("999999999999e-2", "9999999999.99")]
    fn an_exact_amount_is_taken(#[case] text: &str, #[case] stored: &str) {
        assert_eq!(Amount::parse(text).unwrap().as_str(), stored);
    }

    #[rstest]
    #[case("1.234", AmountError::TooManyDecimals)]
    #[case("1.000", AmountError::TooManyDecimals)]
    #[case("1e-3", AmountError::TooManyDecimals)]
    #[case("1e-99999999999999999999", AmountError::TooManyDecimals)]
    #[case("10000000000", AmountError::OutOfRange)]
    #[case("10000000000.00", AmountError::OutOfRange)]
    #[case("-10000000000", AmountError::OutOfRange)]
    #[case("1e10", AmountError::OutOfRange)]
    #[case("1e99999999999999999999", AmountError::OutOfRange)]
    #[case("", AmountError::NotANumber)]
    #[case("-", AmountError::NotANumber)]
    #[case("1.", AmountError::NotANumber)]
    #[case(".5", AmountError::NotANumber)]
    #[case("01", AmountError::NotANumber)]
    #[case("+1", AmountError::NotANumber)]
    #[case("1e", AmountError::NotANumber)]
    #[case("1e+", AmountError::NotANumber)]
    #[case("1,5", AmountError::NotANumber)]
    #[case(" 1", AmountError::NotANumber)]
    #[case("0x10", AmountError::NotANumber)]
    #[case("NaN", AmountError::NotANumber)]
    #[case("١", AmountError::NotANumber)]
    fn anything_else_is_refused(#[case] text: &str, #[case] reason: AmountError) {
        assert_eq!(Amount::parse(text), Err(reason));
    }

    proptest! {
        #[test]
        fn every_number_of_cents_survives(cents in -999_999_999_999_i64..=999_999_999_999) {
            let sign = if cents < 0 { "-" } else { "" };
            let text = format!("{sign}{}.{:02}", cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
            let amount = Amount::parse(&text).unwrap();
            prop_assert_eq!(amount.as_str(), &text);
            let shifted = Amount::parse(&format!("{cents}e-2")).unwrap();
            prop_assert_eq!(shifted.as_str(), &text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[-+0-9.eE]{0,12}|\\PC{0,8}") {
            let _ = Amount::parse(&text);
        }
    }
}
