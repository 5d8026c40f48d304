//! What a room's state is kept in.

/// The MLS library's storage, with a way to try something out.
pub trait Storage: openmls_traits::storage::StorageProvider<1> {
    /// Runs `work` and then undoes every write that it made.
    ///
    /// # Errors
    /// The storage's own.
    fn scratch<T>(&self, work: impl FnOnce() -> T) -> Result<T, Self::Error>;
}
