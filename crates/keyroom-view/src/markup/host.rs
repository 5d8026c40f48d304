//! The host of a link as the network knows it.
//!
//! Attack matrix rows 22 and 25: a name in letters that look like others becomes what is really asked for, in Punycode
//! (RFC 3492); numbers that a browser would read as an address in its own way are refused.

use std::net::{Ipv4Addr, Ipv6Addr};

use unicode_bidi::{BidiClass, bidi_class};

/// Host and port in their one written form. `None` where they are not certain.
pub(super) fn real(place: &str) -> Option<String> {
    if let Some(rest) = place.strip_prefix('[') {
        let (address, rest) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        return Some(format!("[{address}]{}", port(rest)?));
    }
    let (name, rest) = place.split_at(place.find(':').unwrap_or(place.len()));
    let port = port(rest)?;
    if name.parse::<Ipv4Addr>().is_ok() {
        return Some(format!("{name}{port}"));
    }
    let mut host = String::with_capacity(name.len());
    let labels = name.strip_suffix('.').unwrap_or(name);
    for part in labels.split('.') {
        if !host.is_empty() {
            host.push('.');
        }
        label(part, &mut host)?;
    }
    // `0x7f.1`, `2130706433`: a browser would take these for IPv4 addresses (WHATWG URL, "ends in a number").
    let last = host.rsplit('.').next().unwrap_or_default();
    let hex =
        last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if hex || last.bytes().all(|byte| byte.is_ascii_digit()) || host.len() > MAX_NAME {
        return None;
    }
    Some(format!("{host}{port}"))
}

/// The port with its colon; nothing where none is named.
fn port(rest: &str) -> Option<String> {
    let Some(digits) = rest.strip_prefix(':') else { return rest.is_empty().then(String::new) };
    if digits.is_empty() {
        return Some(String::new());
    }
    let all_digits = digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let port: u16 = digits.parse().ok().filter(|_| all_digits)?;
    Some(format!(":{port}"))
}

/// Adds one part of a name.
fn label(label: &str, host: &mut String) -> Option<()> {
    if label.len() > MAX_LABEL * 4 {
        return None;
    }
    let start = host.len();
    let lower: Vec<char> = label.chars().flat_map(char::to_lowercase).collect();
    if lower.iter().all(char::is_ascii) {
        let plain = |ch: &char| ch.is_ascii_alphanumeric() || matches!(ch, '-' | '_');
        if !lower.iter().all(plain) {
            return None;
        }
        host.extend(lower);
    } else {
        // Full-width and other forms of letters would be mapped to plain ones first: they are not asked for here.
        let form = |ch: char| matches!(ch, '\u{FF00}'..='\u{FFEF}' | '\u{2100}'..='\u{214F}' | '\u{1D400}'..='\u{1D7FF}');
        let letter = |ch: &char| {
            !form(*ch)
                && (if ch.is_ascii() {
                    ch.is_ascii_alphanumeric() || *ch == '-'
                } else {
                    ch.is_alphanumeric() || bidi_class(*ch) == BidiClass::NSM
                })
        };
        if !lower.iter().all(letter) {
            return None;
        }
        host.push_str("xn--");
        punycode(&lower, host)?;
    }
    let length = host.len() - start;
    ((1..=MAX_LABEL).contains(&length) && !host[start..].starts_with('-')).then_some(())
}

/// RFC 3492, section 6.3.
fn punycode(label: &[char], out: &mut String) -> Option<()> {
    let basic: Vec<char> = label.iter().copied().filter(char::is_ascii).collect();
    out.extend(&basic);
    if !basic.is_empty() {
        out.push('-');
    }
    let (mut code, mut delta, mut bias) = (INITIAL_N, 0_u32, INITIAL_BIAS);
    let start = u32::try_from(basic.len()).ok()?;
    let mut done = start;
    while (done as usize) < label.len() {
        let next = label.iter().map(|&ch| u32::from(ch)).filter(|&ch| ch >= code).min()?;
        delta = delta.checked_add((next - code).checked_mul(done + 1)?)?;
        code = next;
        for ch in label.iter().map(|&ch| u32::from(ch)) {
            if ch < code {
                delta = delta.checked_add(1)?;
            }
            if ch == code {
                variable(delta, bias, out)?;
                bias = adapt(delta, done + 1, done == start);
                delta = 0;
                done += 1;
            }
        }
        delta = delta.checked_add(1)?;
        code += 1;
    }
    Some(())
}

/// A number in digits of changing base.
fn variable(delta: u32, bias: u32, out: &mut String) -> Option<()> {
    let (mut rest, mut k) = (delta, BASE);
    loop {
        let threshold = k.saturating_sub(bias).clamp(T_MIN, T_MAX);
        if rest < threshold {
            break;
        }
        let over = rest - threshold;
        out.push(digit(threshold + over % (BASE - threshold))?);
        rest = over / (BASE - threshold);
        k += BASE;
    }
    out.push(digit(rest)?);
    Some(())
}

fn digit(value: u32) -> Option<char> {
    char::from_digit(if value < 26 { value + 10 } else { value - 26 }, 36)
}

fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / DAMP } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > ((BASE - T_MIN) * T_MAX) / 2 {
        delta /= BASE - T_MIN;
        k += BASE;
    }
    k + (BASE - T_MIN + 1) * delta / (delta + SKEW)
}

const BASE: u32 = 36;
const T_MIN: u32 = 1;
const T_MAX: u32 = 26;
const SKEW: u32 = 38;
const DAMP: u32 = 700;
const INITIAL_BIAS: u32 = 72;
const INITIAL_N: u32 = 128;
/// Bytes of one part of a name (RFC 1035, section 2.3.4).
const MAX_LABEL: usize = 63;
/// Bytes of a name.
const MAX_NAME: usize = 253;
