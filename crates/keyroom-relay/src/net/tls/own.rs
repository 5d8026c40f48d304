//! The relay's own key, and a certificate around it for clients that pin the key.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{CertificateParams, DistinguishedName, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::CertifiedKey;
use time::OffsetDateTime;

use super::{Identity, pin_of};
use crate::{StartError, private};

/// The key below this directory, made where there is none; without a directory, a key that ends with the process.
pub(super) fn own_key(dir: Option<&Path>) -> Result<KeyPair, StartError> {
    let Some(dir) = dir else { return KeyPair::generate().map_err(StartError::certificate) };
    let dir = dir.join("tls");
    let path = dir.join("key.pem");
    private::dir(&dir).map_err(|error| StartError::io("make", &dir, &error))?;
    if let Some(pem) = private::read(&path).map_err(|error| StartError::io("read", &path, &error))? {
        let key = std::str::from_utf8(&pem).ok().and_then(|pem| KeyPair::from_pem(pem).ok());
        return key.ok_or_else(|| {
            StartError::certificate(format!(
                "{} is no private key. Restore it from a backup; or remove it for a new one, after which clients \
                 refuse the invites that pin the old one",
                path.display()
            ))
        });
    }
    let key = KeyPair::generate().map_err(StartError::certificate)?;
    let pem = zeroize::Zeroizing::new(key.serialize_pem());
    private::write(&path, pem.as_bytes()).map_err(|error| StartError::io("write", &path, &error))?;
    Ok(key)
}

/// A certificate around this key, made anew at each start: clients that pin the key look at nothing else in it, so
/// only the key is worth keeping.
pub(super) fn identity(key: &KeyPair, names: &[String]) -> Result<Identity, StartError> {
    let mut params = CertificateParams::new(names.to_vec()).map_err(StartError::certificate)?;
    params.distinguished_name = DistinguishedName::new();
    let now = SystemTime::now();
    params.not_before = OffsetDateTime::from(now - SKEW);
    params.not_after = OffsetDateTime::from(now + VALID);
    let certificate = params.self_signed(key).map_err(StartError::certificate)?;
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(StartError::certificate)?;
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let signer = provider.key_provider.load_private_key(private).map_err(StartError::certificate)?;
    let certified = Arc::new(CertifiedKey::new(vec![certificate.der().clone()], signer));
    let pin = pin_of(&certified)?;
    Ok(Identity { certified, pin, by_name: false, ends: None })
}

/// Clocks of clients may be behind.
const SKEW: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// Longer than any process runs.
const VALID: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pin_stays_over_restarts_and_the_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = crate::scratch_dir("own-key");
        let pin = |dir| identity(&own_key(dir).unwrap(), &[]).unwrap().pin;
        let first = pin(Some(&*dir));
        assert_eq!(pin(Some(&*dir)), first);
        assert_ne!(pin(None), pin(None), "in memory each start has a key of its own");
        let mode = |path: &str| std::fs::metadata(dir.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("tls"), mode("tls/key.pem")), (0o700, 0o600));
        std::fs::set_permissions(dir.join("tls/key.pem"), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(pin(Some(&*dir)), first);
        assert_eq!(mode("tls/key.pem"), 0o600, "what somebody opened to others is closed again");
    }

    #[test]
    fn a_damaged_key_is_never_replaced_silently() {
        let dir = crate::scratch_dir("damaged-key");
        own_key(Some(&*dir)).unwrap();
        std::fs::write(dir.join("tls/key.pem"), "not a key").unwrap();
        let text = own_key(Some(&*dir)).unwrap_err().to_string();
        assert!(text.contains("is no private key. Restore it"), "{text}");
    }
}
