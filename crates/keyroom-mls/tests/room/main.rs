//! Rooms with several people and an honest relay, or one that lies.

mod support;

mod life;
