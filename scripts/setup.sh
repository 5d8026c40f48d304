# Sourced by `run` and `test`: set-up that skips what is already there.

# Installs the named Debian packages that are missing. Elsewhere than on Debian it names them and goes on.
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "Not a Debian system: please see to these yourself: ${missing[*]}" >&2
        return 0
    fi
    echo "Installing: ${missing[*]}" >&2
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Finds cargo, also where the shell's profile has not been read since Rust was installed.
need_cargo() {
    command -v cargo >/dev/null 2>&1 || PATH="$HOME/.cargo/bin:$PATH"
    command -v cargo >/dev/null 2>&1 || { echo "Rust is missing: install it from https://rustup.rs, then run this again." >&2; exit 1; }
}

# A Python of our own with the packages that the tests' peers use, at the versions in tests/requirements.txt.
need_python() {
    local stamp=.venv/requirements.txt
    if ! cmp -s tests/requirements.txt "$stamp"; then
        python3 -m venv .venv
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement tests/requirements.txt
        cp tests/requirements.txt "$stamp"
    fi
    export KEYROOM_PYTHON="$PWD/.venv/bin/python"
}
