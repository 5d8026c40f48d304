//! Whether the relay of a room can be reached, and is the one that the room trusts.

use keyroom_history::RoomRecord;
use keyroom_types::Address;

use crate::relay_link::{ConnectError, Negotiated, Trust, connect};

/// Connects to the relay of a room as the room itself would, and hangs up before any login: at which address it is, and what TLS
/// agreed on. Blocks until it is there or every address was tried. `None`: the room is nowhere, or no thread can be had.
///
/// # Errors
/// Why the last address failed; one that answered and is not trusted comes first.
pub fn reach(record: &RoomRecord) -> Option<Result<(Address, Negotiated), ConnectError>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async {
        let mut failed: Option<ConnectError> = None;
        for address in &record.addresses {
            for trust in Trust::of_record(&record.trust) {
                match connect(address, &trust).await {
                    Ok(transport) => {
                        let negotiated = transport.negotiated().cloned();
                        transport.close().await;
                        return negotiated.map(|negotiated| Ok((address.clone(), negotiated)));
                    }
                    Err(error) if failed.as_ref().is_some_and(ConnectError::is_distrust) => {
                        tracing::debug!(%error, "another address of the relay");
                    }
                    Err(error) => failed = Some(error),
                }
            }
        }
        failed.map(Err)
    })
}
