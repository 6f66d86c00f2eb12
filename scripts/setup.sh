#!/bin/sh
# Makes .venv with the project, its development and demo tools, in the versions of constraints.txt.
# Quick when nothing changed since: the stamp remembers the files that decide what is installed.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

usable() { # a Python of 3.11 or newer that really starts (a version manager's stand-in may not)
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

choose_python() {
    for candidate in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        if [ -n "$candidate" ] && usable "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    say "Volunteer Hub needs Python 3.11 or newer, and there is none on this machine (looked for python3.13,"
    say "python3.12, python3.11 and python3). Install one, or name it: make setup PYTHON=/path/to/python3.12"
    exit 1
}

make_venv() {
    python=$(choose_python)
    say "Making .venv with $("$python" --version) ..."
    rm -rf .venv
    if ! "$python" -m venv .venv; then
        rm -rf .venv
        say "This Python cannot make a virtual environment. On Debian and Ubuntu: apt install python3-venv"
        exit 1
    fi
}

stamp() { cat pyproject.toml constraints.txt scripts/setup.sh; }

[ -x .venv/bin/python ] && usable .venv/bin/python || make_venv

if ! stamp | cmp -s - .venv/ready; then
    say "Installing the project and its tools (the first time takes some minutes) ..."
    rm -f .venv/ready
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --constraint constraints.txt --editable '.[dev,demo]' || {
        say "The packages could not be installed; what pip says is above. Mend it and run make setup again."
        exit 1
    }
    stamp >.venv/ready
fi

for catalogue in $(find volunteer_hub -name '*.po' -not -path '*/node_modules/*'); do
    compiled="${catalogue%.po}.mo"
    if [ ! -e "$compiled" ] || [ "$catalogue" -nt "$compiled" ]; then
        .venv/bin/pybabel --quiet compile --input-file "$catalogue" --output-file "$compiled"
    fi
done

.venv/bin/python -m volunteer_hub.frontend

# a web server that died is back a second sooner when nothing has to be compiled first
.venv/bin/python -m compileall -q config.py worker.py volunteer_hub geodata

engine() { find geodata -name '*.py' | LC_ALL=C sort | xargs cat; }

if ! engine | cksum | cmp -s - .venv/compiled; then
    say "Compiling the engine ..."
    # what is kept on disk does not notice when a loop it calls in another file has changed
    find geodata \( -name '*.nbi' -o -name '*.nbc' \) -exec rm -f {} +
    .venv/bin/python -m geodata.warm
    engine | cksum >.venv/compiled
fi
