//! What the MLS library works with: cryptography, made once, and the caller's storage.

#[cfg(feature = "testing")]
mod observed;

use std::fmt;
use std::sync::PoisonError;

use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider;
use openmls_traits::storage::StorageProvider;

#[cfg(feature = "testing")]
pub use observed::{Observed, Seen};

/// The cryptography that the library gets.
#[cfg(not(feature = "testing"))]
type Library = RustCrypto;
/// The cryptography that the library gets; tests may look at what it does with keys.
#[cfg(feature = "testing")]
type Library = Observed;
/// A storage in memory, for tests, for the lab, and for profiles that leave nothing behind.
pub use openmls_rust_crypto::MemoryStorage;

/// The cryptography of the MLS library. Made once per process.
#[derive(Default)]
pub struct Crypto(pub(crate) Library);

impl Crypto {
    /// Seeds its random generator from the system.
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Crypto(..)")
    }
}

/// What the MLS library keeps its state in, plus scratch work: what happens inside `scratch` is undone after it.
pub trait Storage: StorageProvider<1> {
    /// Runs `work` and then undoes every write that it made (in SQL a savepoint, in memory a copy).
    fn scratch<T>(&self, work: impl FnOnce() -> T) -> Result<T, Self::Error>;
}

/// Cryptography and storage together. Borrowed, so that a caller makes one for each transaction.
#[derive(Debug)]
pub struct Provider<'a, S: Storage> {
    /// The cryptography.
    pub crypto: &'a Crypto,
    /// The storage, usually one transaction of a database.
    pub storage: &'a S,
}

impl<S: Storage> OpenMlsProvider for Provider<'_, S> {
    type CryptoProvider = Library;
    type RandProvider = RustCrypto;
    type StorageProvider = S;

    fn storage(&self) -> &S {
        self.storage
    }

    fn crypto(&self) -> &Library {
        &self.crypto.0
    }

    fn rand(&self) -> &RustCrypto {
        &self.crypto.0
    }
}

impl Storage for MemoryStorage {
    fn scratch<T>(&self, work: impl FnOnce() -> T) -> Result<T, Self::Error> {
        let before = self.values.read().unwrap_or_else(PoisonError::into_inner).clone();
        let done = work();
        *self.values.write().unwrap_or_else(PoisonError::into_inner) = before;
        Ok(done)
    }
}
