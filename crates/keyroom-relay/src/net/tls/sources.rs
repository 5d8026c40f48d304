//! Where the certificate comes from: the operator's files, or the relay itself.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::CertifiedKey;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::{Identity, own, pin_of};
use crate::{Config, StartError};

/// The certificate that the configuration asks for, checked as clients will check it.
pub(crate) fn identity(config: &Config, data: Option<&Path>) -> Result<Identity, StartError> {
    match (&config.certificate, &config.key) {
        (Some(certificate), Some(key)) => read(certificate, key, &config.names),
        _ => own::identity(&own::own_key(data)?, &config.names),
    }
}

/// The certificate in these files, checked as clients of these names will check it now.
pub(crate) fn read(certificate: &Path, key: &Path, names: &[String]) -> Result<Identity, StartError> {
    from_files(certificate, key, names, SystemTime::now())
}

fn from_files(
    certificate: &Path,
    key: &Path,
    names: &[String],
    now: SystemTime,
) -> Result<Identity, StartError> {
    let refuse = |path: &Path, what: &str| StartError::certificate(format!("{}: {what}", path.display()));
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| {
        refuse(certificate, &format!("no certificate can be read from it ({error}). {CHECK_FILE}"))
    })?;
    let Some(end) = chain.first() else {
        return Err(refuse(certificate, &format!("there is no certificate in it. {CHECK_FILE}")));
    };
    let ends = check_dates(certificate, end, now)?;
    check_names(certificate, end, names)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| {
        refuse(key, &format!("no private key can be read from it ({error}). {CHECK_FILE}"))
    })?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let signer = provider
        .key_provider
        .load_private_key(private)
        .map_err(|_| refuse(key, "this kind of key cannot be used. Use an ECDSA, Ed25519 or RSA key"))?;
    let certified = CertifiedKey::new(chain, signer);
    certified.keys_match().map_err(|_| {
        refuse(
            key,
            "it is not the key of the certificate. Give the certificate and the key that were made together",
        )
    })?;
    let certified = Arc::new(certified);
    let pin = pin_of(&certified)?;
    Ok(Identity { certified, pin, by_name: true, ends: Some(ends) })
}

/// When it ends, in seconds since 1970.
fn check_dates(path: &Path, end: &CertificateDer<'_>, now: SystemTime) -> Result<i64, StartError> {
    let refuse = |what: &str| Err(StartError::certificate(format!("{}: {what}", path.display())));
    let Ok((_, parsed)) = X509Certificate::from_der(end) else {
        return refuse("the certificate is damaged. Copy it again from who issued it");
    };
    let seconds = |time: SystemTime| {
        i64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()).unwrap_or(i64::MAX)
    };
    let (from, until) = (parsed.validity().not_before.timestamp(), parsed.validity().not_after.timestamp());
    if until <= seconds(now) {
        return refuse(
            "the certificate has expired. Renew it, then start the relay or let it read its files again",
        );
    }
    if from > seconds(now) {
        return refuse("the certificate is not valid yet. Check the clock of this computer");
    }
    if until <= seconds(now + SOON) {
        let days = (until - seconds(now)) / (24 * 60 * 60);
        tracing::warn!(days, "the certificate expires soon; renew it and let the relay read it again");
    }
    Ok(until)
}

fn check_names(path: &Path, end: &CertificateDer<'_>, names: &[String]) -> Result<(), StartError> {
    let parsed = rustls::server::ParsedCertificate::try_from(end)
        .map_err(|error| StartError::certificate(format!("{}: {error}", path.display())))?;
    for name in names {
        let server = ServerName::try_from(name.as_str()).map_err(StartError::certificate)?;
        if rustls::client::verify_server_name(&parsed, &server).is_err() {
            return Err(StartError::certificate(format!(
                "{}: the certificate is not for {name}. Take the name out of `names`, or get a certificate for it",
                path.display()
            )));
        }
    }
    Ok(())
}

const CHECK_FILE: &str = "Check the path, who may read it, and that it is in PEM form";
/// How long before its end a certificate is warned about.
const SOON: Duration = Duration::from_secs(21 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    /// Writes a certificate for `relay.example.org` that ends at `end`, signed with `key`.
    fn write(dir: &Path, key: &KeyPair, end: SystemTime) {
        let mut params = CertificateParams::new(vec!["relay.example.org".to_owned()]).unwrap();
        params.not_before = (SystemTime::now() - SOON).into();
        params.not_after = end.into();
        std::fs::write(dir.join("relay.pem"), params.self_signed(key).unwrap().pem()).unwrap();
        std::fs::write(dir.join("relay.key"), key.serialize_pem()).unwrap();
    }

    fn load(dir: &Path, name: &str) -> Result<Identity, String> {
        from_files(&dir.join("relay.pem"), &dir.join("relay.key"), &[name.to_owned()], SystemTime::now())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_certificate_that_cannot_work_is_refused_with_what_to_do() {
        let dir = crate::scratch_dir("certificates");
        let key = KeyPair::generate().unwrap();
        assert!(load(&dir, "relay.example.org").err().unwrap().contains("Check the path"));
        write(&dir, &key, SystemTime::now() + SOON);
        assert!(load(&dir, "relay.example.org").unwrap().by_name);
        assert!(load(&dir, "other.example.org").err().unwrap().contains("is not for other.example.org"));
        std::fs::write(dir.join("relay.key"), KeyPair::generate().unwrap().serialize_pem()).unwrap();
        assert!(load(&dir, "relay.example.org").err().unwrap().contains("not the key of the certificate"));
        std::fs::write(dir.join("relay.key"), "").unwrap();
        assert!(load(&dir, "relay.example.org").err().unwrap().contains("no private key"));
        write(&dir, &key, SystemTime::now() - Duration::from_secs(60));
        assert!(load(&dir, "relay.example.org").err().unwrap().contains("has expired. Renew it"));
        std::fs::write(dir.join("relay.pem"), "").unwrap();
        assert!(load(&dir, "relay.example.org").err().unwrap().contains("no certificate"));
    }
}
