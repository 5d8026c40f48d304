//! What this process keeps from others on the same computer. Attack matrix row 36.

/// No core dump, and no other process of the same user may look into this one: keys and messages stand in its memory.
///
/// Where the system refuses, or has no such thing, the program goes on without: the threat model says what is promised where.
pub(crate) fn close_memory() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Whether the memory is closed so. `None` where the system has no such thing.
pub(crate) fn is_memory_closed() -> Option<bool> {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};
        let closed = dumpable_behavior().is_ok_and(|how| how == DumpableBehavior::NotDumpable);
        Some(closed && getrlimit(Resource::Core).current == Some(0))
    }
    #[cfg(not(target_os = "linux"))]
    None
}
