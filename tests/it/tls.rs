//! `CENTRAL_TLS_CA`: DB_B is spoken to only when it proves who it is, and everything goes encrypted.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rstest::rstest;

use crate::support::chaos_proxy::Counts;
use crate::support::servers::{scratch_dir, shared};
use crate::support::shop::users;
use crate::support::{ChaosProxy, OwnServer, Pair, Place, assert_equal_on_both_sides, not_tested_here};

/// An authority, made up for these tests, and where its certificate lies.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
}

static OURS: LazyLock<Authority> = LazyLock::new(|| Authority::new("ours"));
static ANOTHER: LazyLock<Authority> = LazyLock::new(|| Authority::new("another"));

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, format!("made-up authority {name}"));
        let file = scratch_dir("authority").join("ca.pem");
        std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
        Self { issuer: Issuer::new(params, key), file }
    }

    /// Gives the options of a server whose certificate is for `host` and expires on the first day of `year`.
    fn server_options(&self, host: &str, year: i32) -> [String; 3] {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 1, 1);
        let dir = scratch_dir("certificate");
        let write = |name: &str, text: String| {
            let file = dir.join(name);
            std::fs::write(&file, text).unwrap();
            file.display().to_string()
        };
        [
            format!("--ssl-ca={}", self.file.display()),
            format!("--ssl-cert={}", write("cert.pem", params.signed_by(&key, &self.issuer).unwrap().pem())),
            format!("--ssl-key={}", write("key.pem", key.serialize_pem())),
        ]
    }
}

/// Starts a server for DB_B with a certificate.
fn server(authority: &Authority, host: &str, year: i32) -> OwnServer {
    let mut engine = Place::Central.engine();
    engine.server_options.extend(authority.server_options(host, year));
    OwnServer::start_engine(engine)
}

fn trust(pair: &mut Pair, authority: &Path) {
    pair.set("CENTRAL_TLS_CA", &authority.display());
}

#[tokio::test]
async fn a_server_that_proves_who_it_is_gets_everything_encrypted() {
    let server = server(&OURS, "127.0.0.1", 2100);
    let mut pair = Pair::on(&shared().local, &server).await;
    let account = "create user 'tls_only'@'127.0.0.1' identified by 'p' require ssl; \
                   grant all on *.* to 'tls_only'@'127.0.0.1'";
    pair.central.execute(account).await;
    let address = pair.central.url.split_once('@').unwrap().1.to_owned();
    pair.set("CENTRAL_DATABASE_URL", &format!("mysql://tls_only:p@{address}"));
    let refused = pair.backhaul(&["install"]).await;
    assert_ne!(refused.code, Some(0), "the account is for encrypted connections only");
    assert!(
        refused.stderr.contains("an account of DB_B that requires TLS needs CENTRAL_TLS_CA"),
        "{}",
        refused.stderr
    );
    trust(&mut pair, &OURS.file);
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute(&users(1, 3)).await;
    for compression in ["off", "on"] {
        pair.set("CENTRAL_COMPRESSION", compression);
        pair.backhaul(&["sync"]).await.expect_code(0);
        pair.local.execute("update users set name = concat(name, '!')").await;
    }
    pair.backhaul(&["sync"]).await.expect_code(0);
    pair.backhaul(&["verify"]).await.expect_code(0);
    assert_equal_on_both_sides(&pair, &["users"]).await;
}

#[rstest]
#[case::of_an_unknown_authority(&ANOTHER, "127.0.0.1", 2100)]
#[case::that_has_expired(&OURS, "127.0.0.1", 2020)]
#[case::of_another_host(&OURS, "db.example", 2100)]
#[tokio::test]
async fn a_certificate_that_proves_nothing_is_refused(
    #[case] authority: &'static LazyLock<Authority>,
    #[case] host: &str,
    #[case] year: i32,
) {
    let server = server(authority, host, year);
    let mut pair = Pair::on(&shared().local, &server).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute(&users(1, 3)).await;
    trust(&mut pair, &OURS.file);
    let refused = pair.backhaul(&["sync"]).await.expect_code(4);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("certificate"), "{said}");
    assert_eq!(pair.central.one::<u64>("select count(*) from users").await, 0);
}

#[tokio::test]
async fn a_server_without_encryption_is_told_nothing() {
    if Place::Central.is_mysql() {
        not_tested_here("a MySQL server without encryption, which lets no account of its usual kind in");
        return;
    }
    let mut engine = Place::Central.engine();
    engine.server_options.push("--skip-ssl".to_owned());
    let server = OwnServer::start_engine(engine);
    let mut pair = Pair::on(&shared().local, &server).await;
    pair.backhaul(&["install"]).await.expect_code(0);
    pair.local.execute(&users(1, 3)).await;
    let proxy = ChaosProxy::start(pair.central_port());
    pair.reach_central_through(proxy.port());
    trust(&mut pair, &OURS.file);
    let refused = pair.backhaul(&["sync"]).await.expect_code(4);
    let said = format!("{}{}", refused.stdout, refused.stderr);
    assert!(said.contains("CENTRAL_TLS_CA is set, and the server offers no TLS: give it ssl_cert"), "{said}");
    assert!(Counts::of(&proxy.counts().connections) > 0);
    assert_eq!(Counts::of(&proxy.counts().to_server), 0, "not even a name");
}

#[tokio::test]
async fn a_file_without_an_authority_is_refused_at_the_start() {
    let mut pair = Pair::new().await;
    let dir = scratch_dir("authority");
    let key = KeyPair::generate().unwrap().serialize_pem();
    let certificate = std::fs::read_to_string(&OURS.file).unwrap();
    let garbled = "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
    let broken_off = &certificate[..certificate.len() / 2];
    let bad = [
        ("empty", ""),
        ("garbage", "not PEM at all"),
        ("key", &key),
        ("garbled", garbled),
        ("cut", broken_off),
    ];
    for (name, text) in bad {
        let file = dir.join(name);
        std::fs::write(&file, text).unwrap();
        trust(&mut pair, &file);
        let refused = pair.backhaul(&["sync"]).await.expect_code(1);
        let start = format!("backhaul: CENTRAL_TLS_CA={}: expected a readable PEM file", file.display());
        assert!(refused.stderr.contains(&start), "{name}: {}", refused.stderr);
        assert_eq!(refused.stderr.lines().count(), 1, "{name}: {}", refused.stderr);
        assert!(!refused.stderr.contains("PRIVATE KEY"), "{}", refused.stderr);
    }
    for (name, text) in [("folder", None), ("second bad", Some(format!("{certificate}{garbled}")))] {
        let file = dir.join(name);
        match text {
            Some(text) => std::fs::write(&file, text).unwrap(),
            None => std::fs::create_dir(&file).unwrap(),
        }
        trust(&mut pair, &file);
        pair.backhaul(&["sync"]).await.expect_code(1);
    }
    let both = dir.join("both");
    std::fs::write(&both, format!("{certificate}\n{}", std::fs::read_to_string(&ANOTHER.file).unwrap()))
        .unwrap();
    trust(&mut pair, &both);
    let taken = pair.backhaul(&["sync"]).await;
    assert!(!taken.stderr.contains("CENTRAL_TLS_CA="), "{}", taken.stderr);
}
