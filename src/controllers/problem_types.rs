//! Every kind of problem, in one table: from here come the answers, `/problems`, the examples of the API's description, and
//! `docs/PROBLEMS.md`.

use std::fmt::Write;

/// A kind of problem; its `uri` never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProblemType {
    /// What `type` says: an address of this server that explains the kind.
    pub uri: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The kind in words.
    pub title: &'static str,
    /// When it comes.
    pub meaning: &'static str,
    /// What the sender of the request does about it.
    pub remedy: &'static str,
    /// What `detail` may say, as an example.
    pub detail: &'static str,
}

/// Where the kinds are explained.
const FOLDER: &str = "/problems/";

macro_rules! problem_types {
    ($($(#[$doc:meta])* $constant:ident: $status:literal $uri:literal
        title $title:literal meaning $meaning:literal remedy $remedy:literal detail $detail:literal;)*) => {
        $($(#[$doc])* pub const $constant: ProblemType = ProblemType {
            uri: concat!("/problems/", $uri), status: $status, title: $title, meaning: $meaning, remedy: $remedy,
            detail: $detail,
        };)*

        /// All kinds, by status.
        pub const ALL: &[ProblemType] = &[$($constant),*];
    };
}

problem_types! {
    /// The body is no JSON.
    MALFORMED_JSON: 400 "malformed-json"
        title "The body is not well-formed JSON"
        meaning "The body cannot be read as JSON in UTF-8, or it is empty where one is needed."
        remedy "Mend the body; `detail` tells where reading stopped."
        detail "the body is not well-formed JSON: line 1, column 10";
    /// The body broke off.
    BROKEN_BODY: 400 "broken-body"
        title "The body did not arrive whole"
        meaning "The connection broke while the body was read, or its framing was garbled."
        remedy "Send the request again."
        detail "Send the request again.";
    /// A part of the path is wrong.
    INVALID_PATH: 400 "invalid-path"
        title "A part of the path cannot be understood"
        meaning "An id is no whole number, or a part of the path is not UTF-8."
        remedy "Correct the address; `errors` names the part."
        detail "id: must be a whole number from 0 to 18446744073709551615";
    /// The header `Idempotency-Key` holds no key.
    INVALID_IDEMPOTENCY_KEY: 400 "invalid-idempotency-key"
        title "The header Idempotency-Key holds no key"
        meaning "The key is empty, longer than 255 characters, given more than once, or holds other characters than visible ASCII \
                 without quotes, backslashes and blanks. Nothing was done."
        remedy "Send one key of 1 to 255 characters, such as a UUID."
        detail "Idempotency-Key: is given more than once";
    /// The token is missing or wrong.
    UNAUTHORIZED: 401 "unauthorized"
        title "The request carries no valid token"
        meaning "`API_TOKEN` is set, and the request carries neither its value nor a session."
        remedy "Send the header `Authorization: Bearer` with the value of `API_TOKEN`, or sign in at `/` with a browser."
        detail "Send the header `Authorization: Bearer` with the value of API_TOKEN, or sign in at / with a browser.";
    /// A page of another site sent the request.
    CROSS_SITE: 403 "cross-site"
        title "The request comes from a page of another site"
        meaning "A browser says that a page of another address sent a request that changes something. Nothing was done."
        remedy "Send it from a page of this address, or from a program, which sends no `Origin`."
        detail "Changes are taken from pages of this address only, and from programs, which send no Origin.";
    /// The address leads nowhere.
    NO_SUCH_ROUTE: 404 "no-such-route"
        title "There is nothing at this address"
        meaning "No operation has this path."
        remedy "See `/docs` for all addresses."
        detail "/docs lists all addresses.";
    /// The path names nothing that exists.
    NOT_FOUND: 404 "not-found"
        title "What the request names does not exist"
        meaning "There is no user, order, synchronised table or kind of problem of that name, or not any more. Nothing was done."
        remedy "Look at the list, or correct the address or the field that `errors` names."
        detail "there is no user 7";
    /// There is no such group of failures.
    UNKNOWN_GROUP: 404 "unknown-group"
        title "There is no such group of failures"
        meaning "No group of `GET /sync/problems` has this id, or not any more: its records have arrived, or fail for another cause now. \
                 Nothing was done."
        remedy "Read `GET /sync/problems` again, and take the id from there."
        detail "group: there is no group 9f2c, or not any more; GET /sync/problems lists them";
    /// The address does not know the method.
    METHOD_NOT_ALLOWED: 405 "method-not-allowed"
        title "This address does not know the method"
        meaning "The path is right, and the method is not."
        remedy "Use one of the methods that the header `Allow` names."
        detail "The header Allow names the methods it knows.";
    /// The body took too long to arrive.
    SLOW_BODY: 408 "slow-body"
        title "The body took too long to arrive"
        meaning "The body did not arrive whole within 20 seconds. Nothing was done."
        remedy "Send the request again, over a better line, or send what its header promises."
        detail "The body did not arrive within 20 s; nothing was done.";
    /// The e-mail address belongs to another user.
    EMAIL_TAKEN: 409 "email-taken"
        title "The e-mail address is taken"
        meaning "Another user has the address; capitals and accents make no difference. Nothing was done."
        remedy "Choose another address, or change the other user first."
        detail "the e-mail address ada@shop.example belongs to another user";
    /// Orders refer to the user.
    STILL_REFERRED_TO: 409 "still-referred-to"
        title "Other records refer to this one"
        meaning "A user who has orders cannot be deleted. Nothing was done."
        remedy "Delete the orders, or give them to another user, first."
        detail "user 1 has orders: delete them, or give them to another user, first";
    /// A cycle runs already.
    BUSY: 409 "busy"
        title "A cycle is running already"
        meaning "One cycle runs at a time, whoever started it."
        remedy "Wait until `GET /sync/status` says that it has ended; what changed meanwhile goes with the next one."
        detail "GET /sync/status tells when it has ended; the changes made meanwhile go with the next one.";
    /// The same request is being carried out.
    IDEMPOTENCY_KEY_UNDER_WAY: 409 "idempotency-key-under-way"
        title "The request with this Idempotency-Key is still being carried out"
        meaning "The first request with this key has not come to its end, or its connection to DB_A hangs."
        remedy "Repeat the request with the same key after `Retry-After` seconds: it is then told what became of the first."
        detail "the request with the key 8e03978e-40d5-43dd-bc93-6894a57f9324 is being carried out";
    /// The body is too large.
    TOO_LARGE: 413 "too-large"
        title "The body is too large"
        meaning "The body has more than 64 KiB, more than any request needs."
        remedy "Send a smaller body."
        detail "The body may hold at most 65536 bytes.";
    /// The body is not declared to be JSON.
    UNSUPPORTED_MEDIA_TYPE: 415 "unsupported-media-type"
        title "The body is not declared to be JSON"
        meaning "The header `Content-Type` is missing or names another media type."
        remedy "Send the header `Content-Type: application/json`."
        detail "Send the header `Content-Type: application/json`.";
    /// The request calls this machine by a name that is not its own.
    FOREIGN_NAME: 421 "foreign-name"
        title "The request calls this machine by a foreign name"
        meaning "Without `API_TOKEN` only requests to localhost, loopback addresses and `HOST` are answered, lest pages of other sites \
                 come in by a name that leads here. Nothing was done."
        remedy "Call it by one of these, or set `API_TOKEN`."
        detail "Without API_TOKEN only localhost, loopback addresses and HOST are answered to.";
    /// Fields are missing, unknown or wrong.
    INVALID_FIELDS: 422 "invalid-fields"
        title "Some fields are missing, unknown or wrong"
        meaning "A field of the body or a parameter breaks its rules, is unknown, or is given twice. Nothing was done."
        remedy "Correct what `errors` names; it lists at most 20."
        detail "email: must be an e-mail address, such as ada@shop.example";
    /// DB_A refused the values by a rule of its own.
    REFUSED: 422 "refused"
        title "The database refused the values"
        meaning "A constraint or trigger that the site has added to DB_A refuses the values. Nothing was done."
        remedy "Correct what the database's own words in `detail` name."
        detail "DB_A refused the values: the server answered 4025 (23000): CONSTRAINT `no_gifts` failed";
    /// The key belongs to another request.
    IDEMPOTENCY_KEY_REUSED: 422 "idempotency-key-reused"
        title "The Idempotency-Key belongs to another request"
        meaning "A request to another address, or with other values, was carried out with this key before. Nothing was done."
        remedy "Give each new request a key of its own; repeat a request with the values it had."
        detail "the key 8e03978e-40d5-43dd-bc93-6894a57f9324 belongs to another request";
    /// A defect.
    INTERNAL: 500 "internal"
        title "The request failed"
        meaning "The fault is not the request's."
        remedy "Look into the log, under the answer's `X-Request-Id`."
        detail "The fault is not the request's; the log says more under the answer's X-Request-Id.";
    /// DB_A cannot be used.
    UNAVAILABLE: 503 "unavailable"
        title "The service cannot answer at present"
        meaning "DB_A does not answer, is busy or not installed, or the request took too long. What became of a change, `detail` tells \
                 as far as it is known."
        remedy "Repeat after `Retry-After` seconds. Whether a change was made must be looked up first, unless it carried an \
                `Idempotency-Key`: that one is simply repeated."
        detail "DB_A cannot be used at present. Nothing was changed.";
}

impl ProblemType {
    /// Gives the last part of its address.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.uri.trim_start_matches(FOLDER)
    }

    /// Tells whether problems of this kind name fields, parameters or headers in `errors`.
    #[must_use]
    pub fn names_fields(&self) -> bool {
        [INVALID_PATH, INVALID_IDEMPOTENCY_KEY, UNKNOWN_GROUP, INVALID_FIELDS].contains(self)
    }

    /// Finds a kind by the last part of its address.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|kind| kind.name() == name)
    }
}

