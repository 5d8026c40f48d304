//! What takes longer than a frame is done on another thread, and what it gives comes back to the window's.

use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use keyroom_client::inspect::draw;
use keyroom_view::{Inspect, Job, Saving, words as say};
use slint::Global;

use super::save;
use crate::ui;

/// Does work beside the window's thread.
#[derive(Default)]
pub(crate) struct Workshop {
    done: Arc<Mutex<Vec<Inspect>>>,
    /// For tests: on this thread, at once.
    here: Cell<bool>,
    /// Where files go, instead of the folder of downloads.
    folder: RefCell<Option<PathBuf>>,
}

impl Workshop {
    /// From now on everything is done on this thread, at once, and files go into that folder.
    pub(crate) fn work_here(&self, folder: PathBuf) {
        self.here.set(true);
        *self.folder.borrow_mut() = Some(folder);
    }

    /// Does a job; gives what came of it where that is known at once.
    pub(crate) fn job(&self, job: Job, app: &slint::Weak<ui::App>) -> Option<Inspect> {
        self.begin(app, move || Inspect::Done(job.run(&mut draw)))
    }

    /// Saves a file; the same.
    pub(crate) fn save(&self, saving: Saving, app: &slint::Weak<ui::App>) -> Option<Inspect> {
        let folder = self.folder.borrow().clone();
        self.begin(app, move || Inspect::Saved(save::save(saving, folder.as_deref())))
    }

    /// What is done, and was not handed out yet.
    pub(crate) fn take(&self) -> Vec<Inspect> {
        std::mem::take(&mut *self.done.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn begin(
        &self,
        app: &slint::Weak<ui::App>,
        work: impl FnOnce() -> Inspect + Send + 'static,
    ) -> Option<Inspect> {
        if self.here.get() {
            return Some(work());
        }
        let (done, app, work) = (self.done.clone(), app.clone(), say::spoken_here(work));
        thread::spawn(move || {
            let what = work();
            done.lock().unwrap_or_else(PoisonError::into_inner).push(what);
            // Fails only when the window is gone; then nobody asks any more.
            let _ = app.upgrade_in_event_loop(|app| ui::Inspector::get(&app).invoke_work_done());
        });
        None
    }
}
