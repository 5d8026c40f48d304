//! Local times and days in words. The face gives the time zone, so that tests need none.

use std::time::SystemTime;

use crate::words;

/// A moment as the clock on the wall shows it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct LocalTime {
    /// Year, such as 2026.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u8,
    /// Day of the month, 1 to 31.
    pub day: u8,
    /// Hour, 0 to 23.
    pub hour: u8,
    /// Minute, 0 to 59.
    pub minute: u8,
}

/// How a face turns a moment into the clock on the wall.
pub type LocalClock = Box<dyn Fn(SystemTime) -> LocalTime + Send>;

impl LocalTime {
    /// `10:42`.
    pub fn time(&self) -> String {
        format!("{:02}:{:02}", self.hour, self.minute)
    }

    /// The day in words beside `today`: `Today`, `Yesterday`, `Tuesday, 3 November`, with the year in another.
    pub fn day_words(&self, today: &Self) -> String {
        match today.day_number() - self.day_number() {
            0 => words::TODAY.to_owned(),
            1 => words::YESTERDAY.to_owned(),
            _ => words::day(self.weekday(), self.day, self.month_place(), self.other_year(today)),
        }
    }

    /// The moment in one short word beside `today`: `10:42`, `Tue`, `3 Nov`, `3 Nov 2025`.
    pub fn short(&self, today: &Self) -> String {
        match today.day_number() - self.day_number() {
            0 => self.time(),
            1..=6 => words::WEEKDAYS_SHORT[self.weekday()].to_owned(),
            _ => words::day_short(self.day, self.month_place(), self.other_year(today)),
        }
    }

    /// Whether both are on one day.
    pub fn same_day(&self, other: &Self) -> bool {
        self.day_number() == other.day_number()
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level
    /// date algorithms", `days_from_civil`).
    fn day_number(&self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let month = (i64::from(self.month) + 9) % 12;
        let of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// The year, where it is another than that of `today`.
    fn other_year(&self, today: &Self) -> Option<i32> {
        (self.year != today.year).then_some(self.year)
    }

    /// 0 for January.
    pub(crate) fn month_place(&self) -> usize {
        usize::from(self.month.clamp(1, 12)) - 1
    }

    /// 0 for Monday.
    fn weekday(&self) -> usize {
        // Day 0, 1970-01-01, was a Thursday.
        usize::try_from((self.day_number() + 3).rem_euclid(7)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(year: i32, month: u8, day: u8) -> LocalTime {
        LocalTime { year, month, day, hour: 9, minute: 5 }
    }

    #[test]
    fn days_are_named_as_people_name_them() {
        let today = at(2026, 11, 23);
        assert_eq!(today.day_words(&today), "Today");
        assert_eq!(at(2026, 11, 22).day_words(&today), "Yesterday");
        assert_eq!(at(2026, 11, 3).day_words(&today), "Tuesday, 3 November");
        assert_eq!(at(2024, 2, 29).day_words(&today), "Thursday, 29 February 2024");
        assert_eq!(at(2026, 11, 24).day_words(&today), "Tuesday, 24 November");
    }

    #[test]
    fn short_times_grow_with_their_distance() {
        let today = at(2026, 11, 23);
        assert_eq!(today.short(&today), "09:05");
        assert_eq!(at(2026, 11, 17).short(&today), "Tue");
        assert_eq!(at(2026, 11, 3).short(&today), "3 Nov");
        assert_eq!(at(2025, 11, 3).short(&today), "3 Nov 2025");
    }

    #[test]
    fn yesterday_is_known_across_a_new_year() {
        assert_eq!(at(2026, 12, 31).day_words(&at(2027, 1, 1)), "Yesterday");
    }
}