/// Writes `docs/PROBLEMS.md`.
#[must_use]
pub fn document() -> String {
    let mut text = DOCUMENT_HEAD.to_owned();
    for kind in ALL {
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} |",
            kind.uri, kind.status, kind.title, kind.meaning, kind.remedy
        );
    }
    text
}

const DOCUMENT_HEAD: &str = "# Problems

Written from the table in `src/controllers/problem_types.rs`; `make problems-doc` writes it anew.

Every error of the API is `application/problem+json` ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)):

```json
{\"type\": \"/problems/invalid-fields\", \"title\": \"Some fields are missing, unknown or wrong\", \"status\": 422,
 \"detail\": \"email: must be an e-mail address, such as ada@shop.example\",
 \"errors\": [{\"field\": \"email\", \"message\": \"must be an e-mail address, such as ada@shop.example\"}]}
```

`type` is what programs decide by: it names the kind, and is an address of the running program that explains it, to people and to programs (`GET /problems` lists
all of them). `title` says the kind in words, `detail` what happened this time, `errors` the fields, parameters or headers concerned. A status for which no kind is listed has the type `about:blank`.

| type | status | title | when | what to do |
|---|---|---|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_of_its_own_and_a_status_of_an_error() {
        for (index, kind) in ALL.iter().enumerate() {
            assert_eq!(ProblemType::named(kind.name()), Some(kind));
            assert!((400..600).contains(&kind.status), "{kind:?}");
            assert!(ALL[..index].iter().all(|other| other.status <= kind.status), "{kind:?}");
        }
        assert_eq!(ProblemType::named("nothing"), None);
    }
}
